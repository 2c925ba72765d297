//! A replica as a node of a world.

use std::sync::Arc;

use moai_crdt::{Merge, ReplicaId, Replicated, Stamp, WireForm};

use super::{Happened, Operation, Subject, Turn};
use crate::Violation;
use crate::world::{Effect, Input, Node};

/// How often a replica asks another what it lacks, in microseconds of its clock.
const PERIOD: i64 = 200_000;

/// A replica: what it changes is durable before it leaves; what others changed it gets again after a crash.
#[derive(Debug)]
pub struct Replica<S: Subject> {
    state: S::State,
    place: u32,
    by: ReplicaId,
    members: u32,
    /// The changes that it knows.
    known: u128,
    /// What waits to be sent together.
    held: Option<(<S::State as Replicated>::Delta, u128)>,
    round: u32,
    flaw: Option<String>,
}

/// What replicas send to each other. What it carries of who knows what is for the specification alone: no replica goes
/// by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Parcel {
    /// What was changed, or what another one lacked.
    Delta(Arc<[u8]>, u128),
    /// A whole state.
    Whole(Arc<[u8]>, u128),
    /// What the sender has: what else is there?
    Digest(Arc<[u8]>, u128),
}

type Effects = Vec<Effect<Parcel, u32>>;

impl<S: Subject> Replica<S> {
    /// A replica that begins, or begins again with what is on its disk.
    ///
    /// # Errors
    ///
    /// What is on the disk cannot be read.
    pub fn start(place: u32, members: u32, records: &[Arc<[u8]>]) -> Result<Self, String> {
        let by = ReplicaId::new(u64::from(place) + 1).map_err(|why| why.to_string())?;
        let (mut state, mut known) = (S::State::default(), 0);
        for record in records {
            let happened = Happened::read(record).ok_or("a record that is none")?;
            let delta = WireForm::from_bytes(&happened.delta).map_err(|why| why.to_string())?;
            state.apply(&delta);
            known |= 1 << happened.turn.number;
        }
        Ok(Self { state, place, by, members, known, held: None, round: place, flaw: None })
    }

    /// What it has.
    #[must_use]
    pub const fn state(&self) -> &S::State {
        &self.state
    }

    fn change(&mut self, now: i64, operation: Operation, out: &mut Effects) {
        let millis = now.unsigned_abs() / 1_000 + operation.ahead;
        let stamp = Stamp::new(millis, 0).unwrap_or(Stamp::MAX);
        let turn = Turn { place: self.place, by: self.by, op: operation.op % S::OPS, number: operation.number, stamp };
        let before = S::last_dot(&self.state, self.by);
        let Some(delta) = S::mutate(&mut self.state, turn) else { return };
        let dots = (before + 1, S::last_dot(&self.state, self.by));
        let (knew, bit) = (self.known, 1 << operation.number);
        let happened = Happened { turn, knew, dots, delta: delta.to_bytes().into() };
        self.known |= bit;
        out.push(Effect::Persist(happened.to_record()));
        out.push(Effect::Tell(operation.number));
        if operation.hold {
            match &mut self.held {
                Some((held, bits)) => {
                    S::State::join(held, &delta);
                    *bits |= bit;
                }
                None => self.held = Some((delta, bit)),
            }
        } else {
            out.push(Effect::Send { to: None, message: Parcel::Delta(happened.delta, bit) });
        }
    }

    /// Sends what waits, and asks another one what there is: with a digest mostly, and now and then with all it has.
    fn tick(&mut self, now: i64, out: &mut Effects) {
        if let Some((delta, bits)) = self.held.take() {
            out.push(Effect::Send { to: None, message: Parcel::Delta(delta.to_bytes().into(), bits) });
        }
        self.round = self.round.wrapping_add(1);
        let to = Some(self.round % self.members.max(1));
        let message = if self.round.is_multiple_of(7) {
            Parcel::Whole(self.state.to_bytes().into(), self.known)
        } else {
            Parcel::Digest(self.state.digest().to_bytes().into(), self.known)
        };
        out.push(Effect::Send { to, message });
        out.push(Effect::Arm(now + PERIOD));
    }

    fn hear(&mut self, from: u32, parcel: &Parcel, out: &mut Effects) -> Result<(), String> {
        let said = |why: moai_core::InvalidInput| why.to_string();
        match parcel {
            Parcel::Delta(bytes, knows) => {
                self.state.apply(&WireForm::from_bytes(bytes).map_err(said)?);
                self.known |= knows;
            }
            Parcel::Whole(bytes, knows) => {
                self.state.merge(&WireForm::from_bytes(bytes).map_err(said)?);
                self.known |= knows;
            }
            Parcel::Digest(bytes, knew) => {
                let theirs = WireForm::from_bytes(bytes).map_err(said)?;
                // Only what is new to it: it may have forgotten the rest when the answer comes.
                if self.state.digest() != theirs {
                    let delta = self.state.delta_for(&theirs).to_bytes().into();
                    out.push(Effect::Send { to: Some(from), message: Parcel::Delta(delta, self.known & !knew) });
                }
            }
        }
        Ok(())
    }
}

impl<S: Subject> Node for Replica<S> {
    type Message = Parcel;
    type Command = Operation;
    /// The number of a change that is acknowledged.
    type News = u32;

    fn handle(&mut self, now: i64, input: Input<Parcel, Operation>, out: &mut Effects) {
        match input {
            Input::Start | Input::Tick => self.tick(now, out),
            Input::Do(operation) => self.change(now, operation, out),
            Input::Hear { from, message } => {
                if let Err(why) = self.hear(from, &message, out) {
                    self.flaw = Some(why);
                }
            }
        }
    }

    fn check(&self) -> Result<(), Violation> {
        match &self.flaw {
            None => Ok(()),
            Some(why) => Err(Violation::new("what is written can be read", why.clone())),
        }
    }
}
