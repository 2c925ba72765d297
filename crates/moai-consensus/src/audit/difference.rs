//! The first field in which two texts of JSON differ.

use serde_json::Value;

/// A field that differs, and what stands there on either side.
pub(super) struct Difference {
    pub(super) field: String,
    pub(super) recorded: String,
    pub(super) recomputed: String,
}

impl Difference {
    /// The first one in the order of names; none where both say the same. Texts are compared as they read, so that spaces do
    /// not matter, and numbers as they are written.
    pub(super) fn between(recorded: &[u8], recomputed: &[u8]) -> Option<Self> {
        if recorded == recomputed {
            return None;
        }
        let read = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or_default();
        Self::of("", Some(&read(recorded)), Some(&read(recomputed)))
    }

    fn of(field: &str, recorded: Option<&Value>, recomputed: Option<&Value>) -> Option<Self> {
        if recorded == recomputed {
            return None;
        }
        if let (Some(Value::Object(left)), Some(Value::Object(right))) = (recorded, recomputed) {
            let mut names: Vec<_> = left.keys().chain(right.keys()).collect();
            names.sort_unstable();
            return names.into_iter().find_map(|name| {
                let inner = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                Self::of(&inner, left.get(name), right.get(name))
            });
        }
        let say = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        Some(Self { field: field.to_owned(), recorded: say(recorded), recomputed: say(recomputed) })
    }
}
