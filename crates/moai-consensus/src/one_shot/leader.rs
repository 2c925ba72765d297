//! The leader of a view: what it proposes, and when.

use moai_core::Timestamp;
use moai_core::planted::planted;

use super::agent::Agent;
use super::setting::{MOST_BYTES, after};
use super::{Justification, Kind, Message, Part, Proposition, Record};
use crate::Decision;

impl Agent {
    /// As leader of the view that it is in, once.
    pub(super) fn propose(&mut self, now: Timestamp) {
        let view = self.view;
        if view == 0 || self.setting.leader(view) != self.me {
            return;
        }
        if self.mine.has(Kind::Propose, view) || self.mine.has(Kind::Nullify, view) || self.waits(now).is_some() {
            return;
        }
        // Holding Notarization(u, x) for the highest u < v and Nullifications for every view in (u, v): Propose(v, x, J)
        // with that J. An agent that jumped here without the chain skips proposing.
        let justification = match self.chain.justification(view) {
            Some(justification) => justification,
            None if planted("proposing_without_the_chain") => Justification::new(
                self.chain.best().cloned(),
                self.chain.all().filter(|it| it.kind == Kind::Nullify).cloned().collect(),
            ),
            None => return,
        };
        let record = match &justification.parent {
            Some(parent) => self.records.get(&parent.record).cloned(),
            // If every view below v is nullified: a fresh x.
            None => self.fresh(now),
        };
        let Some(record) = record else { return };
        let message = Message::Propose(Box::new(Proposition::new(view, record, justification)));
        // What nobody would read is not sent.
        if message.to_bytes().len() < MOST_BYTES / 2
            && let Some(said) = self.say(now, &message)
            && let Message::Propose(proposition) = message
        {
            self.records.insert(proposition.record.digest(), proposition.record.clone());
            self.views.at(view).proposal = Some((said, proposition.into()));
        }
    }

    /// x = {verdict, ballots, evidence}: Expired carries ballots or explicit "no ballot" statements of weight ≥ W−f, and D
    /// has passed.
    fn fresh(&self, now: Timestamp) -> Option<Record> {
        let verdict = self.statements.verdict(&self.setting);
        let few = planted("expiring_without_asking_all");
        let enough = || few || self.statements.weight(&self.setting) >= self.setting.honest();
        let over = now >= self.setting.deadline() || planted("expiring_before_the_deadline");
        let ready = verdict != Decision::Timeout || over && enough();
        ready.then(|| Record::new(verdict, self.statements.all().cloned().collect()))
    }

    /// Until when a leader waits: it has just finalized the outcome of the view before, and all others most likely as well.
    /// Proposing the outcome again would only make everybody vote again.
    pub(super) fn waits(&self, now: Timestamp) -> Option<Timestamp> {
        let parent = self.chain.best().filter(|best| best.view + 1 == self.view)?;
        let until = after(self.entered, self.setting.delta());
        let leads = self.setting.leader(self.view) == self.me && !self.mine.has(Kind::Propose, self.view);
        (leads && self.mine.has(Kind::Finalize, parent.view) && now < until).then_some(until)
    }

    pub(super) fn with_record(&self, part: Part) -> Vec<Part> {
        let record = match &part {
            Part::Certificate(certificate) => self.records.get(&certificate.record).cloned(),
            Part::Said(_) | Part::Record(_) | Part::Proof(_) => None,
        };
        [Some(part), record.map(Part::Record)].into_iter().flatten().collect()
    }
}
