//! A walk over a value as a flat sequence of events: the one place that knows how to descend without recursion.

use std::collections::btree_map;
use std::slice;

use super::{Number, Value};

/// One step of a walk, ordered so that comparing two walks step by step gives the order of values: what ends comes
/// before what goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Event<'a> {
    ArrayEnd,
    MapEnd,
    Key(&'a str),
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    /// How many items follow.
    ArrayStart(usize),
    /// How many pairs follow.
    MapStart(usize),
}

/// The events of a value in order, depth first.
pub(crate) struct Walk<'a> {
    next: Option<&'a Value>,
    open: Vec<Open<'a>>,
}

enum Open<'a> {
    Array(slice::Iter<'a, Value>),
    Map(btree_map::Iter<'a, String, Value>),
}

impl<'a> Walk<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        Self { next: Some(value), open: Vec::new() }
    }

    fn enter(&mut self, value: &'a Value) -> Event<'a> {
        match value {
            Value::Null => Event::Null,
            Value::Bool(value) => Event::Bool(*value),
            Value::Number(number) => Event::Number(*number),
            Value::Text(text) => Event::Text(text),
            Value::Array(array) => {
                self.open.push(Open::Array(array.iter()));
                Event::ArrayStart(array.len())
            }
            Value::Map(map) => {
                self.open.push(Open::Map(map.iter()));
                Event::MapStart(map.len())
            }
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if let Some(value) = self.next.take() {
            return Some(self.enter(value));
        }
        let (item, end) = match self.open.last_mut()? {
            Open::Array(items) => (items.next(), Event::ArrayEnd),
            Open::Map(pairs) => match pairs.next() {
                Some((key, value)) => {
                    self.next = Some(value);
                    return Some(Event::Key(key));
                }
                None => (None, Event::MapEnd),
            },
        };
        Some(match item {
            Some(item) => self.enter(item),
            None => {
                self.open.pop();
                end
            }
        })
    }
}
