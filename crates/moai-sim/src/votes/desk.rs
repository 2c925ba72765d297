//! Whoever runs a vote: a session behind a journal that a crash may cut off.

use std::sync::Arc;

use moai_consensus::{Entry, Input as Given, Opening, Outcome, Output, Reply, Session, VoteError};
use moai_core::{Coded, Limits, Timestamp};

use super::plan::{Manner, voter_id};
use super::record;
use crate::Violation;
use crate::invariant::persisted_first;
use crate::world::{Effect, Input};

/// How often the question is put again, in microseconds.
const AGAIN: i64 = 150_000;

/// Whoever runs a vote. What is recorded is played again after a crash, and must lead to where it led before.
pub struct Desk {
    session: Box<dyn Session>,
    limits: Limits,
    request: Option<Arc<[u8]>>,
    /// No time before this one is taken for now: that of the last record.
    last: Timestamp,
    begun: bool,
    written: bool,
    flaw: Result<(), Violation>,
}

/// What an observer is told of a vote.
#[derive(Debug, Clone)]
pub enum Told {
    /// It is decided.
    Decided(Arc<Outcome>),
    /// What was handed in did not count: the code says why.
    Refused(&'static str),
    /// What was handed in is not of whoever sent it, or of no vote.
    Foreign,
    /// Somebody contradicted itself.
    Contradicted(u32),
}

type Effects = Vec<Effect<Arc<[u8]>, Told>>;

impl Desk {
    /// A desk that begins, or goes on from what is on its disk.
    ///
    /// # Errors
    ///
    /// What is on the disk cannot be read, or played again does not lead to where it led.
    pub fn start(manner: Manner, opening: Opening, records: &[Arc<[u8]>]) -> Result<Self, String> {
        let opened_at = opening.opened_at;
        let mut session = manner.open(opening)?;
        let (mut last, mut begun, mut decided) = (opened_at, false, None);
        for bytes in records {
            let (time, entry) = record::read(bytes)?;
            last = time;
            let again = match entry {
                Entry::Opened(_) => {
                    begun = true;
                    Some(Given::Start)
                }
                Entry::Ballot(ballot) | Entry::Late(ballot) => Some(Given::Ballot(ballot)),
                Entry::Invalid { round, invalid, .. } => {
                    Some(Given::Failed { voter: invalid.voter, round, cause: invalid.cause })
                }
                Entry::Evidence(evidence) => Some(Given::Evidence(evidence)),
                Entry::Decided(outcome) => {
                    decided = Some(outcome);
                    Some(Given::Tick)
                }
                _ => None,
            };
            again.into_iter().for_each(|input| drop(session.handle(time, input)));
        }
        if decided.is_some() && session.outcome() != decided.as_ref() {
            return Err(format!("played again it is {:?}, and it was {decided:?}", session.outcome()));
        }
        let (limits, written) = (Limits::default(), decided.is_some());
        Ok(Self { session, limits, request: None, last, begun, written, flaw: Ok(()) })
    }

    /// What was decided, once it is.
    #[must_use]
    pub fn outcome(&self) -> Option<&Arc<Outcome>> {
        self.session.outcome().filter(|_| self.written)
    }

    pub(super) fn handle(&mut self, now: i64, input: Input<Arc<[u8]>, ()>, out: &mut Effects) {
        let now = Timestamp::from_unix_micros(now).unwrap_or(Timestamp::MAX).max(self.last);
        match input {
            Input::Start => self.begin(now, out),
            Input::Tick => {
                self.give(now, Given::Tick, out);
                self.ask_again(now, out);
            }
            Input::Hear { from, message } => self.hear(now, from, &message, out),
            Input::Do(()) => {}
        }
    }

    fn begin(&mut self, now: Timestamp, out: &mut Effects) {
        if self.begun {
            self.request = None;
            // A crash may have come between what decided it and the decision, or before anybody was told.
            if let Some(outcome) = self.session.outcome().cloned() {
                let write = (!self.written).then(|| Output::Persist(Entry::Decided(outcome.clone())));
                self.carry(now, write.into_iter().chain([Output::Decided(outcome)]), out);
            }
            self.give(now, Given::Tick, out);
        } else {
            self.give(now, Given::Start, out);
        }
        self.ask_again(now, out);
    }

    /// Whoever is asked again answers as before.
    fn ask_again(&self, now: Timestamp, out: &mut Effects) {
        if self.session.outcome().is_some() {
            return;
        }
        if let Some(request) = &self.request {
            out.push(Effect::Send { to: None, message: request.clone() });
        }
        out.push(Effect::Arm(now.unix_micros() + AGAIN));
    }

    fn hear(&mut self, now: Timestamp, from: u32, bytes: &[u8], out: &mut Effects) {
        let mine = |proposal: &_| proposal == self.session.proposal();
        let input = match Reply::from_bytes(bytes, &self.limits) {
            // Who carries it vouches for whose it is.
            Ok(Reply::Ballot(ballot)) if ballot.voter.as_str() == voter_id(from) && mine(&ballot.proposal) => {
                Given::Ballot(Arc::new(ballot))
            }
            Ok(Reply::Failed { voter, proposal, instance, round, cause })
                if voter.as_str() == voter_id(from) && mine(&proposal) && Some(instance) == self.session.instance() =>
            {
                Given::Failed { voter, round, cause }
            }
            _ => return out.push(Effect::Tell(Told::Foreign)),
        };
        self.give(now, input, out);
    }

    fn give(&mut self, now: Timestamp, input: Given, out: &mut Effects) {
        self.last = now;
        let outputs = self.session.handle(now, input);
        self.carry(now, outputs, out);
    }

    fn carry(&mut self, now: Timestamp, outputs: impl IntoIterator<Item = Output>, out: &mut Effects) {
        let outputs: Vec<Output> = outputs.into_iter().collect();
        // A decision follows from what is recorded, so it may be recorded behind an answer.
        let persists = outputs.iter().filter(|output| !matches!(output, Output::Persist(Entry::Decided(_))));
        let ordered = persisted_first(
            persists
                .filter(|output| matches!(output, Output::Persist(_) | Output::Answer(Ok(_))))
                .map(|output| matches!(output, Output::Persist(_))),
        );
        if self.flaw.is_ok() {
            self.flaw = ordered;
        }
        for output in outputs {
            match output {
                Output::Persist(entry) => match record::write(now, &entry) {
                    Ok(bytes) => {
                        self.written |= matches!(entry, Entry::Decided(_));
                        out.push(Effect::Persist(bytes));
                    }
                    Err(why) => self.flaw = Err(Violation::new("what is recorded has a form", why)),
                },
                Output::Send(request) => {
                    let bytes: Arc<[u8]> = request.to_bytes().into();
                    self.request = Some(bytes.clone());
                    out.push(Effect::Send { to: None, message: bytes });
                }
                Output::Arm(time) => out.push(Effect::Arm(time.unix_micros())),
                Output::Answer(Err(why)) => out.push(Effect::Tell(Told::Refused(code(&why)))),
                Output::Decided(outcome) => out.push(Effect::Tell(Told::Decided(outcome))),
                Output::Evidence(evidence) => {
                    let place = super::plan::place_of(evidence.voter().as_str());
                    out.push(Effect::Tell(Told::Contradicted(place)));
                }
                _ => {}
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), Violation> {
        self.flaw.clone()
    }
}

fn code(why: &VoteError) -> &'static str {
    why.code()
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("outcome", &self.session.outcome()).finish_non_exhaustive()
    }
}
