//! Votes become certificates, and certificates move the agent on.

use moai_core::planted::planted;
use moai_core::{Digest, Timestamp};

use super::agent::Agent;
use super::certificate::about;
use super::{Agreed, Certificate, Kind, Message, Offence, Part, Record, Refusal, Said};

impl Agent {
    /// Takes in something that somebody signed, or is said to have.
    pub(super) fn take(&mut self, now: Timestamp, said: Said) -> Result<(), Refusal> {
        match said.kind() {
            Kind::Statement => self.take_statement(said),
            Kind::Propose => self.take_proposal(now, said),
            Kind::Notarize | Kind::Nullify | Kind::Finalize => self.take_vote(now, said),
        }
    }

    fn take_vote(&mut self, now: Timestamp, said: Said) -> Result<(), Refusal> {
        let Some((view, record)) = about(&said) else {
            said.message()?;
            return Ok(());
        };
        let held = self.views.get(view).and_then(|view| view.vote(said.kind(), said.by())).cloned();
        if !self.is_near(view) || held.as_ref().is_some_and(|held| held.repeats(&said)) {
            return Ok(());
        }
        if said.verify(&self.setting, self.verifier.as_ref()).is_err() {
            return Err(Refusal::Unsigned { by: said.by() });
        }
        if let (Some(first), Some(offence)) = (held, Offence::double(said.kind())) {
            self.accuse(offence, first, Some(said));
            return Ok(());
        }
        self.count(now, view, record, said);
        Ok(())
    }

    /// Counts a genuine vote, and makes a certificate of a quorum.
    pub(super) fn count(&mut self, now: Timestamp, view: u64, record: Digest, said: Said) {
        let (kind, by) = (said.kind(), said.by());
        self.views.at(view).add(record, said);
        self.find_contradictions(view, by);
        if !self.wants(kind, view, record) {
            return;
        }
        let Some(votes) = self.views.get(view).and_then(|view| view.votes(kind)) else { return };
        let alike = || votes.iter().filter(|(_, (of, _))| *of == record);
        if self.setting.weights(alike().map(|(by, _)| *by)) >= self.setting.quorum() {
            let said = alike().map(|(_, (_, said))| said.clone()).collect();
            self.take_certificate(now, Certificate::new(kind, view, record, said));
        }
    }

    /// Whether a certificate would change anything.
    pub(super) fn wants(&self, kind: Kind, view: u64, record: Digest) -> bool {
        if kind == Kind::Finalize {
            // Another outcome is no news that may be missed.
            return self.breach.is_none() && self.finalization.as_ref().is_none_or(|known| known.record != record);
        }
        if self.agreed.is_some() || self.breach.is_some() {
            return false;
        }
        match kind {
            Kind::Notarize => self.chain.lacks(kind, view) || self.may_finalize(view),
            _ => self.chain.lacks(kind, view),
        }
    }

    /// Takes in a certificate of others.
    pub(super) fn take_foreign(&mut self, now: Timestamp, certificate: Certificate) -> Result<(), Refusal> {
        certificate.verify(&self.setting, self.verifier.as_ref()).map_err(Refusal::Flawed)?;
        self.take_certificate(now, certificate);
        Ok(())
    }

    /// Takes in a certificate that is genuine.
    pub(super) fn take_certificate(&mut self, now: Timestamp, certificate: Certificate) {
        let (kind, view, record) = (certificate.kind, certificate.view, certificate.record);
        if kind == Kind::Finalize {
            self.take_finalization(certificate);
            return;
        }
        let finalizes = kind == Kind::Notarize && self.may_finalize(view);
        if self.chain.take(&certificate) || finalizes {
            // After a crash of all, somebody must still be able to show how the agents came where they are; and whoever
            // finalizes must be able to show what, should more lie than may.
            for part in self.with_record(Part::Certificate(certificate)) {
                self.keep(&part);
            }
        }
        // Q Notarize(v, x): Notarization; if it has not sent Nullify(v): journal, send Finalize(v, H(x)); enter v+1.
        if finalizes {
            self.say(now, &Message::Finalize { view, record });
        }
        // Q Nullify(v): Nullification; enter v+1.
        if view >= self.view {
            self.enter(now, view.saturating_add(1), kind == Kind::Notarize);
        }
    }

    fn may_finalize(&self, view: u64) -> bool {
        let nullified = self.mine.has(Kind::Nullify, view) && !planted("finalizing_after_nullifying");
        // Views that are too far behind are forgotten: nothing may be said in them.
        (view >= self.view || self.is_near(view)) && !nullified && !self.mine.has(Kind::Finalize, view)
    }

    /// Whether a record is missing: a quorum speaks of it by its digest.
    pub(super) fn wants_record(&self, digest: Digest) -> bool {
        let certified = self.chain.best().into_iter().chain(self.finalization.as_ref());
        !self.records.contains_key(&digest) && certified.into_iter().any(|it| it.record == digest)
    }

    /// Takes in a record that was wanted: the quorum vouches for it.
    pub(super) fn learn_record(&mut self, record: Record) {
        self.keep(&Part::Record(record.clone()));
        self.records.insert(record.digest(), record);
    }

    /// Q Finalize(v, x): decide x; broadcast the Finalization.
    pub(super) fn decide(&mut self, now: Timestamp) {
        let due = self.agreed.is_none() && self.breach.is_none();
        let Some(finalization) = self.finalization.as_ref().filter(|_| due) else { return };
        let Some(record) = self.records.get(&finalization.record) else { return };
        let agreed = std::sync::Arc::new(Agreed::new(record.clone(), finalization.clone()));
        let parts = agreed.parts();
        parts.iter().for_each(|part| self.keep(part));
        self.out.relay = false;
        self.out.parts = parts;
        self.out.decided = Some(agreed.clone());
        self.agreed = Some(agreed);
        let all = 0..u32::try_from(self.setting.members()).unwrap_or(u32::MAX);
        self.told = all.map(|other| (other, now)).collect();
    }
}
