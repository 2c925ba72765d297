//! Reading what people can read: JSON and its like, in one form for each state.

mod kernel;

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::sorted_map::SortedMap;

/// A map in which keys are sorted, each once, and every slot is one that a state can hold.
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
            f.write_str("a map with sorted keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut slots: Vec<(K, V)> = Vec::new();
            while let Some((key, value)) = map.next_entry()? {
                if slots.last().is_some_and(|(last, _)| *last >= key) {
                    return Err(A::Error::custom("keys must be sorted, each once"));
                }
                if !self.0(&key, &value) {
                    return Err(A::Error::custom("a slot holds what no state can hold, such as a count of zero"));
                }
                slots.push((key, value));
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

/// Sixteen lower-case hexadecimal digits.
pub(crate) fn hexadecimal<'de, D: Deserializer<'de>>(deserializer: D, what: &'static str) -> Result<u64, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let number = u64::from_str_radix(&text, 16).ok().filter(|_| digits);
    number.ok_or_else(|| D::Error::custom(format_args!("{what} is 16 lower-case hexadecimal digits")))
}
