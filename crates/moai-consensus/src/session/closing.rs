//! How a vote ends: once, with everything written down that came of it.

use std::sync::Arc;
use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{AgentId, Map, Timestamp};

use super::shares::{WORDS, cut};
use super::{Entry, Ledger, Output, Receipt, Taken};
use crate::{
    Ballot, Basis, Choice, Decision, Dissent, Evidence, Invalid, OnDeadline, Outcome, Ratio, Standing, VoteError,
    Weights,
};

/// How a vote ended.
pub(crate) struct End {
    pub(crate) decision: Decision,
    pub(crate) basis: Basis,
    pub(crate) why: String,
    /// Whether a vote decided it, or it was the deadline or somebody.
    pub(crate) by_vote: bool,
    pub(crate) exact: bool,
    pub(crate) metadata: Map,
    /// For, against and abstained in the end, where that is not how the ballots were.
    pub(crate) counts: Option<[u64; 3]>,
    /// Whose answer is still waited for.
    pub(crate) thinking: Vec<AgentId>,
}

impl Ledger {
    /// What was decided, if it is.
    pub(crate) fn decided(&self) -> Option<Decision> {
        self.outcome.as_ref().map(|outcome| outcome.decision)
    }

    /// What to tell whose input was taken so.
    pub(crate) fn receipt(&self, taken: Taken) -> Receipt {
        Receipt { taken, decided: self.decided() }
    }

    /// Why a ballot no longer counts, if it does not.
    pub(crate) fn too_late(&self, now: Timestamp, voter: &AgentId) -> Option<VoteError> {
        match (&self.outcome, since(self.opening.deadline, now)) {
            (_, Some(by)) => Some(VoteError::Late { proposal: self.id(), voter: voter.clone(), by }),
            (Some(outcome), None) => Some(VoteError::Closed { voter: voter.clone(), outcome: outcome.clone() }),
            (None, None) => None,
        }
    }

    /// What was asked for when nothing is decided in time, unless those who voted are to decide.
    pub(crate) fn lapsed(&self) -> (Decision, Basis, String) {
        let open = format!("still open: {} of {} answered", self.answered(), self.opening.electorate.len());
        let (decision, why) = match self.opening.on_deadline {
            _ if planted("taking_silence_for_consent") => (Decision::Approved, open),
            OnDeadline::Timeout | OnDeadline::DecideByCast => (Decision::Timeout, open),
            OnDeadline::Approve => (Decision::Approved, format!("{open}, approved as asked")),
            OnDeadline::Reject => (Decision::Rejected, format!("{open}, rejected as asked")),
        };
        (decision, Basis::Deadline, why)
    }

    /// Why somebody stops it, or that it cannot.
    pub(crate) fn vetoed(&self, by: AgentId, reason: &str) -> Result<String, VoteError> {
        let electorate = &self.opening.electorate;
        let has_one = electorate.index_of(&by).and_then(|place| electorate.get(place)).is_some_and(|its| its.veto);
        match &self.outcome {
            _ if !has_one => Err(VoteError::NoVeto { proposal: self.id(), voter: by }),
            Some(outcome) => Err(VoteError::Closed { voter: by, outcome: outcome.clone() }),
            None => Ok(format!("vetoed by {by}: {reason}")),
        }
    }

    /// Ends it: writes it down, tells it, and releases who is still thinking.
    pub(crate) fn close(&mut self, now: Timestamp, end: End, out: &mut Vec<Output>) {
        let thinking = end.thinking.clone();
        let outcome = Arc::new(self.draw_up(now, end));
        out.push(Output::Persist(Entry::Decided(outcome.clone())));
        out.push(Output::Decided(outcome.clone()));
        if !thinking.is_empty() {
            out.push(Output::Release(thinking));
        }
        self.outcome = Some(outcome);
    }

