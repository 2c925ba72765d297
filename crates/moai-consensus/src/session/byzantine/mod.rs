//! A vote over several rounds: only who says the same in each of them is counted.
//!
//! ```text
//!   round 1            round 2                        last round
//!   ask, answers ────▶ ask, answers ────▶  …  ──────▶ ask, answers ──▶ approved: Q confirmed FOR
//!      │ silent           │ silent, unstable             │
//!      ▼                  ▼                              ▼ deadline: what was asked for
//!    lost               lost              rejected, in any round: Q confirmed FOR cannot be reached any more
//! ```
//!
//! A round closes when everybody who is still heard has answered, and at the latest when its share of the time has
//! passed. **A vote is counted from the recorded ballots and their times alone**, so that a replay of them closes the
//! same rounds.

mod bound;
#[cfg(test)]
mod proof;
mod readable;
mod report;
mod rounds;
mod voices;

use std::sync::Arc;

use moai_core::{AgentId, DigestBuilder, ProposalId, Timestamp};

pub(crate) use bound::Bound;
use voices::{Loss, Voices};

use super::closing::{End, since};
use super::{Entry, Input, Ledger, Output, Session, Taken, VoteError};
use crate::algorithm::Detected;
use crate::{Ballot, Basis, Decision, Evidence, Invalid, Opening, Outcome, Ratio, Standing, Tally, instance};

/// A vote over several rounds.
pub(crate) struct ByzantineSession {
    ledger: Ledger,
    bound: Bound,
    /// The round at hand; the first is 1.
    round: u32,
    voices: Voices,
    detected: Detected,
}

impl ByzantineSession {
    /// A vote among enough to bear the faults.
    pub(crate) fn new(opening: Opening, bound: Bound, detected: Detected) -> Self {
        let rule = DigestBuilder::new("moai/rule/1").text(&bound.words()).finish();
        let bound_to = instance(&opening.proposal, opening.electorate.digest(), rule);
        let total = opening.electorate.total_weight();
        let (words, quorum) = (bound.words_for(total), Ratio::from(bound.quorum(total)));
        let voices = Voices::new(&opening.electorate);
        let ledger = Ledger::new(Arc::new(opening), bound_to, words, Some(quorum));
        Self { ledger, bound, round: 1, voices, detected }
    }

    fn quorum(&self) -> u64 {
        self.bound.quorum(self.ledger.opening.electorate.total_weight())
    }

    fn start(&mut self, out: &mut Vec<Output>) {
        out.push(Output::Persist(Entry::Opened(self.ledger.opening.clone())));
        self.ask(out);
    }

    fn ballot(&mut self, now: Timestamp, ballot: Arc<Ballot>, out: &mut Vec<Output>) {
        let place = match self.ledger.admit(&ballot) {
            Ok(place) => place,
            Err(refused) => return out.push(Output::Answer(Err(refused))),
        };
        let Some(voice) = self.voices.get(place) else { return };
        if ballot.round == 0 || ballot.round > self.round {
            return out.push(Output::Answer(Err(self.wrong_round(&ballot.voter, ballot.round))));
        }
        if voice.in_round(ballot.round).is_some_and(|before| **before == *ballot) {
            return out.push(Output::Answer(Ok(self.ledger.receipt(Taken::Again))));
        }
        if let Some(evidence) = voice.contradiction(&ballot).map(Arc::new) {
            return self.contradiction(now, place, ballot, evidence, out);
        }
        if let Some(refused) = self.refusal(now, place, &ballot) {
            out.push(Output::Persist(Entry::Late(ballot)));
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
    fn strike(&mut self, now: Timestamp, place: usize, unstable: bool, proof: bool, out: &mut Vec<Output>) {
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

    fn failed(&mut self, now: Timestamp, voter: &AgentId, round: u32, cause: String, out: &mut Vec<Output>) {
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

    fn veto(&mut self, now: Timestamp, by: AgentId, reason: &str, out: &mut Vec<Output>) {
        let answer = self.ledger.vetoed(by, reason).map(|why| {
            self.end(now, Decision::Rejected, Basis::Vetoed, why, false, out);
            self.ledger.receipt(Taken::Counted)
        });
        out.push(Output::Answer(answer));
    }

    /// Evidence from elsewhere. What is not signed is kept and takes nobody out: whoever carried it may have made it up.
    fn evidence(&mut self, now: Timestamp, evidence: &Arc<Evidence>, out: &mut Vec<Output>) {
        let answer = self.ledger.examine(evidence).map(|place| {
            if self.ledger.outcome.is_none() {
                self.ledger.keep(evidence, out);
                if evidence.is_proof() {
                    self.detected.add(evidence);
                }
                self.strike(now, place, false, evidence.is_proof(), out);
            }
            self.ledger.receipt(Taken::Noted)
        });
        out.push(Output::Answer(answer));
    }

    fn end(
        &mut self,
        now: Timestamp,
        decision: Decision,
        basis: Basis,
        why: String,
        by_vote: bool,
        out: &mut Vec<Output>,
    ) {
        let metadata = self.report(decision, now >= self.ledger.opening.deadline);
        let electors = self.ledger.opening.electorate.electors();
        let thinking = self.voices.thinking().into_iter().filter_map(|place| Some(electors.get(place)?.id.clone()));
        let thinking = thinking.collect();
        let end = End { decision, basis, why, by_vote, exact: true, metadata, counts: None, thinking };
        self.ledger.close(now, end, out);
    }
}

impl Session for ByzantineSession {
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Start => self.start(&mut out),
            Input::Ballot(ballot) => {
                // The clock may not have rung yet.
                self.pass(now, &mut out);
                self.ballot(now, ballot, &mut out);
            }
            Input::Failed { voter, round, cause } => {
                self.pass(now, &mut out);
                self.failed(now, &voter, round, cause, &mut out);
            }
            Input::Tick => self.pass(now, &mut out),
            Input::Veto { by, reason } => {
                self.pass(now, &mut out);
                self.veto(now, by, &reason, &mut out);
            }
            Input::Evidence(evidence) => {
                self.pass(now, &mut out);
                self.evidence(now, &evidence, &mut out);
            }
            Input::Cancel { reason } if self.ledger.outcome.is_none() => {
                self.end(now, Decision::Rejected, Basis::Cancelled, reason, false, &mut out);
            }
            Input::Broken { why } if self.ledger.outcome.is_none() => {
                self.end(now, Decision::Rejected, Basis::Error, why, false, &mut out);
            }
            Input::Cancel { .. } | Input::Broken { .. } => {}
        }
        out
    }

    fn proposal(&self) -> &ProposalId {
        self.ledger.opening.proposal.id()
    }

    fn outcome(&self) -> Option<&Arc<Outcome>> {
        self.ledger.outcome.as_ref()
    }

    fn tally(&self) -> Option<&Tally> {
        Some(&self.ledger.tally)
    }
}
