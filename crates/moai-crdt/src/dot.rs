//! One change: who made it, and which of theirs it was.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

use crate::ReplicaId;

/// The name of one change: the `seq`-th one of a replica. Sixteen bytes.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Dot, ReplicaId};
///
/// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// let first = Dot::new(me, 1)?;
/// assert!(first < Dot::new(me, 2)?);
/// assert_eq!(size_of::<Option<Dot>>(), 16);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    replica: ReplicaId,
    seq: u64,
}

impl Dot {
    /// The greatest number that is taken from others: 2^63 − 1. It leaves a replica room for more changes of its own
    /// than it can ever make, so numbering never fails and never wraps.
    ///
    /// A replica whose number was brought up to it by a forged state goes on numbering here, but nobody takes what it then
    /// writes, and its own bytes are not read back: it must go on from a state that was never merged with that one.
    pub const MAX_SEQ: u64 = (1 << 63) - 1;

    /// The `seq`-th change of `replica`; the first is 1.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for 0 and above [`Dot::MAX_SEQ`].
    pub fn new(replica: ReplicaId, seq: u64) -> Result<Self, InvalidInput> {
        if (1..=Self::MAX_SEQ).contains(&seq) {
            return Ok(Self { replica, seq });
        }
        let (low, high) = (1.to_string(), Self::MAX_SEQ.to_string());
        Err(InvalidInput::OutOfRange { field: "dot", low, high, got: seq.to_string() })
    }

    /// For numbers that come from a context, which keeps them in range.
    pub(crate) const fn at(replica: ReplicaId, seq: u64) -> Self {
        Self { replica, seq }
    }

    /// Who made the change.
    #[must_use]
    pub const fn replica(self) -> ReplicaId {
        self.replica
    }

    /// Which of theirs it was, from 1.
    #[must_use]
    pub const fn seq(self) -> u64 {
        self.seq
    }
}

impl std::fmt::Display for Dot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.replica, self.seq)
    }
}

impl std::fmt::Debug for Dot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}:{}", self.replica, self.seq)
    }
}

impl Serialize for Dot {
    /// As text, `replica:seq`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dot {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::readable::text(deserializer, |text| {
            let (replica, seq) = text.split_once(':').ok_or("a dot is replica:seq")?;
            let number = seq.parse().ok().filter(|number: &u64| number.to_string() == seq);
            let number = number.ok_or("the number of a dot is written in decimal digits")?;
            Self::new(ReplicaId::parse(replica)?, number).map_err(|error| error.to_string())
        })
    }
}