    fn draw_up(&self, now: Timestamp, end: End) -> Outcome {
        let End { decision, basis, why, by_vote, exact, metadata, counts, thinking } = end;
        let tally = &self.tally;
        let (votes_for, against, abstain) =
            (tally.count(Standing::For), tally.count(Standing::Against), tally.count(Standing::Abstain));
        let [in_favour, opposed, aside] = counts.unwrap_or([votes_for.heads, against.heads, abstain.heads]);
        let electorate = &self.opening.electorate;
        let has_voted = |standing: Standing| !standing.is_lost() && standing != Standing::Outstanding;
        let participants = electorate.ids().zip(tally.standings()).filter(|(_, standing)| has_voted(**standing));
        // Whoever could still have answered in time is not silent.
        let in_time = now < self.opening.deadline;
        let mut silent = self.standing(Standing::Silent);
        let saved = if in_time { thinking.len() as u64 } else { 0 };
        silent.extend(thinking.into_iter().filter(|_| !in_time));
        silent.sort_unstable();
        let invalid = self.invalid.iter().filter_map(|(place, cause)| {
            Some(Invalid { voter: electorate.get(*place)?.id.clone(), cause: cause.clone() })
        });
        let mut invalid: Vec<Invalid> = invalid.collect();
        cut(&mut invalid.iter_mut().map(|invalid| &mut invalid.cause).collect::<Vec<_>>(), WORDS);
        let mut dissent = self.dissent(decision);
        cut(&mut dissent.iter_mut().map(|dissent| &mut dissent.reason).collect::<Vec<_>>(), WORDS);
        Outcome {
            proposal: self.id(),
            decision,
            basis,
            why,
            votes_for: in_favour,
            votes_against: opposed,
            votes_abstain: aside,
            threshold: self.threshold.map(Ratio::to_f64),
            threshold_exact: self.threshold,
            participants: participants.map(|(id, _)| id.clone()).collect(),
            algorithm_used: self.opening.algorithm.clone(),
            opened_at: self.opening.opened_at,
            decided_at: now,
            rule: self.rule.clone(),
            exact,
            decided_at_vote: by_vote.then(|| self.answered()),
            votes_saved: saved,
            silent,
            invalid,
            dissent,
            evidence: self.told_evidence(),
            weights: Weights::of(votes_for, against, abstain, electorate),
            electorate: electorate.clone(),
            instance: self.instance,
            metadata,
        }
    }

    /// The contradictions that came to light, as far as there is room: each is in the record by itself.
    fn told_evidence(&self) -> Vec<Evidence> {
        let mut left = WORDS;
        let fits = |evidence: &&Arc<Evidence>| {
            let bytes = evidence.first.own_len() + evidence.second.own_len();
            let fits = bytes <= left;
            left -= if fits { bytes } else { 0 };
            fits
        };
        self.evidence.iter().filter(fits).map(|evidence| Evidence::clone(evidence)).collect()
    }

    /// Who said something else than what is decided, and stands by it: the minority report.
    pub(crate) fn dissent(&self, decision: Decision) -> Vec<Dissent> {
        let said = self.tally.standings().iter().zip(&self.ballots).filter(|(standing, _)| !standing.is_lost());
        let dissent = said.filter_map(|(_, ballot)| {
            let ballot = ballot.as_ref().filter(|ballot| dissents(ballot.choice, decision))?;
            let Ballot { voter, choice, reason, confidence, .. } = ballot.as_ref();
            Some(Dissent { voter: voter.clone(), choice: *choice, reason: reason.clone(), confidence: *confidence })
        });
        dissent.collect()
    }
}

/// How long ago a time was; nothing if it is still to come.
pub(crate) fn since(then: Timestamp, now: Timestamp) -> Option<Duration> {
    let micros = now.unix_micros().saturating_sub(then.unix_micros());
    u64::try_from(micros).ok().map(Duration::from_micros)
}

/// Whether somebody who chose so did not get what was decided. When nothing was, nobody who took a side did.
fn dissents(choice: Choice, decision: Decision) -> bool {
    match choice {
        Choice::For => decision != Decision::Approved,
        Choice::Against => decision != Decision::Rejected,
        Choice::Abstain => false,
    }
}
