//! A plain vote: one ballot from each, judged by a rule.

use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{AgentId, Digest, Map, Number, ProposalId, Timestamp};

use super::closing::End;
use super::{Entry, Input, Ledger, Output, Session, Taken, VoteError};
use crate::{
    Ballot, Basis, Certificate, Decision, Evidence, FinalTally, GossipProtocol, Invalid, Measure, OnDeadline, Opening,
    Outcome, Rule, Ruling, SharedRule, Standing, Status, Tally, Why, determine,
};

/// How a vote with one ballot from each ends, and what it says besides under the documents' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// By the rule, as soon as it is certain.
    Plain,
    /// The same, with the weights in the caller's own unit.
    Weighted,
    /// By gossip, once everybody has answered who will.
    Gossip(GossipProtocol),
}

/// A plain vote.
pub(crate) struct VoteSession {
    ledger: Ledger,
    rule: SharedRule,
    manner: Manner,
    /// Whether its opening is written down.
    opened: bool,
}

impl VoteSession {
    pub(crate) fn new(opening: Opening, rule: SharedRule, manner: Manner) -> Self {
        let words = rule.words_for(&opening.electorate);
        let ledger = Ledger::new(Arc::new(opening), Ruling::of(rule.as_ref()), words, rule.threshold());
        Self { ledger, rule, manner, opened: false }
    }

    fn opening(&self) -> &Opening {
        &self.ledger.opening
    }

    fn write_opening(&mut self, out: &mut Vec<Output>) {
        if !std::mem::replace(&mut self.opened, true) {
            out.push(Output::Persist(Entry::Opened(self.ledger.opening.clone())));
        }
    }

    fn start(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        self.write_opening(out);
        if self.opening().electorate.is_empty() {
            return self.end(now, Decision::Rejected, Basis::Error, "nobody may vote".into(), false, out);
        }
        out.push(Output::Arm(self.opening().deadline));
        out.push(Output::Send(Arc::new(self.ledger.asks(1))));
        // A rule that nothing can change is decided before anybody answers.
        self.settle(now, out);
    }

    fn ballot(&mut self, now: Timestamp, ballot: Arc<Ballot>, out: &mut Vec<Output>) {
        let (place, ballot) = match self.ledger.admit(ballot) {
            Ok(admitted) => admitted,
            Err(refused) => return out.push(Output::Answer(Err(refused))),
        };
        if ballot.round != 1 {
            let (proposal, voter) = (self.ledger.id(), ballot.voter.clone());
            return out.push(Output::Answer(Err(VoteError::WrongRound {
                proposal,
                voter,
                round: 1,
                got: ballot.round,
            })));
        }
        let taken = match self.ledger.ballot(place) {
            None => Taken::Counted,
            Some(before) if before.says_as(&ballot) => {
                return out.push(Output::Answer(Ok(self.ledger.receipt(Taken::Again))));
            }
            Some(_) if self.opening().changes_allowed || planted("counting_a_changed_mind") => {
                match self.ledger.change(place, &ballot.voter) {
                    Ok(()) => Taken::Replaced,
                    Err(refused) => return out.push(Output::Answer(Err(refused))),
                }
            }
            Some(before) => {
                let Some(evidence) = Evidence::of(before, &ballot).map(Arc::new) else { return };
                self.ledger.keep(&evidence, out);
                return out.push(Output::Answer(Err(VoteError::Conflicting(evidence))));
            }
        };
        let too_late = self.ledger.too_late(now, &ballot.voter);
        if let Some(refused) = too_late.filter(|_| !planted("counting_a_late_ballot")) {
            self.ledger.note(place, ballot, out);
            return out.push(Output::Answer(Err(refused)));
        }
        out.push(Output::Persist(Entry::Ballot(ballot.clone())));
        self.ledger.count(place, ballot);
        let answered_at = out.len();
        self.settle(now, out);
        // The voter's answer comes before what its vote brought about, and knows of it.
        let receipt = self.ledger.receipt(taken);
        let answered_at = if planted("answering_before_recording") { 0 } else { answered_at };
        out.insert(answered_at, Output::Answer(Ok(receipt)));
    }

    fn failed(&mut self, now: Timestamp, voter: &AgentId, cause: String, out: &mut Vec<Output>) {
        let place = match self.ledger.place_of(voter) {
            Ok(place) => place,
            Err(refused) => return out.push(Output::Answer(Err(refused))),
        };
        // Who has voted has voted, and what comes after the end changes nothing.
        let counts = self.ledger.outcome.is_none() && self.ledger.tally.standing(place) == Some(Standing::Outstanding);
        if counts {
            let invalid = Invalid { voter: voter.clone(), cause: cause.clone() };
            out.push(Output::Persist(Entry::Invalid { proposal: self.ledger.id(), round: 1, invalid }));
            self.ledger.spend(place, cause);
            self.settle(now, out);
        }
        out.push(Output::Answer(Ok(self.ledger.receipt(Taken::Noted))));
    }

