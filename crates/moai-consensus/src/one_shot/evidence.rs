//! Lies that an agent comes across: each kind once of each liar, so that a flood of them costs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::planted::planted;

use super::agent::{Agent, Output};
use super::{Breach, Certificate, Flaw, Kind, Message, Offence, Part, Proof, Refusal, Said};

impl Agent {
    /// Holds up what somebody signed.
    pub(super) fn accuse(&mut self, offence: Offence, first: Said, second: Option<Said>) {
        self.accuse_by(Proof::new(offence, first, second));
    }

    pub(super) fn accuse_by(&mut self, proof: Proof) {
        let lie = (proof.accused(), proof.offence);
        if self.accused.contains_key(&lie) {
            return;
        }
        if !planted("a_lie_that_is_not_kept") {
            self.keep(&Part::Proof(Box::new(proof.clone())));
        }
        let proof = Arc::new(proof);
        self.accused.insert(lie, proof.clone());
        self.out.outputs.push(Output::Evidence(proof));
        let liars: BTreeMap<u32, &Arc<Proof>> = self.accused.iter().map(|((liar, _), proof)| (*liar, proof)).collect();
        if self.breach.is_none() && self.setting.weights(liars.keys().copied()) > self.setting.faults() {
            let proofs = liars.into_values().cloned().collect();
            self.despair(Breach::Liars(proofs));
        }
    }

    /// Takes in a lie that another agent shows.
    pub(super) fn take_proof(&mut self, proof: Proof) -> Result<(), Refusal> {
        if self.accused.contains_key(&(proof.accused(), proof.offence)) {
            return Ok(());
        }
        if proof.verify(&self.setting, self.verifier.as_ref()).is_err() {
            return Err(Refusal::Flawed(Flaw::NoLie));
        }
        self.accuse_by(proof);
        Ok(())
    }

    /// Takes in a finalization that is genuine.
    pub(super) fn take_finalization(&mut self, certificate: Certificate) {
        match &self.finalization {
            None => self.finalization = Some(certificate),
            Some(known) if known.record == certificate.record => {}
            Some(known) => {
                let both = [known.clone(), certificate];
                self.despair(Breach::Outcomes(Box::new(both)));
            }
        }
    }

    /// More lie than may: no outcome is claimed any more, and all are told why.
    fn despair(&mut self, breach: Breach) {
        if self.breach.is_some() {
            return;
        }
        // Proofs are kept as they come.
        let parts = breach.parts();
        parts.iter().filter(|part| !matches!(part, Part::Proof(_))).for_each(|part| self.keep(part));
        let breach = Arc::new(breach);
        self.out.breach = Some(breach.clone());
        self.breach = Some(breach);
        self.told.clear();
    }

    /// Whether an agent's votes in a view contradict each other, or what it notarized is not valid.
    pub(super) fn find_contradictions(&mut self, view: u64, by: u32) {
        let Some(held) = self.views.get(view) else { return };
        let both = (held.vote(Kind::Nullify, by).cloned(), held.vote(Kind::Finalize, by).cloned());
        if let (Some(nullify), Some(finalize)) = both {
            self.accuse(Offence::NullifyAndFinalize, nullify, Some(finalize));
        }
        self.find_bad_notarizations(view);
    }

    /// Who has notarized a proposal that is visibly not valid.
    pub(super) fn find_bad_notarizations(&mut self, view: u64) {
        let Some(held) = self.views.get(view) else { return };
        let Some((flawed, digest)) = held.flawed.clone() else { return };
        let notarized =
            |said: &&Said| matches!(said.message(), Ok(Message::Notarize { proposal, .. }) if proposal == digest);
        let votes = held.votes(Kind::Notarize).into_iter().flatten().map(|(_, (_, said))| said);
        let bad: Vec<Said> = votes.filter(notarized).cloned().collect();
        for said in bad {
            self.accuse(Offence::NotarizedBadProposal, flawed.clone(), Some(said));
        }
    }
}
