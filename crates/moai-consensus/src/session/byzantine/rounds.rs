//! When a round closes, and what is decided by that.

use std::sync::Arc;

use moai_core::Timestamp;
use moai_core::planted::planted;

use super::ByzantineSession;
use super::voices::Loss;
use crate::session::Output;
use crate::{Basis, Decision, OnDeadline, Request, Standing};

impl ByzantineSession {
    /// Until when a round is open at the latest: when its share of the time has passed, for the last one at the
    /// deadline.
    pub(super) fn end_of(&self, round: u32) -> Timestamp {
        let (opened, deadline) = (self.ledger.opening.opened_at, self.ledger.opening.deadline);
        let (from, until) = (i128::from(opened.unix_micros()), i128::from(deadline.unix_micros()));
        let passed = (until - from) * i128::from(round) / i128::from(self.bound.rounds);
        let end = i64::try_from(from + passed).ok().and_then(|micros| Timestamp::from_unix_micros(micros).ok());
        end.map_or(deadline, |end| end.min(deadline))
    }

    /// Puts the question of the round at hand.
    pub(super) fn ask(&self, out: &mut Vec<Output>) {
        let deadline = self.end_of(self.round);
        out.push(Output::Arm(deadline));
        if self.voices.heard == 0 {
            return;
        }
        let request = self.ledger.asks(self.round);
        out.push(Output::Send(Arc::new(Request { deadline, ..request })));
    }

    /// How many rounds have closed.
    pub(super) fn rounds_completed(&self) -> u32 {
        if self.voices.waiting == 0 { self.round } else { self.round - 1 }
    }

    /// Sees what has come with the time: rounds that close, and the deadline.
    pub(super) fn pass(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        while self.is_open() && self.round < self.bound.rounds && self.end_of(self.round) <= now {
            let waited_for = if planted("who_misses_a_round_is_heard") { Vec::new() } else { self.voices.thinking() };
            for place in waited_for {
                self.voices.lose(place, Loss::Silent);
                self.ledger.tally.record(place, Standing::Silent);
            }
            self.settle(now, false, out);
            self.next_round(now, out);
        }
        if self.is_open() && self.ledger.opening.deadline <= now {
            self.lapse(now, out);
        }
    }

    /// Sees what has come with an answer: a decision, or the end of the round.
    pub(super) fn go_on(&mut self, now: Timestamp, by_vote: bool, out: &mut Vec<Output>) {
        self.settle(now, by_vote, out);
        // Where nobody is heard any more there is nobody to ask.
        if self.voices.waiting == 0 && self.voices.heard > 0 {
            self.next_round(now, out);
        }
    }

    fn is_open(&self) -> bool {
        self.ledger.outcome.is_none()
    }

    fn next_round(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if !self.is_open() || self.round >= self.bound.rounds {
            return;
        }
        self.round += 1;
        self.voices.next_round();
        if self.round == self.bound.rounds && !planted("what_is_not_repeated_is_confirmed") {
            // Only what is repeated now is confirmed.
            let places = 0..self.ledger.opening.electorate.len();
            for place in places.filter(|place| self.voices.get(*place).is_some_and(|voice| voice.lost.is_none())) {
                self.ledger.tally.record(place, Standing::Outstanding);
            }
        }
        // A round whose time has passed before it began is put to nobody.
        if now < self.end_of(self.round) {
            self.ask(out);
        }
    }

    /// Ends the vote if nothing can change it any more.
    fn settle(&mut self, now: Timestamp, by_vote: bool, out: &mut Vec<Output>) {
        if !self.is_open() {
            return;
        }
        let (quorum, faults, proven) = (self.quorum(), self.bound.faults, self.voices.proven);
        let (within_reach, but_for_silence) = (self.voices.within_reach(), self.voices.within_reach_but_for_silence());
        let confirmed = self.ledger.tally.count(Standing::For).weight;
        let of = format!("{quorum} needed of {}", self.ledger.opening.electorate.total_weight());
        // Who is to approve unless somebody objects, or to decide by those who voted, takes silence as it comes.
        let silence_decides = matches!(self.ledger.opening.on_deadline, OnDeadline::Timeout | OnDeadline::Reject);
        let (decision, basis, why) = if proven > faults {
            let why = format!("a weight of {proven} is proven to lie, {faults} can be borne");
            (Decision::Rejected, Basis::FaultBoundExceeded, why)
        } else if self.round == self.bound.rounds && confirmed >= quorum {
            let why = format!("{confirmed} confirmed for it in {} rounds, {of}", self.bound.rounds);
            (Decision::Approved, Basis::Votes, why)
        } else if but_for_silence < quorum {
            (Decision::Rejected, Basis::Votes, format!("{within_reach} can still be confirmed for it, {of}"))
        } else if within_reach < quorum && silence_decides {
            let silent = self.ledger.tally.count(Standing::Silent).weight;
            let why = format!("{within_reach} can still be confirmed for it, {of}: {silent} fell silent");
            (Decision::Rejected, Basis::NoQuorum, why)
        } else {
            return;
        };
        self.end(now, decision, basis, why, by_vote, out);
    }

    /// What becomes of it at its deadline.
    fn lapse(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let by_cast = self.ledger.opening.on_deadline == OnDeadline::DecideByCast;
        let (decision, basis, why) = if by_cast { self.by_cast() } else { self.ledger.lapsed() };
        self.end(now, decision, basis, why, false, out);
    }

    /// What those say who voted: confirmed, or struck out, which counts for no side. They must bear the faults alone.
    fn by_cast(&self) -> (Decision, Basis, String) {
        let tally = &self.ledger.tally;
        let cast = tally.cast().weight + tally.count(Standing::Spoiled).weight;
        if let Err(too_few) = self.bound.check(cast) {
            let (decision, basis, open) = self.ledger.lapsed();
            return (decision, basis, format!("{open}; of those who voted {too_few}"));
        }
        let (confirmed, quorum) = (tally.count(Standing::For).weight, self.bound.quorum(cast));
        let decision = if confirmed >= quorum { Decision::Approved } else { Decision::Rejected };
        let why = format!("of those who voted: {confirmed} confirmed for it, {quorum} needed of {cast}");
        (decision, Basis::Deadline, why)
    }
}