    fn veto(&mut self, now: Timestamp, by: AgentId, reason: &str, out: &mut Vec<Output>) {
        let answer = self.ledger.vetoed(&by, reason).map(|(entry, why)| {
            out.push(Output::Persist(entry));
            self.end(now, Decision::Rejected, Basis::Vetoed, why, false, out);
            self.ledger.receipt(Taken::Counted)
        });
        out.push(Output::Answer(answer));
    }

    fn evidence(&mut self, evidence: Arc<Evidence>, out: &mut Vec<Output>) {
        let answer = self.ledger.examine(evidence).map(|(_, evidence)| {
            if self.ledger.outcome.is_none() {
                self.ledger.keep(&evidence, out);
            }
            self.ledger.receipt(Taken::Noted)
        });
        out.push(Output::Answer(answer));
    }

    /// Ends the vote if nothing can change it any more.
    fn settle(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if self.ledger.outcome.is_some() || self.opening().changes_allowed {
            return;
        }
        let by_vote = self.ledger.answered() > 0;
        self.settle_by(now, by_vote, out);
    }

    fn settle_by(&mut self, now: Timestamp, by_vote: bool, out: &mut Vec<Output>) {
        if let Manner::Gossip(protocol) = self.manner {
            return self.gossip(now, protocol, by_vote, out);
        }
        let determined = determine(self.rule.as_ref(), &self.ledger.tally);
        if determined.status != Status::Open {
            let (decision, basis, why) = judged(self.rule.as_ref(), &self.ledger.tally.as_it_is(), determined.status);
            self.end(now, decision, basis, why, by_vote, out);
        }
    }

    fn deadline(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if self.ledger.outcome.is_some() || now < self.opening().deadline {
            return;
        }
        // Nobody may change their mind any more.
        self.settle_by(now, false, out);
        if self.ledger.outcome.is_some() {
            return;
        }
        let somebody = self.ledger.tally.cast().heads > 0;
        let (decision, basis, why) = match self.opening().on_deadline {
            OnDeadline::DecideByCast if somebody => self.by_cast(),
            _ => self.ledger.lapsed(),
        };
        self.end(now, decision, basis, why, false, out);
    }

    /// Lets the ballots go round, if nobody is waited for any more and there is one.
    fn gossip(&mut self, now: Timestamp, protocol: GossipProtocol, by_vote: bool, out: &mut Vec<Output>) {
        let waits = self.ledger.tally.count(Standing::Outstanding).heads > 0 && now < self.opening().deadline;
        if waits || self.ledger.tally.cast().heads == 0 {
            return;
        }
        let ballots = self.ledger.choices();
        let decided = protocol.decide_by(&self.opening().electorate, &ballots, self.rule.as_ref());
        let (decision, basis, why, counts, metadata) = match decided {
            // What does not fit was refused when the vote was opened.
            Err(why) => (Decision::Rejected, Basis::Error, why.to_string(), None, Map::new()),
            Ok(decided) => {
                let (run, decision) = (&decided.run, decided.decision());
                let basis = if run.converged { Basis::Votes } else { Basis::NotConverged };
                let (before, rounds) = (run.initial, run.rounds_completed());
                let heard = format!("{} for, {} against, of {}", before.in_favour, before.against, before.members());
                let why = format!("{heard}; {} of those who are heard agree after {rounds} rounds", run.agreement());
                let last = [run.last.in_favour, run.last.against, run.last.abstained];
                (decision, basis, why, Some(last), run.metadata())
            }
        };
        let end =
            End { decision, basis, why, by_vote, exact: true, metadata, counts, thinking: self.ledger.outstanding() };
        self.ledger.close(now, end, out);
    }

    /// What the rule says when nobody else could have voted.
    fn by_cast(&self) -> (Decision, Basis, String) {
        let (electorate, tally) = (&self.opening().electorate, &self.ledger.tally);
        let (silent, cast): (Vec<_>, Vec<_>) = electorate
            .ids()
            .zip(tally.standings())
            .partition(|(_, standing)| standing.is_lost() || **standing == Standing::Outstanding);
        let silent: Vec<AgentId> = silent.into_iter().map(|(id, _)| id.clone()).collect();
        let mut alone = Tally::new(electorate.without(&silent));
        for (place, (_, standing)) in cast.into_iter().enumerate() {
            alone.record(place, *standing);
        }
        let end = alone.as_it_is();
        let status = if self.rule.holds(&end).is_ok() { Status::Pass } else { Status::Fail };
        let (decision, _, why) = judged(self.rule.as_ref(), &end, status);
        (decision, Basis::Deadline, format!("of those who voted: {why}"))
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
        let exact = determine(self.rule.as_ref(), &self.ledger.tally).exact;
        let (metadata, thinking) = (self.metadata(), self.ledger.outstanding());
        let end = End { decision, basis, why, by_vote, exact, metadata, counts: None, thinking };
        self.ledger.close(now, end, out);
    }

