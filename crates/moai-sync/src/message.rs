//! What a synchronizer and the agents say to each other.
//!
//! One question asks for many keys, and one answer tells of all of them in the same order; so a hundred keys of a hundred
//! agents cost three hundred messages and not thirty thousand. What is longer than a kilobyte goes packed, where that is
//! shorter.

use moai_core::{DigestBuilder, InvalidInput, KeyRange, Limits, StateKey, Version};
use moai_crdt::{Wire, WireForm, WireReader, WireWriter};

use crate::StateVersion;
use crate::frame::{pack, unpack};
use crate::state_version::wire_limits;

/// The kinds of the envelopes that carry states.
pub mod message_kinds {
    use moai_core::{MessageKind, message_kind};

    /// A [`StateRequest`](crate::StateRequest): what does an agent hold?
    pub const REQUEST: MessageKind = message_kind!("state_request");
    /// A [`StateResponse`](crate::StateResponse): what an agent holds.
    pub const RESPONSE: MessageKind = message_kind!("state_response");
    /// A [`StateUpdate`](crate::StateUpdate): what the swarm holds now.
    pub const UPDATE: MessageKind = message_kind!("state_update");
}

/// How many keys one question asks for at the most.
pub(crate) const MOST_KEYS: usize = 1_000;

/// What stands for a state, so that whoever holds the same need not send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateDigest([u8; 16]);

impl StateDigest {
    /// What stands for this state.
    #[must_use]
    pub fn of(state: &StateVersion) -> Self {
        let digest = DigestBuilder::new("moai/state/1").bytes(&state.to_bytes()).finish();
        let mut half = [0; 16];
        half.iter_mut().zip(digest.as_bytes()).for_each(|(byte, from)| *byte = *from);
        Self(half)
    }
}

impl Wire for StateDigest {
    fn write(&self, to: &mut WireWriter) {
        to.bytes(&self.0);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let bytes = from.bytes(16)?;
        let mut digest = [0; 16];
        digest.iter_mut().zip(bytes).for_each(|(byte, from)| *byte = *from);
        Ok(Self(digest))
    }
}

/// What an asker holds under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// A state that this stands for.
    State(StateDigest),
    /// Nothing any more: it was cleared in this version.
    Cleared(Version),
}

/// A question: what do you hold under these keys?
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateRequest {
    /// The keys, each with what the asker holds.
    pub keys: Vec<(StateKey, Known)>,
}

impl StateRequest {
    /// A question about these keys.
    #[must_use]
    pub const fn new(keys: Vec<(StateKey, Known)>) -> Self {
        Self { keys }
    }
}

/// What an agent holds under the keys of a question, in its order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StateResponse {
    /// For each key one.
    pub answers: Vec<Answer>,
}

impl StateResponse {
    /// These answers.
    #[must_use]
    pub const fn new(answers: Vec<Answer>) -> Self {
        Self { answers }
    }
}

/// What an agent holds under one key.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// The same as the asker.
    Same,
    /// This.
    Holds(Box<StateVersion>),
}

/// What the swarm holds now: for whoever held something else.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StateUpdate {
    /// What is there, and what is there no more.
    pub changes: Vec<StateChange>,
}

impl StateUpdate {
    /// These changes.
    #[must_use]
    pub const fn new(changes: Vec<StateChange>) -> Self {
        Self { changes }
    }
}

/// One change of the swarm's state.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StateChange {
    /// A state is there, with the swarm's version.
    Put(Box<StateVersion>),
    /// A key was cleared.
    Cleared {
        /// Which.
        state_key: StateKey,
        /// In which version.
        version: Version,
    },
    /// All keys of a range were cleared.
    RangeCleared {
        /// Which.
        range: KeyRange,
        /// In which version.
        version: Version,
    },
}

impl StateChange {
    /// In which version it happened.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::Put(state) => state.version,
            Self::Cleared { version, .. } | Self::RangeCleared { version, .. } => *version,
        }
    }
}

/// The bytes to send, and what is read of them within the limits.
macro_rules! messages {
    ($($name:ident $kind:literal { $field:ident })*) => { $(
        impl $name {
            /// The bytes to send.
            #[must_use]
            pub fn to_bytes(&self) -> Vec<u8> {
                pack(&WireForm::to_bytes(self))
            }

            /// Reads what was sent.
            ///
            /// # Errors
            ///
            /// What does not fit.
            pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
                let message = unpack(bytes, limits.payload_bytes)?;
                let read: Self = WireForm::from_bytes_within(&message, &wire_limits(limits))?;
                if read.$field.len() > MOST_KEYS {
                    let (limit, got) = (MOST_KEYS as u64, read.$field.len() as u64);
                    return Err(InvalidInput::TooMany { field: stringify!($field), limit, got });
                }
                Ok(read)
            }
        }

        impl Wire for $name {
            fn write(&self, to: &mut WireWriter) {
                self.$field.write(to);
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Ok(Self { $field: Wire::read(from)? })
            }
        }

        impl WireForm for $name {
            const KIND: u8 = $kind;
        }
    )* };
}

messages! {
    StateRequest 33 { keys }
    StateResponse 34 { answers }
    StateUpdate 35 { changes }
}

impl Wire for Known {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Nothing => to.byte(0),
            Self::State(digest) => {
                to.byte(1);
                digest.write(to);
            }
            Self::Cleared(version) => {
                to.byte(2);
                version.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(Self::Nothing),
            1 => Ok(Self::State(Wire::read(from)?)),
            2 => Ok(Self::Cleared(Wire::read(from)?)),
            _ => Err(from.malformed("what is known is neither nothing, a state, nor that it was cleared")),
        }
    }
}

impl Wire for Answer {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Nothing => to.byte(0),
            Self::Same => to.byte(1),
            Self::Holds(state) => {
                to.byte(2);
                state.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(Self::Nothing),
            1 => Ok(Self::Same),
            2 => Ok(Self::Holds(Box::new(Wire::read(from)?))),
            _ => Err(from.malformed("an answer is neither nothing, the same, nor a state")),
        }
    }
}

impl Wire for StateChange {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Put(state) => {
                to.byte(0);
                state.write(to);
            }
            Self::Cleared { state_key, version } => {
                to.byte(1);
                state_key.write(to);
                version.write(to);
            }
            Self::RangeCleared { range, version } => {
                to.byte(2);
                range.from.write(to);
                range.to.write(to);
                version.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(Self::Put(Box::new(Wire::read(from)?))),
            1 => Ok(Self::Cleared { state_key: Wire::read(from)?, version: Wire::read(from)? }),
            2 => {
                let range = KeyRange { from: Wire::read(from)?, to: Wire::read(from)? };
                Ok(Self::RangeCleared { range, version: Wire::read(from)? })
            }
            _ => Err(from.malformed("a change is neither a state nor that something was cleared")),
        }
    }
}
