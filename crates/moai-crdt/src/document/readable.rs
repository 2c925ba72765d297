//! Documents, readable: what stands at each place, by its path.
//!
//! ```text
//!   document  {path: place, …}   sorted, so that a place comes before those under it
//!   place     what is there of {"register": leaf, "map": leaf, "set": leaf, "elements": keys, "counter": leaf}
//!   change    the same, with changes instead of leaves and keys
//! ```
//!
//! It is flat, so no reader needs to go as deep as the document does.

use moai_core::Value;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Document, DocumentChange, Elements, ElementsChange, Path, RestChange, Stamped};
use crate::readable::sorted_map;
use crate::store::{DotFun, DotFunChange, DotMap, DotSet, Keyed};
use crate::{Change, DotStore};

/// What stands at one place, without its fields.
#[derive(Serialize, Deserialize)]
#[serde(
    rename = "Place",
    deny_unknown_fields,
    bound(deserialize = "R: Deserialize<'de>, M: Deserialize<'de>, E: Deserialize<'de>, C: Deserialize<'de>")
)]
pub(super) struct Parts<R, M, E, C> {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    register: Option<R>,
    /// The mark of a map.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    map: Option<M>,
    /// The mark of a set.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    set: Option<M>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    elements: Option<E>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "there")]
    counter: Option<C>,
}

/// What is named must be there: null is nothing.
fn there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<R, M, E, C> Parts<R, M, E, C> {
    fn count(&self) -> usize {
        let there = [self.register.is_some(), self.map.is_some(), self.set.is_some(), self.elements.is_some()];
        there.into_iter().chain([self.counter.is_some()]).filter(|there| *there).count()
    }
}

impl<R, M, E, C> Default for Parts<R, M, E, C> {
    fn default() -> Self {
        Self { register: None, map: None, set: None, elements: None, counter: None }
    }
}

type PartsOf<P> = Parts<<P as Place>::Register, <P as Place>::Mark, <P as Place>::Elements, <P as Place>::Counter>;

type PartsIn<'a, P> =
    Parts<&'a <P as Place>::Register, &'a <P as Place>::Mark, &'a <P as Place>::Elements, &'a <P as Place>::Counter>;

/// A place with all that is under it: a document, or a change of one.
pub(super) trait Place: Sized {
    type Register;
    type Mark;
    type Elements;
    type Counter;

    /// What stands here, and is not empty.
    fn parts(&self) -> PartsIn<'_, Self>;

    /// What is under it, sorted by key.
    fn fields(&self) -> Vec<(&String, &Self)>;

    /// How deep what stands here is by itself, without its fields.
    fn levels(&self) -> usize;

    /// The place with these parts, and what is under it: each key once.
    fn of(parts: PartsOf<Self>, fields: Vec<(String, Self)>) -> Self;
}

impl Place for Document {
    type Register = DotFun<Stamped>;
    type Mark = DotSet;
    type Elements = DotMap<Value, DotSet>;
    type Counter = DotFun<i64>;

    fn parts(&self) -> PartsIn<'_, Self> {
        fn alive<S: DotStore>(store: &S) -> Option<&S> {
            (!store.is_bottom()).then_some(store)
        }
        let rest = self.rest.get();
        let set = rest.and_then(|rest| rest.set.get());
        Parts {
            register: alive(&self.register),
            map: rest.and_then(|rest| alive(&rest.map)),
            set: set.and_then(|set| alive(&set.set)),
            elements: set.and_then(|set| alive(&set.elements)),
            counter: rest.and_then(|rest| rest.counter.get()),
        }
    }

    fn fields(&self) -> Vec<(&String, &Self)> {
        Self::fields(self).collect()
    }

    fn levels(&self) -> usize {
        let Parts { register, map, set, elements, .. } = self.parts();
        let values = register.into_iter().flat_map(DotFun::values).map(|it| &it.value);
        let elements = elements.into_iter().flat_map(DotMap::unordered).map(|(element, _)| element);
        levels(map.is_some() || set.is_some(), values, elements)
    }

    fn of(parts: PartsOf<Self>, fields: Vec<(String, Self)>) -> Self {
        let mut document = Self { register: parts.register.unwrap_or_default(), ..Self::default() };
        document.rest.alter(|rest| {
            rest.map = parts.map.unwrap_or_default();
            rest.fields = DotMap::from_distinct(fields).unwrap_or_default();
            let (set, elements) = (parts.set.unwrap_or_default(), parts.elements.unwrap_or_default());
            rest.set.alter(|it| *it = Elements { set, elements });
            rest.counter.alter(|it| *it = parts.counter.unwrap_or_default());
        });
        document
    }
}

impl Place for DocumentChange {
    type Register = DotFunChange<Stamped>;
    type Mark = DotFunChange<()>;
    type Elements = Keyed<Value, DotFunChange<()>>;
    type Counter = DotFunChange<i64>;

