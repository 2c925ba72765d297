//! Dropping without recursion: what nests is moved into a queue before it is dropped.

use std::mem;

use super::{Array, Map, Value};

impl Drop for Array {
    fn drop(&mut self) {
        if !self.is_empty() {
            dismantle(mem::take(&mut self.0));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if !self.is_empty() {
            dismantle(mem::take(&mut self.0).into_values());
        }
    }
}

fn dismantle(items: impl IntoIterator<Item = Value>) {
    // The filter drops what holds nothing on the spot: flat arrays and maps cost no queue.
    let mut queue: Vec<Value> = items.into_iter().filter(holds_items).collect();
    while let Some(value) = queue.pop() {
        // What drops here at the end of each arm is empty.
        match value {
            Value::Array(mut array) => queue.extend(mem::take(&mut array.0).into_iter().filter(holds_items)),
            Value::Map(mut map) => queue.extend(mem::take(&mut map.0).into_values().filter(holds_items)),
            _ => {}
        }
    }
}

fn holds_items(value: &Value) -> bool {
    match value {
        Value::Array(array) => !array.is_empty(),
        Value::Map(map) => !map.is_empty(),
        _ => false,
    }
}
