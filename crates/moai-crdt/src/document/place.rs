//! What lies at one place of a document: read, and killed.

use std::cmp::Reverse;

use moai_core::{Map, Value};

use super::{Conflict, Document, DocumentChange, Path, RestChange, Shape, Stamped, Survivor};
use crate::store::{DotFun, DotMap, DotSet};
use crate::{DotStore, ReplicaId};

impl Document {
    /// Whether a shape is alive here.
    fn is(&self, shape: Shape) -> bool {
        let rest = self.rest.get();
        match shape {
            Shape::Map => rest.is_some_and(|rest| !rest.map.is_empty() || !rest.fields.is_empty()),
            Shape::Set => self.elements().is_some(),
            Shape::Counter => self.counter().is_some(),
            Shape::Register => !self.register.is_empty(),
        }
    }

    /// The shapes that are alive here, as they hide each other.
    fn shapes(&self) -> impl Iterator<Item = Shape> {
        Shape::ALL.into_iter().filter(|shape| self.is(*shape))
    }

    /// What this place shows.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.shapes().next()
    }

    /// Whether this shape and no other is alive here.
    pub(super) fn is_only(&self, shape: Shape) -> bool {
        self.shapes().eq([shape])
    }

    pub(super) fn field(&self, key: &str) -> Option<&Self> {
        self.rest.get()?.fields.get(key)
    }

    /// The fields of the map, sorted by key.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&String, &Self)> {
        self.rest.get().into_iter().flat_map(|rest| rest.fields.iter())
    }

    pub(super) fn elements(&self) -> Option<&DotMap<Value, DotSet>> {
        self.rest.get()?.set.get().map(|set| &set.elements)
    }

    /// The values that nobody has replaced, with who wrote them.
    pub(super) fn values(&self) -> impl Iterator<Item = (ReplicaId, &Stamped)> {
        newest(&self.register)
    }

    fn counter(&self) -> Option<&DotFun<i64>> {
        self.rest.get()?.counter.get()
    }

    /// What each replica has counted.
    fn counts(&self) -> impl Iterator<Item = (ReplicaId, i64)> {
        self.counter().into_iter().flat_map(newest).map(|(replica, count)| (replica, *count))
    }

    /// What all have counted. It cannot leave an `i128`: a sum of fewer than 2^64 numbers of 64 bits.
    pub(super) fn count(&self) -> i128 {
        self.counts().map(|(_, count)| i128::from(count)).sum()
    }

    /// What one replica has counted.
    pub(super) fn count_of(&self, replica: ReplicaId) -> i64 {
        self.counts().find(|(counted, _)| *counted == replica).map_or(0, |(_, count)| count)
    }

    /// The last value that was written, of those that nobody has replaced: the greatest by (stamp, replica, value).
    pub(super) fn winner(&self) -> Option<&Value> {
        self.values().max_by_key(|(replica, it)| (it.stamp, *replica, &it.value)).map(|(_, it)| &it.value)
    }

    /// Recursion ends at [`Document::MAX_DEPTH`].
    pub(super) fn value(&self) -> Option<Value> {
        self.shape().map(|shape| self.value_as(shape))
    }

    /// How a shape reads that is alive here.
    fn value_as(&self, shape: Shape) -> Value {
        match shape {
            Shape::Map => {
                let fields = self.fields().filter_map(|(key, node)| Some((key.clone(), node.value()?)));
                Value::Map(fields.collect::<Map>())
            }
            Shape::Set => {
                let elements = self.elements().into_iter().flat_map(DotMap::iter);
                Value::Array(elements.map(|(element, _)| element.clone()).collect())
            }
            Shape::Counter => {
                let count = self.count().clamp(i64::MIN.into(), i64::MAX.into());
                i64::try_from(count).unwrap_or_default().into()
            }
            Shape::Register => self.winner().cloned().unwrap_or_default(),
        }
    }

    /// Adds the conflicts here and below, a place before those under it. Recursion ends at
    /// [`Document::MAX_DEPTH`].
    pub(super) fn find_conflicts(&self, keys: &mut Vec<String>, found: &mut Vec<Conflict>) {
        let mut values = self.values().map(|(_, it)| &it.value);
        let first = values.next();
        if self.shapes().nth(1).is_some() || values.any(|value| Some(value) != first) {
            found.push(Conflict { path: keys.iter().cloned().collect::<Path>(), survivors: self.survivors() });
        }
        for (key, node) in self.fields() {
            keys.push(key.clone());
            node.find_conflicts(keys, found);
            keys.pop();
        }
    }

    /// All that is alive here; what is shown comes first.
    fn survivors(&self) -> Vec<Survivor> {
        let shared = self.shapes().filter(|shape| *shape != Shape::Register);
        let mut all: Vec<_> =
            shared.map(|shape| Survivor { shape, value: self.value_as(shape), written: None }).collect();
        let mut values: Vec<_> = self.values().collect();
        values.sort_by_key(|(replica, it)| Reverse((it.stamp, *replica, &it.value)));
        all.extend(values.into_iter().map(|(replica, it)| Survivor {
            shape: Shape::Register,
            value: it.value.clone(),
            written: Some((it.stamp, replica)),
        }));
        all
    }

    /// Kills all that is alive here.
    pub(super) fn clear(&mut self) -> DocumentChange {
        std::mem::take(self).removal()
    }

    /// Kills all shapes but one.
    pub(super) fn clear_but(&mut self, kept: Shape) -> DocumentChange {
        let mut change = DocumentChange::default();
        if kept != Shape::Register {
            change.register = std::mem::take(&mut self.register).removal();
        }
        if self.rest.is_bottom() {
            return change;
        }
        let rest = self.rest.alter(|rest| {
            let mut change = RestChange::default();
            if kept != Shape::Map {
                change.map = std::mem::take(&mut rest.map).removal();
                change.fields = std::mem::take(&mut rest.fields).removal();
            }
            if kept != Shape::Set {
                change.set = std::mem::take(&mut rest.set).removal();
            }
            if kept != Shape::Counter {
                change.counter = std::mem::take(&mut rest.counter).removal();
            }
            change
        });
        change.rest = rest.into();
        change
    }
}

/// The last entry of each replica. Whoever writes a place replaces what they had written there, so an earlier one is
/// only here while the delta that killed it is on its way: it must not be read, nor counted twice.
fn newest<V>(entries: &DotFun<V>) -> impl Iterator<Item = (ReplicaId, &V)> {
    let mut rest = entries.iter().map(|(dot, value)| (dot.replica(), value)).peekable();
    std::iter::from_fn(move || {
        let mut last = rest.next()?;
        while let Some(later) = rest.next_if(|(replica, _)| *replica == last.0) {
            last = later;
        }
        Some(last)
    })
}
