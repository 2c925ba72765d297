//! Ballots that contradict each other: what is kept of them, and what is told.

use std::sync::Arc;

use moai_core::planted::planted;

use super::{Entry, Ledger, Output};
use crate::{BallotFlaw, Evidence, EvidenceFlaw, VoteError};

impl Ledger {
    /// Keeps evidence, writes it down and tells of it, unless there is some of that kind against that voter: one says
    /// it all, and a voter who sends a thousand ballots must not fill the memory with them. A proof replaces what is
    /// none. Returns whether it is new.
    pub(crate) fn keep(&mut self, evidence: &Arc<Evidence>, out: &mut Vec<Output>) -> bool {
        let places = self.evidence_of.get(evidence.voter()).map_or(&[][..], Vec::as_slice);
        let is_alike = |place: &usize| self.evidence.get(*place).is_some_and(|kept| kept.kind == evidence.kind);
        let alike = places.iter().copied().find(is_alike);
        match alike.and_then(|place| self.evidence.get_mut(place)) {
            Some(kept) if kept.is_proof() || !evidence.is_proof() => return false,
            Some(kept) => *kept = evidence.clone(),
            None => {
                self.evidence_of.entry(evidence.voter().clone()).or_default().push(self.evidence.len());
                self.evidence.push(evidence.clone());
            }
        }
        if planted("a_proof_that_is_not_kept") {
            return true;
        }
        out.push(Output::Persist(Entry::Evidence(evidence.clone())));
        out.push(Output::Evidence(evidence.clone()));
        true
    }

    /// The place of the voter against whom evidence from elsewhere speaks, and the evidence as it may be kept.
    ///
    /// **Against a voter that has a key only a proof gets in**: both ballots are signed by it. Against one that has none
    /// nothing is proven, so signatures are not kept.
    ///
    /// # Errors
    ///
    /// For a stranger, and for what is bound to something else, shows nothing, or is not the voter's word.
    pub(crate) fn examine(&mut self, mut evidence: Arc<Evidence>) -> Result<(usize, Arc<Evidence>), VoteError> {
        let place = self.place_of(evidence.voter())?;
        let (proposal, voter) = (self.id(), evidence.voter().clone());
        let shown = Evidence::of(&evidence.first, &evidence.second).is_some_and(|shown| shown == *evidence);
        let ours = evidence.first.instance == self.instance && evidence.first.proposal == proposal;
        if !ours || !shown {
            return Err(VoteError::WrongElectorate { proposal, voter });
        }
        let Some(key) = self.opening.electorate.get(place).and_then(|elector| elector.key) else {
            if evidence.first.is_signed() || evidence.second.is_signed() {
                evidence = Arc::new(Arc::unwrap_or_clone(evidence).unsigned());
            }
            return Ok((place, evidence));
        };
        // No vote is opened without a verifier where there are keys.
        let verifier = self.opening.verifier().ok_or(EvidenceFlaw::Ballot(BallotFlaw::BadSignature));
        match verifier.and_then(|verifier| Arc::make_mut(&mut evidence).check_signatures(&key, verifier)) {
            Ok(()) => Ok((place, evidence)),
            Err(flaw) => Err(VoteError::BadEvidence { proposal, voter, flaw }),
        }
    }

    /// What is kept against a voter who may not be counted.
    pub(crate) fn against(&self, place: usize) -> Option<Arc<Evidence>> {
        let voter = &self.opening.electorate.get(place)?.id;
        self.evidence.get(*self.evidence_of.get(voter)?.first()?).cloned()
    }
}
