//! The delta of a type that only grows: a part of its state.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::Merge;

/// The delta of a type that only grows: as much of its state as a mutation touched.
///
/// It is a type of its own, so that a part is never taken for the whole: reading one would give a wrong answer. It goes
/// into a state by `apply`, and into another part by `merge`.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{GCounter, Merge, ReplicaId, Replicated};
///
/// let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
/// let (mut here, mut there) = (GCounter::new(), GCounter::new());
/// let mut batch = here.add(a, 2)?;
/// batch.merge(&here.add(b, 3)?);
/// there.apply(&batch);
/// assert_eq!(there.value(), 5);
/// assert!(here.delta_for(&there.digest()).is_empty());
/// # Ok::<(), moai_crdt::Overflow>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a part that is not sent must be made up for by a digest or a whole state"]
pub struct Part<T>(pub(crate) T);

impl<T: Default + PartialEq> Part<T> {
    /// Whether it says nothing, so that nobody needs to send it: `delta_for` a digest that shows everything gives such a
    /// one. Types whose digest is empty cannot know; for them it is empty when they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == T::default()
    }
}

impl<T: Merge> Merge for Part<T> {
    fn merge(&mut self, other: &Self) -> bool {
        self.0.merge(&other.0)
    }
}

impl<T: Serialize> Serialize for Part<T> {
    /// Under a name, so that it is not read as the whole.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut named = serializer.serialize_struct("Part", 1)?;
        named.serialize_field("part", &self.0)?;
        named.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Part<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Part", deny_unknown_fields)]
        struct Named<T> {
            part: T,
        }
        Named::deserialize(deserializer).map(|Named { part }| Self(part))
    }
}
