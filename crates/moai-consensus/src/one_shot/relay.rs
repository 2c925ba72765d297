//! What leaves an agent: journal first, then one packet for all, however much there is to say.

use std::sync::Arc;

use moai_core::Timestamp;
use moai_core::planted::planted;

use super::agent::{Agent, Output};
use super::certificate::about;
use super::setting::after;
use super::{Agreed, Breach, Kind, Message, Part, Said};

/// What is to leave with the input at hand.
#[derive(Clone, Default)]
pub(super) struct Outgoing {
    pub(super) outputs: Vec<Output>,
    /// For all others, in one packet.
    pub(super) parts: Vec<Part>,
    /// Whether the chain goes with it.
    pub(super) relay: bool,
    pub(super) decided: Option<Arc<Agreed>>,
    pub(super) breach: Option<Arc<Breach>>,
    /// For one who asks late.
    pub(super) answer: Option<u32>,
    pub(super) armed: Option<Timestamp>,
}

impl Outgoing {
    /// Grows with everything that happens.
    pub(super) fn len(&self) -> usize {
        self.outputs.len() + self.parts.len()
    }
}

impl Agent {
    /// Signs and says something, unless it was said or contradicts what was: own votes are journaled before they leave.
    pub(super) fn say(&mut self, now: Timestamp, message: &Message) -> Option<Said> {
        let view = message.view().unwrap_or_default();
        if self.mine.has(message.kind(), view) {
            return None;
        }
        let said = Said::sign(&self.setting, self.me, self.signer.as_ref(), message);
        self.keep(&Part::Said(said.clone()));
        self.out.parts.push(Part::Said(said.clone()));
        self.mine.add(view, said.clone());
        match (message.kind(), about(&said)) {
            (Kind::Statement, _) => self.learn(&said),
            (_, Some((view, record))) => self.count(now, view, record, said.clone()),
            _ => {}
        }
        Some(said)
    }

    /// Writes something down, before anything leaves.
    pub(super) fn keep(&mut self, part: &Part) {
        self.out.outputs.push(Output::Persist(Part::pack(std::slice::from_ref(part)).into()));
    }

    /// Says everything again that another agent may have missed, with the proof of how this one came here.
    pub(super) fn repeat(&mut self) {
        self.out.relay = self.view > 1;
        let since = self.chain.best().map_or(1, |best| best.view);
        let again = self.mine.since(since).chain(self.statements.all()).cloned().map(Part::Said);
        // What was just said is in it.
        self.out.parts.retain(|part| !matches!(part, Part::Said(_)));
        self.out.parts.extend(again);
    }

    /// Whoever speaks to an agent that knows the outcome, or that there can be none, is told, once in a while.
    pub(super) fn tell(&mut self, now: Timestamp, other: u32) {
        if self.agreed.is_none() && self.breach.is_none()
            || other == self.me
            || other as usize >= self.setting.members()
        {
            return;
        }
        let again = self.told.get(&other).map(|told| after(*told, self.setting.patience(1)));
        if again.is_none_or(|again| now >= again) {
            self.told.insert(other, now);
            self.out.answer = Some(other);
        }
    }

    /// All that is to be done, in its order.
    pub(super) fn flush(&mut self, now: Timestamp) -> Vec<Output> {
        let mut out = std::mem::take(&mut self.out);
        self.out.armed = out.armed;
        if let Some(breach) = &out.breach {
            (out.parts, out.relay, out.decided) = (breach.parts(), false, None);
        }
        if out.relay {
            let chain: Vec<Part> = self.chain.all().cloned().map(Part::Certificate).collect();
            let chain: Vec<Part> = chain.into_iter().flat_map(|part| self.with_record(part)).collect();
            // In front: it lets an agent in that is behind, and then what follows is near.
            out.parts.splice(..0, chain);
        }
        // Persist stands before whatever depends on it.
        out.outputs.sort_by_key(|output| !matches!(output, Output::Persist(_)));
        let mut outputs = out.outputs;
        let late = if planted("sending_before_persisting") { std::mem::take(&mut outputs) } else { Vec::new() };
        if !out.parts.is_empty() {
            outputs.push(Output::Send { to: None, bytes: Part::pack(&out.parts).into() });
        }
        if let (Some(to), Some(parts)) = (out.answer, self.last_word()) {
            outputs.push(Output::Send { to: Some(to), bytes: Part::pack(&parts).into() });
        }
        outputs.extend(late);
        outputs.extend(out.decided.map(Output::Decided));
        outputs.extend(out.breach.map(Output::FaultBoundExceeded));
        let wakes = self.wakes(now);
        if self.agreed.is_none() && self.breach.is_none() && self.out.armed != Some(wakes) {
            self.out.armed = Some(wakes);
            outputs.push(Output::Arm(wakes));
        }
        outputs
    }

    /// What there is to say once it is over.
    fn last_word(&self) -> Option<Vec<Part>> {
        match (&self.breach, &self.agreed) {
            (Some(breach), _) => Some(breach.parts()),
            (None, Some(agreed)) => Some(agreed.parts()),
            (None, None) => None,
        }
    }
}
