//! How many canonical bytes a value may still have while it is read from another form.

use std::cell::Cell;

use super::{FIELD, Value};
use crate::canonical::length_len;
use crate::{InvalidInput, Limits};

/// Counts the canonical bytes of what was read so far, so that a reader stops there and not when all is built.
pub(super) struct Budget {
    limit: usize,
    used: Cell<usize>,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limit: limits.value_bytes, used: Cell::new(0) }
    }

    /// Takes what a finished part adds to its own items, which were taken before it.
    pub(super) fn take(&self, part: &Value) -> Result<(), InvalidInput> {
        self.take_bytes(match part {
            Value::Null | Value::Bool(_) => 1,
            Value::Number(_) => 9,
            Value::Text(text) => 1 + length_len(text.len()) + text.len(),
            Value::Array(items) => 1 + length_len(items.len()),
            Value::Map(pairs) => 1 + length_len(pairs.len()),
        })
    }

    /// Takes what a key adds.
    pub(super) fn take_key(&self, key: &str) -> Result<(), InvalidInput> {
        self.take_bytes(length_len(key.len()) + key.len())
    }

    fn take_bytes(&self, bytes: usize) -> Result<(), InvalidInput> {
        let used = self.used.get().saturating_add(bytes);
        self.used.set(used);
        if used > self.limit {
            return Err(InvalidInput::too_long(FIELD, self.limit, used));
        }
        Ok(())
    }
}