    fn parts(&self) -> PartsIn<'_, Self> {
        fn told<C: Change>(change: &C) -> Option<&C> {
            (!change.is_empty()).then_some(change)
        }
        let rest = self.rest.0.as_deref();
        let set = rest.and_then(|rest| rest.set.0.as_deref());
        Parts {
            register: told(&self.register),
            map: rest.and_then(|rest| told(&rest.map)),
            set: set.and_then(|set| told(&set.set)),
            elements: set.and_then(|set| told(&set.elements)),
            counter: rest.and_then(|rest| rest.counter.0.as_deref()).and_then(told),
        }
    }

    fn fields(&self) -> Vec<(&String, &Self)> {
        let rest = self.rest.0.as_deref();
        rest.into_iter().flat_map(|rest| rest.fields.iter()).map(|(key, change)| (key, change)).collect()
    }

    fn levels(&self) -> usize {
        let Parts { register, map, set, elements, .. } = self.parts();
        let values = register.into_iter().flat_map(|change| change.made.values()).map(|it| &it.value);
        let elements = elements.into_iter().flat_map(Keyed::iter).map(|(element, _)| element);
        levels(map.is_some() || set.is_some(), values, elements)
    }

    fn of(parts: PartsOf<Self>, fields: Vec<(String, Self)>) -> Self {
        let (set, elements) = (parts.set.unwrap_or_default(), parts.elements.unwrap_or_default());
        let rest = RestChange {
            map: parts.map.unwrap_or_default(),
            fields: Keyed::from_vec(fields),
            set: ElementsChange { set, elements }.into(),
            counter: parts.counter.unwrap_or_default().into(),
        };
        Self { register: parts.register.unwrap_or_default(), rest: rest.into() }
    }
}

/// A map and a set are a level, and hold what is in them; a value is as deep as it is.
fn levels<'a>(
    holds: bool,
    values: impl Iterator<Item = &'a Value>,
    elements: impl Iterator<Item = &'a Value>,
) -> usize {
    let elements = elements.map(|element| element.depth().saturating_add(1));
    values.map(Value::depth).chain(elements).max().unwrap_or(0).max(usize::from(holds))
}

/// Every place at which something stands, sorted by path. Recursion ends at [`Document::MAX_DEPTH`].
fn gather<'a, P: Place>(place: &'a P, path: &Path, all: &mut Vec<(Path, &'a P)>) {
    if place.parts().count() > 0 {
        all.push((path.clone(), place));
    }
    for (key, under) in place.fields() {
        gather(under, &path.clone().then(key), all);
    }
}

/// The place to which the first `depth` keys lead, which all of `places` share; they are sorted. Recursion ends at
/// [`Document::MAX_DEPTH`]: no path is longer.
fn grow<P: Place>(places: &mut [(Path, PartsOf<P>)], depth: usize) -> P {
    let own = places.first_mut().filter(|(path, _)| path.keys().len() == depth);
    let own = own.map(|(_, parts)| std::mem::take(parts));
    let below = places.get_mut(usize::from(own.is_some())..).unwrap_or_default();
    let under = below.chunk_by_mut(|left, right| left.0.keys().get(depth) == right.0.keys().get(depth));
    let fields = under.filter_map(|under| Some((under.first()?.0.keys().get(depth)?.clone(), grow(under, depth + 1))));
    P::of(own.unwrap_or_default(), fields.collect())
}

fn read<'de, P: Place, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error>
where
    PartsOf<P>: Deserialize<'de>,
{
    use serde::de::Error;
    let short = |path: &Path, _: &PartsOf<P>| path.keys().len() <= Document::MAX_DEPTH;
    let mut places = sorted_map(deserializer, short)?.into_vec();
    let counts: Vec<usize> = places.iter().map(|(_, parts)| parts.count()).collect();
    let root = grow::<P>(&mut places, 0);
    let mut all = Vec::with_capacity(places.len());
    gather(&root, &Path::root(), &mut all);
    if !all.iter().map(|(_, place)| place.parts().count()).eq(counts) {
        return Err(D::Error::custom("nothing stands at a place, or in a part of one"));
    }
    if all.iter().any(|(path, place)| path.keys().len().saturating_add(place.levels()) > Document::MAX_DEPTH) {
        return Err(D::Error::custom("the document is too deep"));
    }
    Ok(root)
}

fn write<S: Serializer, P: Place>(root: &P, serializer: S) -> Result<S::Ok, S::Error>
where
    for<'a> PartsIn<'a, P>: Serialize,
{
    let mut all = Vec::new();
    gather(root, &Path::root(), &mut all);
    serializer.collect_map(all.into_iter().map(|(path, place)| (path, place.parts())))
}

macro_rules! readable {
    ($($name:ident)+) => {$(
        impl Serialize for $name {
            /// A map from paths to what stands there.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer)
            }
        }
    )+};
}
readable!(Document DocumentChange);
