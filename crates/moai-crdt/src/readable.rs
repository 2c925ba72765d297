//! Reading what people can read: JSON and its like, in one form for each state.

mod kernel;

use crate::ReplicaId;

/// A map of replicas to counts, in which replicas are sorted and no count is zero.
pub(crate) fn sorted_pairs<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(ReplicaId, u64)>, D::Error> {
    struct Visitor;
    impl<'de> serde::de::Visitor<'de> for Visitor {
        type Value = Vec<(ReplicaId, u64)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map of replica ids to counts")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            use serde::de::Error;
            let mut pairs = Vec::new();
            while let Some((replica, count)) = map.next_entry::<ReplicaId, u64>()? {
                if count == 0 || pairs.last().is_some_and(|&(last, _)| last >= replica) {
                    return Err(A::Error::custom("replicas must be sorted, each once, and no count may be zero"));
                }
                pairs.push((replica, count));
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Visitor)
}
