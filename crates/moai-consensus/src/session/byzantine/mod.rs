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

mod ballots;
mod bound;
#[cfg(test)]
mod proof;
mod readable;
mod report;
mod rounds;
mod voices;

use std::sync::Arc;

use moai_core::{AgentId, Digest, ProposalId, Timestamp};

pub(crate) use bound::Bound;
use voices::Voices;

use super::closing::End;
use super::{Entry, Input, Ledger, Output, Session, Taken};
use crate::algorithm::Detected;
use crate::{Basis, Certificate, Decision, Evidence, Opening, Outcome, Ratio, Tally};

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
        let ruling = bound.ruling();
        let total = opening.electorate.total_weight();
        let (words, quorum) = (bound.words_for(total), Ratio::from(bound.quorum(total)));
        let voices = Voices::new(&opening.electorate);
        let ledger = Ledger::new(Arc::new(opening), ruling, words, Some(quorum));
        Self { ledger, bound, round: 1, voices, detected }
    }

    fn quorum(&self) -> u64 {
        self.bound.quorum(self.ledger.opening.electorate.total_weight())
    }

    fn start(&mut self, out: &mut Vec<Output>) {
        out.push(Output::Persist(Entry::Opened(self.ledger.opening.clone())));
        self.ask(out);
    }

    fn veto(&mut self, now: Timestamp, by: AgentId, reason: &str, out: &mut Vec<Output>) {
        let answer = self.ledger.vetoed(&by, reason).map(|(entry, why)| {
            out.push(Output::Persist(entry));
            self.end(now, Decision::Rejected, Basis::Vetoed, why, false, out);
            self.ledger.receipt(Taken::Counted)
        });
        out.push(Output::Answer(answer));
    }

    /// Evidence from elsewhere. What is not signed is kept and takes nobody out: whoever carried it may have made it up.
    fn evidence(&mut self, now: Timestamp, evidence: Arc<Evidence>, out: &mut Vec<Output>) {
        let answer = self.ledger.examine(evidence).map(|(place, evidence)| {
            if self.ledger.outcome.is_none() {
                let proof = evidence.is_proof();
                self.ledger.keep(&evidence, out);
                if proof {
                    self.detected.add(&evidence);
                }
                self.strike(now, place, false, proof, out);
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
        if !matches!(input, Input::Start) {
            // The clock may not have rung yet.
            self.pass(now, &mut out);
        }
        match input {
            Input::Start => self.start(&mut out),
            Input::Ballot(ballot) => self.ballot(now, ballot, &mut out),
            Input::Failed { voter, round, cause } => self.failed(now, &voter, round, cause, &mut out),
            Input::Tick => {}
            Input::Veto { by, reason } => self.veto(now, by, &reason, &mut out),
            Input::Evidence(evidence) => self.evidence(now, evidence, &mut out),
            Input::Cancel { reason } if self.ledger.outcome.is_none() => {
                out.push(Output::Persist(Entry::Cancelled { proposal: self.ledger.id(), why: reason.clone() }));
                self.end(now, Decision::Rejected, Basis::Cancelled, reason, false, &mut out);
            }
            Input::Broken { why } if self.ledger.outcome.is_none() => {
                out.push(Output::Persist(Entry::Broken { proposal: self.ledger.id(), why: why.clone() }));
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

    fn round(&self) -> u32 {
        self.round
    }

    fn instance(&self) -> Option<Digest> {
        Some(self.ledger.instance)
    }

    fn certificate(&self) -> Option<Arc<Certificate>> {
        self.ledger.certificate.clone()
    }

    fn tally(&self) -> Option<&Tally> {
        Some(&self.ledger.tally)
    }
}
