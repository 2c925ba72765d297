//! What a value is made of, so that it merges with others.

mod fields;
mod lift;
mod other_type;

use moai_core::{Array, InvalidInput, Number, Timestamp, Value, Version};
use moai_crdt::{Causal, Contributions, Document, GSet, Merge, Wire, WireReader, WireWriter};
use serde::{Deserialize, Serialize};

use crate::CrdtType;

pub use fields::{Fields, Written};
pub(crate) use lift::{bare_map, contribution, lift, written, wrong};
pub use other_type::OtherType;

/// What a value is made of, so that it merges with others: what an agent keeps and sends, where the value alone says too
/// little. **Where a state carries it, it is what counts**, and the value is what it reads as.
///
/// ```
/// use moai_core::{Version, agent_id, value};
/// use moai_crdt::Contributions;
/// use moai_sync::Mergeable;
///
/// let mut counter = Contributions::new();
/// let _part = counter.set(agent_id!("agent-1"), Version::new(1)?, 0, 42);
/// let mut ours = Mergeable::Counter(counter.clone());
/// let _part = counter.set(agent_id!("agent-2"), Version::new(1)?, 0, 38);
/// assert!(ours.merge(&Mergeable::Counter(counter))?, "there was something new");
/// assert_eq!(ours.to_value(), Some(value!(80)));
///
/// let refused = ours.merge(&Mergeable::Set(["a set".into()].into_iter().collect())).unwrap_err();
/// assert_eq!(refused.to_string(), "a counter takes in no set; nothing changed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Mergeable {
    /// What each agent contributes to a number.
    Counter(Contributions),
    /// The elements of a set that only grows.
    Set(GSet<Value>),
    /// Keys, and when what stands under them was written.
    Map(Fields),
    /// A document with its causal history.
    Document(Box<Causal<Document>>),
}

impl Mergeable {
    /// How it merges.
    #[must_use]
    pub const fn crdt_type(&self) -> CrdtType {
        match self {
            Self::Counter(_) => CrdtType::Counter,
            Self::Set(_) => CrdtType::Set,
            Self::Map(_) => CrdtType::Map,
            Self::Document(_) => CrdtType::Document,
        }
    }

    /// What it reads as; none for a number that is too large to be one.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Self::Counter(contributions) => {
                let sum = contributions.value();
                i64::try_from(sum)
                    .map(Number::from)
                    .or_else(|_| u64::try_from(sum).map(Number::from))
                    .ok()
                    .map(Into::into)
            }
            Self::Set(elements) => Some(elements.iter().cloned().collect::<Array>().into()),
            Self::Map(fields) => Some(fields.to_value()),
            Self::Document(document) => Some(document.to_value()),
        }
    }

    /// Takes in another. Says whether anything was new.
    ///
    /// # Errors
    ///
    /// When the other merges in another way; nothing is taken in.
    pub fn merge(&mut self, other: &Self) -> Result<bool, OtherType> {
        Ok(match (self, other) {
            (Self::Counter(ours), Self::Counter(theirs)) => ours.merge(theirs),
            (Self::Set(ours), Self::Set(theirs)) => ours.merge(theirs),
            (Self::Map(ours), Self::Map(theirs)) => ours.merge(theirs),
            (Self::Document(ours), Self::Document(theirs)) => ours.merge(theirs),
            (ours, theirs) => return Err(OtherType { ours: ours.crdt_type(), theirs: theirs.crdt_type() }),
        })
    }

    /// The latest time and the greatest version in it, where it holds some: who made them up would win for ever.
    pub(crate) fn newest(&self) -> Option<(Timestamp, Version)> {
        let later = |(time, version): (Timestamp, Version), (other, its): (Timestamp, Version)| {
            (time.max(other), version.max(its))
        };
        match self {
            Self::Counter(contributions) => {
                let time = |micros| Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::MAX);
                contributions.iter().map(|(_, last)| (time(last.time()), last.version())).reduce(later)
            }
            Self::Map(fields) => {
                fields.iter().map(|(_, _, written)| (written.timestamp, written.version)).reduce(later)
            }
            Self::Set(_) | Self::Document(_) => None,
        }
    }
}

impl Wire for Mergeable {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Counter(contributions) => {
                to.byte(0);
                contributions.write(to);
            }
            Self::Set(elements) => {
                to.byte(1);
                elements.write(to);
            }
            Self::Map(fields) => {
                to.byte(2);
                fields.write(to);
            }
            Self::Document(document) => {
                to.byte(3);
                document.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(match from.byte()? {
            0 => Self::Counter(Wire::read(from)?),
            1 => Self::Set(Wire::read(from)?),
            2 => Self::Map(Wire::read(from)?),
            3 => Self::Document(Box::new(Wire::read(from)?)),
            _ => return Err(from.malformed("it merges in a way that is not known")),
        })
    }
}
