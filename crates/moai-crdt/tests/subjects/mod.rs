//! The types on trial, each with a declarative specification: what must be seen, given what happened.
//!
//! # A further type
//!
//! Write a file beside this one, and a line in [`for_each_subject`]. That puts the type through every history of six
//! steps (`exhaustive`), through networks that lose, repeat and reorder (`network`), and through the law kit (`laws`).
//!
//! ```text
//! pub(crate) struct AddRemove;
//!
//! impl Subject for AddRemove {
//!     type State = Causal<OrSet<u8>>;       // a type that only merges: Whole<T>
//!     type Seen = Vec<u8>;                  // what a reader can see, small: it is made millions of times
//!     const OPS: usize = 4;                 // the exhaustive part uses the first two, the others use all
//!
//!     fn mutate(state, turn) -> Option<Delta>   // make operation `turn.op`; None when it was refused
//!     fn observe(state) -> Seen                 // what is there
//!     fn expected(history) -> Seen              // what must be there
//! }
//! ```
//!
//! - Choose the first two operations so that they clash: adding and removing one element, assigning under one key and
//!   removing it, granting and spending.
//! - `expected` must not simulate the type. It says which events count, by who saw what: "an addition that no later
//!   event on its element has seen". [`History::unseen`] finds those.
//! - In `network` what a replica knows has holes: an event can be known without those that it saw. So say "no known
//!   event on this element saw it", which is right with holes, and not "no known removal saw it", which is right only
//!   without. The specification is asked there when every event is known.
//! - `turn.number` is different for each turn of a history and grows along it: use it as the value that is assigned, or
//!   as the time. For ties use `turn.number / 2`, or nothing at all.
//! - Its bytes are tried by the law kit, which is why the state has a wire form.
//! - A type that refuses (a budget that is spent) says when it must in [`Subject::refuses`].

#![allow(dead_code, reason = "each test binary uses a part of this")]

mod bounded_counter;
mod contributions;
mod directory;
mod document;
mod dotted_counter;
mod extremes;
mod flags;
mod g_counter;
mod g_set;
mod lww_map;
mod lww_register;
mod mv_register;
pub(crate) mod naive;
mod nested_map;
mod or_map;
mod or_set;
mod pn_counter;
mod rw_set;
mod two_phase_set;
mod vector_clock;

use std::fmt::Debug;

use moai_crdt::laws::{Laws, Turn};
use moai_crdt::{ReplicaId, Replicated};

pub(crate) use bounded_counter::GrantSpend;
pub(crate) use contributions::ReportRetire;
pub(crate) use directory::Learn;
pub(crate) use document::AssignClash;
pub(crate) use dotted_counter::{AddClear, AddUnderKey};
pub(crate) use extremes::{Lower, Raise};
pub(crate) use flags::{FalseWins, TrueWins};
pub(crate) use g_counter::CountRetire;
pub(crate) use g_set::AddOnly;
pub(crate) use lww_map::SetRemove;
pub(crate) use lww_register::StampedWrites;
pub(crate) use mv_register::Writes;
pub(crate) use nested_map::WriteRemoveAbove;
pub(crate) use or_map::UpdateRemove;
pub(crate) use or_set::AddRemove;
pub(crate) use pn_counter::AddTakeRetire;
pub(crate) use rw_set::AddRemoveWins;
pub(crate) use two_phase_set::AddRemoveOnce;
pub(crate) use vector_clock::Increment;

/// Calls the macro `$each` with every type on trial: `name: Subject;`.
macro_rules! for_each_subject {
    ($each:ident) => {
        $each! {
            bounded_counter: GrantSpend;
            contributions: ReportRetire;
            directory: Learn;
            document: AssignClash;
            dotted_counter: AddClear;
            dotted_counter_under_a_key: AddUnderKey;
            dw_flag: FalseWins;
            ew_flag: TrueWins;
            g_counter: CountRetire;
            g_set: AddOnly;
            lww_map: SetRemove;
            lww_register: StampedWrites;
            max: Raise;
            min: Lower;
            mv_register: Writes;
            or_map: UpdateRemove;
            or_map_of_maps: WriteRemoveAbove;
            or_set: AddRemove;
            pn_counter: AddTakeRetire;
            rw_set: AddRemoveWins;
            two_phase_set: AddRemoveOnce;
            vector_clock: Increment;
        }
    };
}
pub(crate) use for_each_subject;

/// How many replicas there are at most.
pub(crate) const REPLICAS: usize = 4;

pub(crate) type Delta<S> = <<S as Subject>::State as Replicated>::Delta;

/// A type on trial.
pub(crate) trait Subject: 'static {
    type State: Replicated + Debug;
    /// What a reader can see of a state.
    type Seen: PartialEq + Debug;
    /// How many operations there are; at least two.
    const OPS: usize;

    /// Makes operation `turn.op`. `None` when it was refused.
    fn mutate(state: &mut Self::State, turn: Turn) -> Option<Delta<Self>>;

    /// What is there.
    fn observe(state: &Self::State) -> Self::Seen;

    /// What must be there, for a replica that knows this.
    fn expected(history: &History<'_>) -> Self::Seen;

    /// Whether a replica that knows this must refuse the operation.
    fn refuses(_history: &History<'_>, _turn: Turn) -> bool {
        false
    }

    /// The law kit for this type.
    fn laws() -> Laws<Self::State> {
        Laws::new(Self::OPS, Self::mutate)
    }
}

/// An operation that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// By whom, which operation, and when.
    pub(crate) turn: Turn,
    /// The events that its author knew, as bits.
    pub(crate) knew: u64,
}

/// What one replica knows: some of the events, and who of them saw whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct History<'a> {
    pub(crate) events: &'a [Event],
    /// The known ones, as bits.
    pub(crate) known: u64,
}

impl<'a> History<'a> {
    /// The known events, earlier ones first: nobody saw an event that stands after their own.
    pub(crate) fn iter(self) -> impl Iterator<Item = (usize, Event)> + 'a {
        let known = self.known;
        self.events.iter().copied().enumerate().filter(move |&(at, _)| known >> at & 1 == 1)
    }

    /// Whether a known event that is a `matching` one saw the `at`-th event.
    pub(crate) fn seen_by(self, at: usize, mut matching: impl FnMut(Event) -> bool) -> bool {
        self.iter().any(|(_, event)| event.knew >> at & 1 == 1 && matching(event))
    }

    /// The known events that are `matching` and that no other known `matching` event saw: what is concurrent and last.
    pub(crate) fn unseen(self, matching: impl Fn(Event) -> bool + Copy + 'a) -> impl Iterator<Item = Event> + 'a {
        self.iter().filter(move |&(at, event)| matching(event) && !self.seen_by(at, matching)).map(|(_, event)| event)
    }
}

/// The id of the replica with this number.
pub(crate) fn replica_id(replica: usize) -> ReplicaId {
    ReplicaId::new(replica as u64 + 1).expect("not zero")
}

/// A number of an operation as an element or a key.
pub(crate) fn small(number: usize) -> u8 {
    u8::try_from(number).expect("few operations")
}
