//! How values show in logs and failed assertions: much like JSON, down to a depth.

use std::fmt::{Debug, Formatter, Result};

use super::{Array, Map, Value};

/// Below this many levels stands `…`.
const SHOWN: usize = 64;

struct Shown<'a>(&'a Value, usize);

impl Debug for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Shown(self, SHOWN).fmt(f)
    }
}

impl Debug for Array {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        array(self, SHOWN, f)
    }
}

impl Debug for Map {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        map(self, SHOWN, f)
    }
}

impl Debug for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Text(text) => text.fmt(f),
            _ if self.1 == 0 => f.write_str("…"),
            Value::Array(items) => array(items, self.1, f),
            Value::Map(pairs) => map(pairs, self.1, f),
        }
    }
}

fn array(items: &Array, levels: usize, f: &mut Formatter<'_>) -> Result {
    f.debug_list().entries(items.iter().map(|item| Shown(item, levels - 1))).finish()
}

fn map(pairs: &Map, levels: usize, f: &mut Formatter<'_>) -> Result {
    f.debug_map().entries(pairs.iter().map(|(key, item)| (key, Shown(item, levels - 1)))).finish()
}
