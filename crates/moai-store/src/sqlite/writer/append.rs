//! Records behind the journal's head, within a transaction.

use moai_core::{NewRecord, Record, StoreError};
use rusqlite::{Connection, params};

use super::group::Step;
use super::work::Made;
use crate::sqlite::read::{head, head_crc, record_crc};
use crate::sqlite::trouble::Trouble;

/// Appends records that were held against the limits.
pub(super) fn append(connection: &Connection, records: &[NewRecord]) -> Result<Step, Trouble> {
    let before = head(connection)?;
    let mut end = before;
    for new in records {
        let full = || StoreError::Full { what: format!("a record behind number {}", end.seq) };
        // The engine counts up to the greatest signed number.
        let record = Record::after(end, new.clone()).filter(|record| i64::try_from(record.seq).is_ok());
        let record = record.ok_or_else(full)?;
        let sql = "INSERT INTO records (seq, kind, time, payload, previous, digest, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        connection.prepare_cached(sql)?.execute(params![
            record.seq.cast_signed(),
            record.kind.as_str(),
            record.time.unix_micros(),
            &record.payload[..],
            &record.previous.as_bytes()[..],
            &record.digest.as_bytes()[..],
            record_crc(&record),
        ])?;
        end = record.head();
    }
    if end != before {
        let sql = "INSERT INTO journal (id, seq, digest, crc) VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE \
                   SET seq = ?1, digest = ?2, crc = ?3";
        let row = params![end.seq.cast_signed(), &end.digest.as_bytes()[..], head_crc(&end)];
        connection.prepare_cached(sql)?.execute(row)?;
    }
    Ok(Step { made: Made::Appended(end), gain: end.seq.saturating_sub(before.seq) })
}
