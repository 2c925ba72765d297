//! Reading what people can read: JSON and its like, in one form for each state, but for the order of keys in a map: JSON
//! has none, and what passes JSON on changes it.

mod kernel;

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::sorted_map::SortedMap;

/// A map with keys in any order, each once, in which every slot is one that a state can hold.
pub(crate) fn sorted_map<'de, D, K, V>(
    deserializer: D,
    can_be: impl Fn(&K, &V) -> bool,
) -> Result<SortedMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
{
    struct Slots<K, V, F>(F, PhantomData<(K, V)>);
    impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>, F: Fn(&K, &V) -> bool> Visitor<'de> for Slots<K, V, F> {
        type Value = SortedMap<K, V>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut slots: Vec<(K, V)> = Vec::new();
            while let Some((key, value)) = map.next_entry()? {
                if !self.0(&key, &value) {
                    return Err(A::Error::custom("a slot holds what no state can hold, such as a count of zero"));
                }
                slots.push((key, value));
            }
            if !slots.is_sorted_by(|left, right| left.0 < right.0) {
                slots.sort_by(|left, right| left.0.cmp(&right.0));
                if slots.windows(2).any(|pair| matches!(pair, [(left, _), (right, _)] if left == right)) {
                    return Err(A::Error::custom("a key stands twice"));
                }
            }
            Ok(SortedMap::from_sorted(slots))
        }
    }
    deserializer.deserialize_map(Slots(can_be, PhantomData))
}

/// A list that is sorted, each item once.
pub(crate) fn sorted_list<'de, D: Deserializer<'de>, T: Deserialize<'de> + Ord>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Items<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de> + Ord> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a sorted list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.last().is_some_and(|last| *last >= item) {
                    return Err(A::Error::custom("items must be sorted, each once"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_seq(Items(PhantomData))
}

/// What is written as text.
pub(crate) fn text<'de, D: Deserializer<'de>, T, E: std::fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    parse(&Cow::<'de, str>::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The number of sixteen lower-case hexadecimal digits.
pub(crate) fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    u64::from_str_radix(text, 16).ok().filter(|_| digits)
}
