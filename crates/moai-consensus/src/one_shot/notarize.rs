//! Proposals: which are taken in, and which are notarized.

use std::sync::Arc;

use moai_core::Timestamp;
use moai_core::planted::planted;

use super::agent::Agent;
use super::views::AROUND;
use super::{Kind, Message, Offence, Part, Proposition, Refusal, Said};
use crate::Decision;

impl Agent {
    /// Takes a proposal in. It is judged once; the first valid one of a view is kept.
    pub(super) fn take_proposal(&mut self, now: Timestamp, said: Said) -> Result<(), Refusal> {
        let held = |view: u64| self.views.get(view).and_then(|view| view.proposal.as_ref()).map(|(first, _)| first);
        let read = said.message();
        let view = read.as_ref().ok().and_then(Message::view).unwrap_or_default();
        if held(view).is_some_and(|first| first.repeats(&said)) || !self.is_near(view) && read.is_ok() {
            return Ok(());
        }
        if said.verify(&self.setting, self.verifier.as_ref()).is_err() {
            return Err(Refusal::Unsigned { by: said.by() });
        }
        let Ok(Message::Propose(proposition)) = read else {
            self.accuse(Offence::BadProposal, said, None);
            return Err(Refusal::Flawed(super::Flaw::Unreadable));
        };
        if let Err(flaw) = proposition.verify_by(said.by(), &self.setting, self.verifier.as_ref()) {
            if self.setting.leader(view) == said.by() {
                self.views.at(view).flawed.get_or_insert_with(|| (said.clone(), said.digest()));
                self.find_bad_notarizations(view);
            }
            self.accuse(Offence::BadProposal, said, None);
            return Err(Refusal::Flawed(flaw));
        }
        if let Some(first) = held(view).cloned() {
            self.accuse(Offence::DoubleProposal, first, Some(said));
            return Ok(());
        }
        let proposition: Arc<Proposition> = proposition.into();
        self.views.at(view).proposal = Some((said, proposition.clone()));
        self.records.insert(proposition.record.digest(), proposition.record.clone());
        for said in proposition.record.said() {
            self.learn(said);
        }
        // The chain that comes with it lets an agent in that is behind.
        let chain = proposition.justification.parent.iter().chain(&proposition.justification.nullified);
        for certificate in chain {
            if self.wants(certificate.kind, certificate.view, certificate.record) {
                self.take_certificate(now, certificate.clone());
            }
        }
        Ok(())
    }

    /// First valid Propose(v, x, J), v not nullified by it: journal, send Notarize(v, H(x)).
    pub(super) fn notarize(&mut self, now: Timestamp) {
        let view = self.view;
        if self.mine.has(Kind::Notarize, view) || self.mine.has(Kind::Nullify, view) {
            return;
        }
        let Some((said, proposition)) = self.views.get(view).and_then(|view| view.proposal.clone()) else { return };
        // The last check, and that of D, apply only to a fresh x. An honest agent checked a notarized one when it was
        // fresh; otherwise a late ballot could block every later view for ever.
        let fresh = proposition.is_fresh() || planted("refusing_a_reproposal_over_a_late_ballot");
        if fresh && !self.agrees_with(now, &proposition) {
            return;
        }
        // Should all crash now, somebody must still know what x is; an own proposal is written down already.
        if said.by() != self.me {
            self.keep(&Part::Said(said.clone()));
        }
        let (record, proposal) = (proposition.record.digest(), said.digest());
        self.say(now, &Message::Notarize { view, record, proposal });
    }

    /// D has passed, if it is expired, and the checker holds no ballot that would change the verdict; if it does, it
    /// broadcasts that ballot and does not notarize.
    fn agrees_with(&mut self, now: Timestamp, proposition: &Proposition) -> bool {
        let record = &proposition.record;
        let early = now < self.setting.deadline() && !planted("expiring_before_the_deadline");
        if record.verdict() == Decision::Timeout && early {
            return false;
        }
        if self.statements.verdict(&self.setting) == record.verdict() {
            return true;
        }
        if self.objected < proposition.view {
            self.objected = proposition.view;
            let lacks = |said: &&Said| !record.said().iter().any(|known| known.repeats(said));
            let late: Vec<Part> = self.statements.all().filter(lacks).cloned().map(Part::Said).collect();
            self.out.parts.extend(late);
        }
        false
    }

    /// Whether votes of this view are kept.
    pub(super) fn is_near(&self, view: u64) -> bool {
        view > 0 && view.saturating_add(AROUND) >= self.view && view <= self.view.saturating_add(AROUND)
    }
}
