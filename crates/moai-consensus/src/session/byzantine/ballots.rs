//! What becomes of an answer: it counts, comes too late, or takes its voter out.

use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{AgentId, Timestamp};

use super::ByzantineSession;
use super::voices::Loss;
use crate::session::closing::since;
use crate::session::{Entry, Output, Taken, VoteError};
use crate::{Ballot, Evidence, Invalid, Standing};

impl ByzantineSession {
    pub(super) fn ballot(&mut self, now: Timestamp, ballot: Arc<Ballot>, out: &mut Vec<Output>) {
        let (place, ballot) = match self.ledger.admit(ballot) {
            Ok(admitted) => admitted,
            Err(refused) => return out.push(Output::Answer(Err(refused))),
        };
        let Some(voice) = self.voices.get(place) else { return };
        if ballot.round == 0 || ballot.round > self.round {
            return out.push(Output::Answer(Err(self.wrong_round(&ballot.voter, ballot.round))));
        }
        if voice.in_round(ballot.round).is_some_and(|before| before.says_as(&ballot)) {
            return out.push(Output::Answer(Ok(self.ledger.receipt(Taken::Again))));
        }
        let strayed = voice.contradiction(&ballot).filter(|_| !planted("a_voter_that_strays_is_heard"));
        if let Some(evidence) = strayed.map(Arc::new) {
            return self.contradiction(now, place, ballot, evidence, out);
        }
        if let Some(refused) = self.refusal(now, place, &ballot) {
            self.ledger.note(place, ballot, out);
            return out.push(Output::Answer(Err(refused)));
        }
        out.push(Output::Persist(Entry::Ballot(ballot.clone())));
        self.voices.say(place, ballot.clone());
        self.ledger.count(place, ballot);
        let answered_at = out.len();
        self.go_on(now, true, out);
        // The voter's answer comes before what its vote brought about, and knows of it.
        out.insert(answered_at, Output::Answer(Ok(self.ledger.receipt(Taken::Counted))));
    }

    fn wrong_round(&self, voter: &AgentId, got: u32) -> VoteError {
        VoteError::WrongRound { proposal: self.ledger.id(), voter: voter.clone(), round: self.round, got }
    }

    /// Why a ballot that contradicts nothing does not count: it is decided, its round has closed, or its voter is not
    /// heard any more.
    fn refusal(&self, now: Timestamp, place: usize, ballot: &Ballot) -> Option<VoteError> {
        let voice = self.voices.get(place)?;
        if let Some(refused) = self.ledger.too_late(now, &ballot.voter) {
            return Some(refused);
        }
        match (voice.lost, self.ledger.against(place)) {
            (None, _) => None,
            (Some(Loss::Unstable | Loss::Proven), Some(evidence)) => Some(VoteError::Conflicting(evidence)),
            (Some(_), _) => {
                // It has missed a round, be it this ballot's or one before.
                let missed = u32::try_from(voice.answered()).unwrap_or(u32::MAX).saturating_add(1);
                let by = since(self.end_of(missed), now).unwrap_or_default();
                Some(VoteError::Late { proposal: self.ledger.id(), voter: ballot.voter.clone(), by })
            }
        }
    }

    /// A ballot that contradicts an earlier one takes its voter out if it chooses differently, or if both are signed.
    fn contradiction(
        &mut self,
        now: Timestamp,
        place: usize,
        ballot: Arc<Ballot>,
        evidence: Arc<Evidence>,
        out: &mut Vec<Output>,
    ) {
        let changed = evidence.first.choice != evidence.second.choice;
        let open = self.ledger.too_late(now, &ballot.voter).is_none();
        let unstable = changed && open && self.is_below(place, Loss::Unstable);
        if unstable {
            // It counts against its voter, so it is recorded with the ballots: a replay needs it.
            out.push(Output::Persist(Entry::Ballot(ballot)));
        }
        self.ledger.keep(&evidence, out);
        if changed || evidence.is_proof() {
            self.detected.add(&evidence);
        }
        let answered_at = out.len();
        self.strike(now, place, unstable, evidence.is_proof(), out);
        out.insert(answered_at, Output::Answer(Err(VoteError::Conflicting(evidence))));
    }

    /// Takes out a voter who has contradicted itself.
    pub(super) fn strike(&mut self, now: Timestamp, place: usize, unstable: bool, proof: bool, out: &mut Vec<Output>) {
        let proven = proof && self.ledger.outcome.is_none() && self.is_below(place, Loss::Proven);
        if proven || unstable {
            self.voices.lose(place, if proven { Loss::Proven } else { Loss::Unstable });
            self.ledger.tally.record(place, Standing::Spoiled);
            self.go_on(now, true, out);
        }
    }

    /// Whether a voter is not yet lost for this or something weightier.
    fn is_below(&self, place: usize, loss: Loss) -> bool {
        let lost = self.voices.get(place).and_then(|voice| voice.lost);
        match loss {
            Loss::Proven => lost != Some(Loss::Proven),
            _ => !matches!(lost, Some(Loss::Unstable | Loss::Proven)),
        }
    }

    pub(super) fn failed(&mut self, now: Timestamp, voter: &AgentId, round: u32, cause: String, out: &mut Vec<Output>) {
        let place = match self.ledger.place_of(voter) {
            Ok(place) => place,
            Err(refused) => return out.push(Output::Answer(Err(refused))),
        };
        if round > self.round {
            return out.push(Output::Answer(Err(self.wrong_round(voter, round))));
        }
        let waited_for = self.voices.get(place).is_some_and(|voice| self.voices.waits_for(voice));
        let counts = self.ledger.outcome.is_none() && waited_for && round == self.round;
        let mut answered_at = out.len();
        if counts {
            let invalid = Invalid { voter: voter.clone(), cause: cause.clone() };
            out.push(Output::Persist(Entry::Invalid { proposal: self.ledger.id(), round, invalid }));
            answered_at = out.len();
            self.voices.lose(place, Loss::Invalid);
            self.ledger.spend(place, cause);
            self.go_on(now, true, out);
        }
        out.insert(answered_at, Output::Answer(Ok(self.ledger.receipt(Taken::Noted))));
    }
}
