//! Cloning: by recursion near the surface, where nearly all values end, and by a walk below.

use super::{Array, Builder, Event, Map, Value, Walk};

/// How deep the quick way goes. Its stack is bounded by this.
const NEAR: usize = 64;

impl Clone for Value {
    fn clone(&self) -> Self {
        near(self, NEAR)
    }
}

fn near(value: &Value, levels: usize) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(value) => Value::Bool(*value),
        Value::Number(number) => Value::Number(*number),
        Value::Text(text) => Value::Text(text.clone()),
        _ if levels == 0 => deep(value),
        Value::Array(array) => Value::Array(Array(array.iter().map(|item| near(item, levels - 1)).collect())),
        Value::Map(map) => {
            Value::Map(Map(map.iter().map(|(key, item)| (key.clone(), near(item, levels - 1))).collect()))
        }
    }
}

fn deep(value: &Value) -> Value {
    let mut builder = Builder::default();
    for event in Walk::of(value) {
        let part = match event {
            Event::Null => Value::Null,
            Event::Bool(value) => Value::Bool(value),
            Event::Number(number) => Value::Number(number),
            Event::Text(text) => Value::Text(text.to_owned()),
            Event::ArrayEnd | Event::MapEnd => builder.end(),
            Event::ArrayStart(_) => {
                builder.begin_array();
                continue;
            }
            Event::MapStart(_) => {
                builder.begin_map();
                continue;
            }
            Event::Key(key) => {
                builder.key(key.to_owned());
                continue;
            }
        };
        if let Some(whole) = builder.add(part) {
            return whole;
        }
    }
    // A walk always ends what it began, so that the whole was returned above.
    Value::Null
}
