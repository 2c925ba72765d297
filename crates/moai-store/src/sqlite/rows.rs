//! The rows of a swarm: entries, deleted ranges, stretches. Each is held against its checksum when it is read.

use bytes::Bytes;
use moai_core::{KeyRange, Namespace, StateKey, Version};
use rusqlite::Row;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::checksum::{Table, checksum};
use super::trouble::Trouble;

/// What a key has: a value, or `None` where it was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) version: Version,
    /// The last number of the batch that it belongs to.
    pub(super) batch_end: Version,
    pub(super) value: Option<Bytes>,
}

/// The number of a version, as it stands in a column.
pub(super) fn number(version: Version) -> i64 {
    version.get().cast_signed()
}

/// The version in a column.
pub(super) fn version(number: i64, what: impl FnOnce() -> String) -> Result<Version, Trouble> {
    Version::new(number.cast_unsigned()).map_err(|_| Trouble::damaged(what()))
}

pub(super) fn entry_crc(
    swarm: i64,
    namespace: &str,
    key: &str,
    (version, batch_end): (i64, i64),
    value: Option<&[u8]>,
) -> i64 {
    let numbers = [swarm, version, batch_end, i64::from(value.is_some())];
    checksum(Table::Entries, &numbers, &[namespace.as_bytes(), key.as_bytes(), value.unwrap_or_default()])
}

/// The entry in the columns `version, batch_end, value, crc`, which begin at `at`.
pub(super) fn entry(row: &Row<'_>, at: usize, swarm: i64, namespace: &str, key: &str) -> Result<Stored, Trouble> {
    let what = || format!("the entry of {namespace}/{key}");
    let (number, batch_end): (i64, i64) = (row.get(at)?, row.get(at + 1)?);
    let value = match row.get_ref(at + 2)? {
        ValueRef::Null => None,
        ValueRef::Blob(value) => Some(value),
        _ => return Err(Trouble::damaged(what())),
    };
    let crc: i64 = row.get(at + 3)?;
    if entry_crc(swarm, namespace, key, (number, batch_end), value) != crc {
        return Err(Trouble::damaged(what()));
    }
    Ok(Stored {
        version: version(number, what)?,
        batch_end: version(batch_end, what)?,
        value: value.map(Bytes::copy_from_slice),
    })
}

/// A stretch of keys that were deleted together; an empty side is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: String,
    pub(super) behind: String,
    pub(super) version: Version,
}

impl Stretch {
    /// Whether `key` lies in it.
    pub(super) fn covers(&self, key: &str) -> bool {
        self.first.as_str() <= key && (self.behind.is_empty() || key < self.behind.as_str())
    }
}

pub(super) fn stretch_crc(swarm: i64, namespace: &str, first: &str, behind: &str, version: i64) -> i64 {
    let parts = [namespace.as_bytes(), first.as_bytes(), behind.as_bytes()];
    checksum(Table::Stretches, &[swarm, version], &parts)
}

/// The stretch in the columns `first, behind, version, crc`, which begin at `at`; `None` where they are NULL.
pub(super) fn stretch(row: &Row<'_>, at: usize, swarm: i64, namespace: &str) -> Result<Option<Stretch>, Trouble> {
    let ValueRef::Text(_) = row.get_ref(at)? else { return Ok(None) };
    let (first, behind): (String, String) = (row.get(at)?, row.get(at + 1)?);
    let (number, crc): (i64, i64) = (row.get(at + 2)?, row.get(at + 3)?);
    let what = || format!("the deleted stretch {first:?} to {behind:?} of {namespace}");
    if stretch_crc(swarm, namespace, &first, &behind, number) != crc {
        return Err(Trouble::damaged(what()));
    }
    let version = version(number, what)?;
    Ok(Some(Stretch { first, behind, version }))
}

pub(super) fn range_crc(
    swarm: i64,
    namespace: &str,
    (first, behind): (&str, &str),
    (version, batch_end): (i64, i64),
) -> i64 {
    let parts = [namespace.as_bytes(), first.as_bytes(), behind.as_bytes()];
    checksum(Table::Ranges, &[swarm, version, batch_end], &parts)
}

/// A deleted range, as readers of changes are told.
#[derive(Debug, Clone)]
pub(super) struct Cleared {
    pub(super) namespace: Namespace,
    pub(super) range: KeyRange,
    pub(super) version: Version,
    pub(super) batch_end: Version,
}

/// The range in the columns `namespace, first, behind, version, batch_end, crc`.
pub(super) fn cleared(row: &Row<'_>, swarm: i64) -> Result<Cleared, Trouble> {
    let (namespace, first, behind): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (number, batch_end, crc): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let what = || format!("the deleted range {first:?} to {behind:?} of {namespace}");
    if range_crc(swarm, &namespace, (&first, &behind), (number, batch_end)) != crc {
        return Err(Trouble::damaged(what()));
    }
    let range = KeyRange { from: bound(&first, what)?, to: bound(&behind, what)? };
    let (version, batch_end) = (version(number, what)?, version(batch_end, what)?);
    Ok(Cleared { namespace: name(&namespace)?, range, version, batch_end })
}

/// The two sides of a range, as they stand in columns.
pub(super) fn sides(range: &KeyRange) -> (&str, &str) {
    (range.from.as_ref().map_or("", StateKey::as_str), range.to.as_ref().map_or("", StateKey::as_str))
}

/// The end of a range as a statement compares it: an open one is a blob, which is greater than every text.
pub(super) fn end(behind: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(if behind.is_empty() { ValueRef::Blob(&[]) } else { ValueRef::Text(behind.as_bytes()) })
}

fn bound(text: &str, what: impl FnOnce() -> String) -> Result<Option<StateKey>, Trouble> {
    match text {
        "" => Ok(None),
        _ => StateKey::new(text).map(Some).map_err(|_| Trouble::damaged(what())),
    }
}

/// The text in a column, where it lies.
pub(super) fn text<'a>(row: &'a Row<'_>, at: usize) -> Result<&'a str, Trouble> {
    row.get_ref(at)?.as_str().map_err(|_| Trouble::damaged(format!("a text in column {at}")))
}

/// The namespace in a column.
pub(super) fn name(text: &str) -> Result<Namespace, Trouble> {
    Namespace::new(text).map_err(|_| Trouble::damaged(format!("the namespace {text:?}")))
}

/// Namespaces of rows that mostly have the same: the last one is kept, and shared.
#[derive(Debug, Default)]
pub(super) struct Names(Option<Namespace>);

impl Names {
    /// The namespace in a column.
    pub(super) fn name(&mut self, text: &str) -> Result<Namespace, Trouble> {
        if let Some(kept) = self.0.as_ref().filter(|kept| kept.as_str() == text) {
            return Ok(kept.clone());
        }
        Ok(self.0.insert(name(text)?).clone())
    }
}

/// The key in a column.
pub(super) fn key(text: &str) -> Result<StateKey, Trouble> {
    StateKey::new(text).map_err(|_| Trouble::damaged(format!("the key {text:?}")))
}