    #[expect(clippy::cast_precision_loss, reason = "floats that are only shown")]
    fn metadata(&self) -> Map {
        let mut metadata = Map::new();
        if self.manner == Manner::Weighted {
            let (tally, electorate) = (&self.ledger.tally, &self.opening().electorate);
            let mut tell = |key: &str, part: u64, whole: u64| {
                if let Ok(number) = Number::float(part as f64 / whole as f64) {
                    metadata.insert(key, number);
                }
            };
            let (votes_for, against) = (tally.count(Standing::For).weight, tally.count(Standing::Against).weight);
            tell("weighted_approval", votes_for, electorate.total_weight());
            tell("weighted_for", votes_for, electorate.unit());
            tell("weighted_against", against, electorate.unit());
            tell("total_weight", electorate.total_weight(), electorate.unit());
        }
        metadata
    }
}

/// What a rule's answer means, and why.
fn judged(rule: &dyn Rule, tally: &FinalTally<'_>, status: Status) -> (Decision, Basis, String) {
    let (measure, unit) = (rule.measure(), tally.unit());
    let counts = [tally.in_favour(), tally.against(), tally.members()];
    let [votes_for, against, whole] = counts.map(|count| measure.words(measure.of(count), unit));
    let by = if measure == Measure::Weight { " by weight" } else { "" };
    let so_far = format!("{votes_for} for, {against} against, of {whole}{by}");
    match (status, rule.holds(tally)) {
        (Status::Pass, _) | (_, Ok(())) => (Decision::Approved, Basis::Votes, so_far),
        (_, Err(why)) => {
            let basis = match &why {
                Why::Vetoed { .. } => Basis::Vetoed,
                why if why.is_turnout() => Basis::NoQuorum,
                _ => Basis::Votes,
            };
            (Decision::Rejected, basis, format!("{so_far}: {}", why.words_in(unit)))
        }
    }
}

impl Session for VoteSession {
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output> {
        // Nearly always a ballot is kept and answered.
        let mut out = Vec::with_capacity(2);
        match input {
            Input::Start => self.start(now, &mut out),
            Input::Ballot(ballot) => {
                // The clock may not have rung yet.
                self.deadline(now, &mut out);
                self.ballot(now, ballot, &mut out);
            }
            Input::Failed { voter, cause, .. } => {
                self.deadline(now, &mut out);
                self.failed(now, &voter, cause, &mut out);
            }
            Input::Tick => self.deadline(now, &mut out),
            Input::Veto { by, reason } => {
                self.deadline(now, &mut out);
                self.veto(now, by, &reason, &mut out);
            }
            Input::Evidence(evidence) => self.evidence(evidence, &mut out),
            Input::Cancel { reason } if self.ledger.outcome.is_none() => {
                out.push(Output::Persist(Entry::Cancelled { proposal: self.ledger.id(), why: reason.clone() }));
                self.end(now, Decision::Rejected, Basis::Cancelled, reason, false, &mut out);
            }
            Input::Broken { why } if self.ledger.outcome.is_none() => {
                // It may be broken before it has begun.
                self.write_opening(&mut out);
                out.push(Output::Persist(Entry::Broken { proposal: self.ledger.id(), why: why.clone() }));
                self.end(now, Decision::Rejected, Basis::Error, why, false, &mut out);
            }
            Input::Cancel { .. } | Input::Broken { .. } => {}
        }
        out
    }

    fn proposal(&self) -> &ProposalId {
        self.opening().proposal.id()
    }

    fn outcome(&self) -> Option<&Arc<Outcome>> {
        self.ledger.outcome.as_ref()
    }

    fn instance(&self) -> Option<Digest> {
        Some(self.ledger.instance)
    }

    fn certificate(&self) -> Option<Arc<Certificate>> {
        // How ballots went round is nobody's word.
        self.ledger.certificate.clone().filter(|_| !matches!(self.manner, Manner::Gossip(_)))
    }

    fn tally(&self) -> Option<&Tally> {
        Some(&self.ledger.tally)
    }
}
