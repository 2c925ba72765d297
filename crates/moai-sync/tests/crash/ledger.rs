//! What was said, key by key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What children have said, and what was found since.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) keys: BTreeMap<String, Known>,
    /// The last cursor that somebody stood at.
    pub(crate) cursor: u64,
    /// How many reports, clearings and cursors there were.
    pub(crate) count: u64,
}

/// What is known of a key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The last version that was said, of its state or of its clearing.
    pub(crate) version: u64,
    /// What it held then; nothing once it was cleared.
    pub(crate) value: Option<Value>,
    /// Whether somebody was about to clear it.
    pub(crate) clearing: bool,
    /// Words that were in it when it was cleared: they do not come back.
    pub(crate) gone: BTreeSet<String>,
}

impl Ledger {
    /// Takes in a line of a child. A sentence when it contradicts what was said before.
    pub(crate) fn note(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.splitn(4, ' ');
        let (word, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut version = || words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
        match word {
            "open" => return Ok(()),
            "cursor" => {
                let cursor: u64 = name.parse().map_err(|_| format!("a strange line: {line}"))?;
                if cursor < self.cursor {
                    return Err(format!("somebody stood at {}, and now at {cursor}", self.cursor));
                }
                self.cursor = cursor;
            }
            "clearing" => {
                self.keys.entry(name.to_owned()).or_default().clearing = true;
                return Ok(());
            }
            "cleared" => self.keys.entry(name.to_owned()).or_default().now(name, version(), None)?,
            "holds" => {
                let version = version();
                let value = words.next().and_then(|text| serde_json::from_str(text).ok());
                let value = value.ok_or_else(|| format!("a strange line: {line}"))?;
                self.keys.entry(name.to_owned()).or_default().now(name, version, Some(value))?;
            }
            _ => return Err(format!("a child said: {line}")),
        }
        self.count += 1;
        Ok(())
    }
}

impl Known {
    /// Takes in what a key holds now. A sentence when that is less than it held before, or older.
    pub(crate) fn now(&mut self, name: &str, version: u64, value: Option<Value>) -> Result<(), String> {
        let before = format!("{name} held {:?} in version {}", self.value, self.version);
        if version < self.version || (version == self.version && value != self.value) {
            return Err(format!("{before}, and now {value:?} in version {version}"));
        }
        match (&self.value, &value) {
            (Some(_), None) if !self.clearing => {
                return Err(format!("{before}, and is cleared in version {version}, though nobody did"));
            }
            (Some(due), None) => self.gone.extend(words(due)),
            // Nobody writes it again before the clearing was said.
            (Some(due), Some(value)) if !at_least(value, due) => {
                return Err(format!("{before}, and now {value} in version {version}"));
            }
            _ => {}
        }
        let back = value.iter().flat_map(words).find(|word| self.gone.contains(word));
        if let Some(word) = back {
            return Err(format!("{before}, and {word} came back, which was cleared"));
        }
        (self.version, self.value, self.clearing) = (version, value, false);
        Ok(())
    }
}

/// Numbers and words grow, sets lose nothing.
fn at_least(value: &Value, due: &Value) -> bool {
    match (value, due) {
        (Value::Number(value), Value::Number(due)) => value.as_i64() >= due.as_i64(),
        (Value::String(value), Value::String(due)) => value >= due,
        (Value::Array(value), Value::Array(due)) => due.iter().all(|word| value.contains(word)),
        _ => false,
    }
}

/// The words of a set.
fn words(value: &Value) -> impl Iterator<Item = String> + use<> {
    let words = value.as_array().cloned().unwrap_or_default();
    words.into_iter().filter_map(|word| word.as_str().map(str::to_owned))
}
