//! States, stores and deltas, readable.
//!
//! ```text
//!   leaf    [[dot, value], …]       sorted by dot
//!   keys    [[key, …], …]           sorted by key; JSON's own objects would only take text as keys
//!   state   {"store": …, "seen": [[replica, first, last], …]}
//!   delta   {"change": …, "dead": …}, where a leaf is {"made": leaf, "killed": [dot, …]}
//! ```
//!
//! What is read is held against the same laws as bytes are.

use std::hash::Hash;

use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Causal, CausalContext, Change, Delta, Dot, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed};

impl<V: Serialize> Serialize for DotFun<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFun<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        sorted(Vec::<(Dot, V)>::deserialize(deserializer)?).map(Self::from_sorted)
    }
}

impl<V: Serialize> Serialize for DotFunChange<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let killed: Vec<Dot> = self.killed.iter().map(|(dot, ())| *dot).collect();
        let mut parts = serializer.serialize_struct("Change", 2)?;
        parts.serialize_field("made", &self.made)?;
        parts.serialize_field("killed", &killed)?;
        parts.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for DotFunChange<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, bound = "V: Deserialize<'de>")]
        struct Parts<V> {
            made: DotFun<V>,
            killed: Vec<Dot>,
        }
        let Parts { made, killed } = Parts::deserialize(deserializer)?;
        let killed = sorted(killed.into_iter().map(|dot| (dot, ())).collect())?;
        Ok(Self { made, killed: DotSet::from_sorted(killed) })
    }
}

impl<K: Ord + Hash + Clone + Serialize, T: DotStore + Serialize> Serialize for DotMap<K, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, K: Ord + Hash + Clone + Deserialize<'de>, T: DotStore + Deserialize<'de>> Deserialize<'de> for DotMap<K, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = sorted(Vec::<(K, T)>::deserialize(deserializer)?)?;
        if all.iter().any(|(_, store)| store.is_bottom()) {
            return Err(D::Error::custom("nothing lies under a key"));
        }
        Self::from_distinct(all).ok_or_else(|| D::Error::custom("a key stands twice"))
    }
}

impl<K: Serialize, C: Serialize> Serialize for Keyed<K, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, K: Ord + Deserialize<'de>, C: Change + Deserialize<'de>> Deserialize<'de> for Keyed<K, C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = sorted(Vec::<(K, C)>::deserialize(deserializer)?)?;
        if all.iter().any(|(_, change)| change.is_empty()) {
            return Err(D::Error::custom("nothing changed under a key"));
        }
        Ok(Self::from_vec(all))
    }
}

impl<T: DotStore + Serialize> Serialize for Causal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("Causal", 2)?;
        parts.serialize_field("store", self.store())?;
        parts.serialize_field("seen", self.seen())?;
        parts.end()
    }
}

impl<'de, T: DotStore + Deserialize<'de>> Deserialize<'de> for Causal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, bound = "T: Deserialize<'de>")]
        struct Parts<T> {
            store: T,
            seen: CausalContext,
        }
        let Parts { store, seen } = Parts::<T>::deserialize(deserializer)?;
        let mut dots = Vec::new();
        store.each_dot(&mut |dot| dots.push(dot));
        Self::checked(store, seen, dots).map_err(D::Error::custom)
    }
}

impl<T: DotStore<Change: Serialize>> Serialize for Delta<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_struct("Delta", 2)?;
        parts.serialize_field("change", &self.change)?;
        parts.serialize_field("dead", self.dead())?;
        parts.end()
    }
}

impl<'de, T: DotStore<Change: Deserialize<'de>>> Deserialize<'de> for Delta<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, bound = "C: Deserialize<'de>")]
        struct Parts<C> {
            change: C,
            dead: CausalContext,
        }
        let Parts { change, dead } = Parts::<T::Change>::deserialize(deserializer)?;
        let mut dots = Vec::new();
        change.each_dot(&mut |dot| dots.push(dot));
        Self::checked(change, dead, dots).map_err(D::Error::custom)
    }
}

/// Pairs whose first parts rise.
fn sorted<K: Ord, T, E: Error>(pairs: Vec<(K, T)>) -> Result<Vec<(K, T)>, E> {
    if pairs.is_sorted_by(|left, right| left.0 < right.0) {
        return Ok(pairs);
    }
    Err(E::custom("keys and dots must be sorted, each once"))
}
