//! States that are still to be sent to a peer, a message at a time.

use std::collections::VecDeque;

use moai_core::{CorrelationId, StateKey};

use super::message::{Bytes, Room, States};
use crate::Replica;
use crate::replica::Given;

/// The keys of states that are still to be sent, and whether those of the peer are still to come. **The next message goes
/// when the one before has come**, so that neither side holds more than one at a time.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    keys: VecDeque<StateKey>,
    /// Whether the last message of the peer's states has come.
    pub(super) has_all: bool,
}

impl Outbox {
    pub(super) fn of(keys: Vec<StateKey>) -> Self {
        Self { keys: keys.into(), has_all: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The next message; one without states when nothing is left.
    pub(super) fn next(&mut self, replica: &Replica, about: CorrelationId, given: &mut u64) -> States {
        let mut room = Room::of(replica.limits());
        let mut states = Vec::new();
        while let Some(key) = self.keys.pop_front() {
            match give(replica, &key, about, &mut room) {
                Gives::State(state) => states.push(state),
                Gives::Nothing => {}
                Gives::Full => {
                    self.keys.push_front(key);
                    break;
                }
            }
        }
        *given += states.len() as u64;
        States { more: !self.keys.is_empty(), states }
    }
}

/// What becomes of one key.
pub(super) enum Gives {
    State(Bytes),
    /// It is not there any more, or fits into no message.
    Nothing,
    /// It is for the next message.
    Full,
}

/// Gives a state, if there is room for it; what fits into no message is told to the log.
pub(super) fn give(replica: &Replica, key: &StateKey, about: CorrelationId, room: &mut Room) -> Gives {
    match replica.give_to_peer(key, about, |bytes| room.take(bytes)) {
        Given::State(bytes) => Gives::State(Bytes(bytes)),
        Given::Nothing => Gives::Nothing,
        Given::TooLong(bytes) if Room::of(replica.limits()).take(bytes) => Gives::Full,
        Given::TooLong(bytes) => {
            tracing::warn!(agent = %replica.agent(), %key, bytes, "a state fits into no message");
            Gives::Nothing
        }
    }
}
