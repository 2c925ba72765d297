//! Entering views, and waiting in them.

use moai_core::Timestamp;

use super::agent::Agent;
use super::setting::after;
use super::views::AROUND;
use super::{Kind, Message};

impl Agent {
    /// Begins, or goes on after a restart: whatever was said is said again.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.entered = now;
        self.timer = after(now, self.setting.patience(self.view.max(1)));
        match (&self.breach, &self.agreed) {
            (Some(breach), _) => self.out.breach = Some(breach.clone()),
            (None, Some(agreed)) => self.out.decided = Some(agreed.clone()),
            (None, None) if self.mine.len() > 0 => self.repeat(),
            (None, None) => {}
        }
    }

    /// Enters v: starts timer T_v (3Δ, doubling per full round of leaders up to a cap); relays the certificate that let it
    /// enter with its chain of justification.
    pub(super) fn enter(&mut self, now: Timestamp, view: u64, by_notarization: bool) {
        self.view = view;
        self.entered = now;
        // Behind a notarization the leader waits for Δ, whether the outcome is final already.
        let more = if by_notarization { self.setting.delta() } else { 0 };
        self.timer = after(now, self.setting.patience(view).saturating_add(more));
        self.out.relay = view > 1;
        let oldest = view.saturating_sub(AROUND);
        self.views.forget_before(oldest);
        self.mine.forget_before(oldest);
        let certified = self.chain.best().into_iter().chain(self.finalization.as_ref()).map(|it| it.record);
        let needed: Vec<_> = certified.chain(self.views.proposals().map(|it| it.record.digest())).collect();
        self.records.retain(|digest, _| needed.contains(digest));
    }

    /// T_v fires in v: journal, send Nullify(v) (then never Finalize(v)); resend every T with the entry proof.
    pub(super) fn expire(&mut self, now: Timestamp) {
        if now < self.timer {
            return;
        }
        let view = self.view;
        if view == 0 {
            self.repeated = self.repeated.saturating_add(1);
            self.timer = after(now, self.setting.patience(1) << self.repeated.min(6));
        } else {
            self.timer = after(now, self.setting.patience(view));
            if !self.mine.has(Kind::Finalize, view) {
                self.say(now, &Message::Nullify { view });
            }
        }
        // The vote may have completed a quorum: then the next view is entered and relayed.
        if self.view == view {
            self.repeat();
        }
    }

    /// When something is to be done though nothing arrives.
    pub(super) fn wakes(&self, now: Timestamp) -> Timestamp {
        let deadline = Some(self.setting.deadline()).filter(|deadline| now < *deadline);
        let times = [Some(self.timer), deadline, self.waits(now)];
        times.into_iter().flatten().min().unwrap_or(self.timer)
    }
}
