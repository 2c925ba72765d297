//! What a synchronizer and the agents say to each other.
//!
//! One question asks for many keys, and one answer tells of all of them in the same order; so a hundred keys of a hundred
//! agents cost three hundred messages and not thirty thousand. What is longer than a kilobyte goes packed, where that is
//! shorter.

use moai_core::{DigestBuilder, Epoch, InvalidInput, KeyRange, Limits, StateKey, Version};
use moai_crdt::{Wire, WireForm, WireReader, WireWriter};

use crate::frame::{pack, unpack};
use crate::state_version::wire_limits;
use crate::{SharedState, StateVersion};

/// The kinds of the envelopes that carry states.
pub mod message_kinds {
    use moai_core::{MessageKind, message_kind};

    /// A [`StateRequest`](crate::StateRequest): what does an agent hold?
    pub const REQUEST: MessageKind = message_kind!("state_request");
    /// A [`StateResponse`](crate::StateResponse): what an agent holds.
    pub const RESPONSE: MessageKind = message_kind!("state_response");
    /// A [`StateUpdate`](crate::StateUpdate): what the swarm holds now.
    pub const UPDATE: MessageKind = message_kind!("state_update");
    /// A [`StateFollow`](crate::StateFollow): an agent follows what the swarm holds.
    pub const FOLLOW: MessageKind = message_kind!("state_follow");
    /// A [`StateFollowed`](crate::StateFollowed): what a follower is told.
    pub const FOLLOWED: MessageKind = message_kind!("state_followed");
    /// A [`StateWritten`](crate::StateWritten): what an agent wrote, unasked.
    pub const WRITTEN: MessageKind = message_kind!("state_written");
    /// A [`StateBegun`](crate::StateBegun): a synchronizer has begun.
    pub const BEGUN: MessageKind = message_kind!("state_begun");
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Known {
    /// What stands for the state that it holds; none when it holds none.
    pub state: Option<StateDigest>,
    /// In which version the key was cleared last; zero when it never was, as far as anybody remembers.
    pub cleared: Version,
}

impl Known {
    /// It holds nothing, and knows of nothing that was cleared.
    pub const NOTHING: Self = Self { state: None, cleared: Version::ZERO };

    /// It holds a state that this stands for.
    #[must_use]
    pub const fn state(digest: StateDigest) -> Self {
        Self { state: Some(digest), ..Self::NOTHING }
    }

    /// The same, and the key was cleared last in this version.
    #[must_use]
    pub const fn cleared(self, version: Version) -> Self {
        Self { cleared: version, ..self }
    }
}

/// A question: what do you hold under these keys?
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateRequest {
    /// Of which life of the swarm's memory its versions are.
    pub epoch: Epoch,
    /// The keys, each with what the asker holds.
    pub keys: Vec<(StateKey, Known)>,
}

impl StateRequest {
    /// A question about these keys, by somebody whose versions are of this epoch.
    #[must_use]
    pub const fn new(epoch: Epoch, keys: Vec<(StateKey, Known)>) -> Self {
        Self { epoch, keys }
    }
}

/// What an agent holds under the keys of a question, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl StateResponse {
    /// The bytes to send, which fit into a message: for answers that do not it says that they are left.
    #[must_use]
    pub fn to_bytes_within(mut self, limits: &Limits) -> Vec<u8> {
        let whole = WireForm::to_bytes(&self);
        if whole.len() <= limits.payload_bytes {
            return pack(&whole);
        }
        // The header, and that each of the others is left.
        let mut room = limits.payload_bytes.saturating_sub(AROUND + self.answers.len());
        for answer in &mut self.answers {
            let Answer::Holds { state, .. } = answer else { continue };
            let size = state.to_bytes().len() + AROUND;
            match room.checked_sub(size) {
                Some(rest) => room = rest,
                None => *answer = Answer::Left,
            }
        }
        self.to_bytes()
    }
}

/// How many bytes stand around states in a message at the most.
const AROUND: usize = 32;

impl StateUpdate {
    /// The messages that tell of these changes: as few as fit into the limits. A change that does not is left out.
    pub(crate) fn messages(changes: Vec<StateChange>, limits: &Limits) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        let mut waiting = vec![changes];
        while let Some(mut some) = waiting.pop() {
            let whole = WireForm::to_bytes(&Self { changes: some.clone() });
            if whole.len() <= limits.payload_bytes && some.len() <= MOST_KEYS {
                messages.push(pack(&whole));
            } else if some.len() > 1 {
                let rest = some.split_off(some.len() / 2);
                waiting.extend([rest, some]);
            } else {
                let version = some.first().map_or(Version::ZERO, StateChange::version);
                tracing::warn!(%version, "a change does not fit into a message, and is not told");
            }
        }
        messages
    }
}

/// What an agent holds under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// The same as the asker.
    Same,
    /// This.
    Holds {
        /// What it holds.
        state: SharedState,
        /// In which version the swarm held what is in it; zero when nothing of the swarm's is in it.
        contains: Version,
    },
    /// Something, for which there was no room in this answer: it is to be asked again.
    Left,
}

impl Answer {
    /// A state of the agent's own, in which there is nothing of the swarm's.
    #[must_use]
    pub fn holds(state: StateVersion) -> Self {
        Self::Holds { state: state.into(), contains: Version::ZERO }
    }
}

/// What the swarm holds now: for whoever held something else.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateChange {
    /// A state is there, with the swarm's version.
    Put(SharedState),
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
    ($($name:ident $kind:literal { $($first:ident,)? ; $field:ident })*) => { $(
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
            pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
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
                $(to.bytes(&self.$first.to_bytes());)?
                self.$field.write(to);
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Ok(Self { $($first: read_epoch(from)?,)? $field: Wire::read(from)? })
            }
        }

        impl WireForm for $name {
            const KIND: u8 = $kind;
        }
    )* };
}

messages! {
    StateRequest 33 { epoch, ; keys }
    StateResponse 34 { ; answers }
    StateUpdate 35 { ; changes }
}

pub(crate) fn read_epoch(from: &mut WireReader<'_>) -> Result<Epoch, InvalidInput> {
    let mut epoch = [0; 8];
    epoch.iter_mut().zip(from.bytes(8)?).for_each(|(byte, from)| *byte = *from);
    Ok(Epoch::from_bytes(epoch))
}

impl Wire for Known {
    fn write(&self, to: &mut WireWriter) {
        self.state.write(to);
        self.cleared.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(Self { state: Wire::read(from)?, cleared: Wire::read(from)? })
    }
}

impl Wire for Answer {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Nothing => to.byte(0),
            Self::Same => to.byte(1),
            Self::Holds { state, contains } => {
                to.byte(2);
                state.write(to);
                contains.write(to);
            }
            Self::Left => to.byte(3),
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(Self::Nothing),
            1 => Ok(Self::Same),
            2 => Ok(Self::Holds { state: StateVersion::read(from)?.into(), contains: Wire::read(from)? }),
            3 => Ok(Self::Left),
            _ => Err(from.malformed("an answer is neither nothing, the same, a state, nor left")),
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
            0 => Ok(Self::Put(StateVersion::read(from)?.into())),
            1 => Ok(Self::Cleared { state_key: Wire::read(from)?, version: Wire::read(from)? }),
            2 => {
                let range = KeyRange { from: Wire::read(from)?, to: Wire::read(from)? };
                Ok(Self::RangeCleared { range, version: Wire::read(from)? })
            }
            _ => Err(from.malformed("a change is neither a state nor that something was cleared")),
        }
    }
}
