//! What a vote wrote down, as it lies on the disk: the time, the kind, and the entry.

use std::sync::Arc;

use moai_consensus::Entry;
use moai_core::{RecordKind, Timestamp};

/// The bytes of an entry.
pub(super) fn write(time: Timestamp, entry: &Entry) -> Result<Arc<[u8]>, String> {
    let kind = entry.kind();
    let mut bytes = time.unix_micros().to_le_bytes().to_vec();
    bytes.push(u8::try_from(kind.as_str().len()).map_err(|why| why.to_string())?);
    bytes.extend(kind.as_str().as_bytes());
    bytes.extend(entry.to_payload().map_err(|why| why.to_string())?);
    Ok(bytes.into())
}

/// The entry in these bytes.
pub(super) fn read(record: &[u8]) -> Result<(Timestamp, Entry), String> {
    let short = || "a record that is cut off".to_owned();
    let (time, rest) = record.split_first_chunk().ok_or_else(short)?;
    let time = Timestamp::from_unix_micros(i64::from_le_bytes(*time)).map_err(|why| why.to_string())?;
    let (length, rest) = rest.split_first().ok_or_else(short)?;
    let (kind, payload) = rest.split_at_checked(usize::from(*length)).ok_or_else(short)?;
    let kind = std::str::from_utf8(kind).map_err(|why| why.to_string())?;
    let kind = RecordKind::new(kind).map_err(|why| why.to_string())?;
    let entry = Entry::from_payload(&kind, payload).map_err(|why| why.to_string())?.ok_or_else(short)?;
    Ok((time, entry))
}
