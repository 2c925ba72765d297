//! Building a value part by part: the inverse of a walk, for readers and for clones.

use std::collections::BTreeMap;
use std::mem;

use super::{Array, Map, Value};

/// The arrays and maps that were begun and have not ended yet.
#[derive(Default)]
pub(crate) struct Builder {
    open: Vec<Open>,
}

enum Open {
    Array(Vec<Value>),
    /// The pairs so far, and the key whose value comes next.
    Map(BTreeMap<String, Value>, String),
}

impl Builder {
    pub(crate) fn begin_array(&mut self) {
        self.open.push(Open::Array(Vec::new()));
    }

    pub(crate) fn begin_map(&mut self) {
        self.open.push(Open::Map(BTreeMap::new(), String::new()));
    }

    /// How many arrays and maps are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The innermost open part, if it is a map.
    pub(crate) fn map(&self) -> Option<&BTreeMap<String, Value>> {
        if let Some(Open::Map(pairs, _)) = self.open.last() { Some(pairs) } else { None }
    }

    /// Names the key of the value that is added next to the innermost open map.
    pub(crate) fn key(&mut self, key: String) {
        if let Some(Open::Map(_, next)) = self.open.last_mut() {
            *next = key;
        }
    }

    /// Adds a finished value to what is open; gives it back if nothing is: then it is the whole.
    pub(crate) fn add(&mut self, value: Value) -> Option<Value> {
        match self.open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Map(pairs, key)) => drop(pairs.insert(mem::take(key), value)),
            None => return Some(value),
        }
        None
    }

    /// Ends the innermost open part; null if nothing is open.
    pub(crate) fn end(&mut self) -> Value {
        match self.open.pop() {
            Some(Open::Array(items)) => Value::Array(Array(items)),
            Some(Open::Map(pairs, _)) => Value::Map(Map(pairs)),
            None => Value::Null,
        }
    }
}
