//! What a synchronizer and the agents say to each other between rounds.
//!
//! ```text
//!   agent                                    synchronizer
//!     ├── follow: I stand here, credit 8 ─────────▶│
//!     │◀──────────── followed 1: since, next, what changed
//!     ├── follow: received 1, credit 8 ───────────▶│
//!     ├── follow: received 1, renews ─────────────▶│ nothing was heard for a minute
//!     │◀──────────── followed 1: stands
//!     ├── written: states ────────────────────────▶│ settled as the answers of a round
//!     │◀──────────────────────── update, under the number of what was written
//! ```

mod wire;

use moai_core::{Cursor, Epoch, InvalidInput, KeyRange, Limits, StateKey, Version};
use moai_crdt::WireForm;

use crate::frame::{pack, unpack};
use crate::message::MOST_KEYS;
use crate::state_version::wire_limits;
use crate::{StateChange, StateVersion};

/// An agent follows what the swarm holds under some keys, or says how far it has come. Everything that the synchronizer
/// needs to know of it stands in it.
///
/// One that has received nothing yet begins anew, from where it says that it stands.
///
/// ```
/// use moai_core::{KeyRange, Limits};
/// use moai_sync::StateFollow;
///
/// let follow = StateFollow::new(KeyRange::ALL, None, 8);
/// assert_eq!(StateFollow::from_bytes(&follow.to_bytes(), &Limits::default())?, follow);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateFollow {
    /// Which keys.
    pub range: KeyRange,
    /// Where it stands; none when it holds nothing of the swarm.
    pub at: Option<Cursor>,
    /// The number of the last message that it has received, in a row; zero to begin anew.
    pub received: u64,
    /// How many more messages it takes; zero to follow no more.
    pub credit: u32,
    /// Whether it says so of its own accord, having heard nothing for a while: then it is answered, if only by
    /// [`Stands`](Told::Stands).
    pub renews: bool,
}

impl StateFollow {
    /// It begins, from where it stands.
    #[must_use]
    pub const fn new(range: KeyRange, at: Option<Cursor>, credit: u32) -> Self {
        Self { range, at, received: 0, credit, renews: false }
    }

    /// The same, and it has received so many messages.
    #[must_use]
    pub const fn received(mut self, number: u64) -> Self {
        self.received = number;
        self
    }

    /// The same, of its own accord: it is to be answered.
    #[must_use]
    pub const fn renewing(mut self) -> Self {
        self.renews = true;
        self
    }
}

/// What a follower is told. Its envelope has the correlation of the message with which it began to follow.
///
/// ```
/// use moai_core::Limits;
/// use moai_sync::{StateFollowed, Told};
///
/// let followed = StateFollowed::new(7, Told::Full { most: 1_000 });
/// assert_eq!(StateFollowed::from_bytes(&followed.to_bytes(), &Limits::default())?, followed);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateFollowed {
    /// Its number; the first is 1.
    pub number: u64,
    /// What it says.
    pub told: Told,
}

/// What a message to a follower says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// What changed, in the order of versions.
    Changes {
        /// Where whoever takes it in must stand.
        since: Cursor,
        /// Where it stands then.
        next: Cursor,
        /// What changed in between under the keys that it follows.
        changes: Vec<StateChange>,
    },
    /// A part of all that there is. It replaces: what lies between `after` and `through`, is followed and is not in it, is
    /// there no more.
    Page {
        /// Where whoever has taken in all pages stands.
        start: Cursor,
        /// Behind which key it begins; at the first for none.
        after: Option<StateKey>,
        /// Up to which key it goes, that one included; to the last for none: then it is the last page.
        through: Option<StateKey>,
        /// What there is, sorted by key.
        states: Vec<StateVersion>,
    },
    /// Nothing new. This has the number of the last message once more, and takes no credit. It answers who renews; and it
    /// asks who was not heard of for a while where it stands.
    Stands,
    /// So many follow already: it is not followed. To be tried again later.
    Full {
        /// How many may.
        most: u64,
    },
}

impl StateFollowed {
    /// A message with this number.
    #[must_use]
    pub const fn new(number: u64, told: Told) -> Self {
        Self { number, told }
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Self::numbered(self.number, &self.told.to_packed())
    }

    /// The bytes to send, of what is packed once for all that are told the same.
    pub(crate) fn numbered(number: u64, told: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(told.len() + 8);
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(told);
        bytes
    }

    /// Reads what was sent.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let short = || InvalidInput::Malformed { field: "message", why: "it ends too early".into() };
        let (number, told) = bytes.split_first_chunk().ok_or_else(short)?;
        let told = unpack(told, limits.payload_bytes)?;
        let told: Told = WireForm::from_bytes_within(&told, &wire_limits(limits))?;
        let count = match &told {
            Told::Changes { changes, .. } => changes.len(),
            Told::Page { states, .. } => states.len(),
            Told::Stands | Told::Full { .. } => 0,
        };
        if count > MOST_KEYS {
            return Err(InvalidInput::TooMany { field: "told", limit: MOST_KEYS as u64, got: count as u64 });
        }
        Ok(Self { number: u64::from_be_bytes(*number), told })
    }
}

impl Told {
    pub(crate) fn to_packed(&self) -> Vec<u8> {
        pack(&WireForm::to_bytes(self))
    }
}

/// What an agent wrote, unasked: each state as it holds it, and in which version the swarm held what is in it, as in an
/// [`Answer`](crate::Answer).
///
/// ```
/// use moai_core::Limits;
/// use moai_sync::StateWritten;
///
/// let written = StateWritten::new(None, Vec::new());
/// assert_eq!(StateWritten::from_bytes(&written.to_bytes(), &Limits::default())?, written);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateWritten {
    /// Of which life of the swarm's memory its versions are. None when it was told of none, or of another one than that of the
    /// synchronizer: it is told so, and what it wrote is left until it writes again.
    pub epoch: Option<Epoch>,
    /// Whether the agent takes itself for a follower.
    pub follows: bool,
    /// What it wrote: a thousand states at the most.
    pub states: Vec<(StateVersion, Version)>,
}

impl StateWritten {
    /// These states, by an agent that does not follow.
    #[must_use]
    pub const fn new(epoch: Option<Epoch>, states: Vec<(StateVersion, Version)>) -> Self {
        Self { epoch, follows: false, states }
    }
}

/// A synchronizer has begun over a memory of this life, and knows nobody yet: whoever follows it begins anew, and whoever
/// waits for an answer asks again.
///
/// ```
/// use moai_core::{Epoch, Limits};
/// use moai_sync::StateBegun;
///
/// let begun = StateBegun::new(Epoch::from_bytes([7; 8]));
/// assert_eq!(StateBegun::from_bytes(&begun.to_bytes(), &Limits::default())?, begun);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateBegun {
    /// Of which life of the swarm's memory its versions are.
    pub epoch: Epoch,
}

impl StateBegun {
    /// It has begun over a memory of this life.
    #[must_use]
    pub const fn new(epoch: Epoch) -> Self {
        Self { epoch }
    }
}

macro_rules! messages {
    ($($name:ident)*) => { $(
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
                WireForm::from_bytes_within(&message, &wire_limits(limits))
            }
        }
    )* };
}

messages!(StateFollow StateWritten StateBegun);
