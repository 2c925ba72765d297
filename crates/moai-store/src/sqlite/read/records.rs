//! The records of the journal.

use moai_core::{BadRecord, Chain, Digest, Head, Record, RecordKind, StoreError, Timestamp};
use rusqlite::{Connection, Row};

use crate::room::Room;
use crate::sqlite::checksum::{Table, checksum};
use crate::sqlite::reader::Reader;
use crate::sqlite::trouble::Trouble;

/// The head as it stands in its row.
pub(in crate::sqlite) fn head(connection: &Connection) -> Result<Head, Trouble> {
    let mut statement = connection.prepare_cached("SELECT seq, digest, crc FROM journal")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(Head::EMPTY) };
    let (seq, digest): (i64, [u8; 32]) = (row.get(0)?, row.get(1)?);
    let head = Head { seq: seq.cast_unsigned(), digest: Digest::from_bytes(digest) };
    let crc: i64 = row.get(2)?;
    if crc == head_crc(&head) { Ok(head) } else { Err(Trouble::damaged("the head of the journal".to_owned())) }
}

/// The same, where no record lies outside of what it says: such a one would be read by nobody, and stand in the way of the next.
pub(in crate::sqlite) fn bounded_head(connection: &Connection) -> Result<Head, Trouble> {
    let head = head(connection)?;
    // Each alone is one step in the index.
    let sql = "SELECT (SELECT min(seq) FROM records), (SELECT max(seq) FROM records)";
    let mut statement = connection.prepare_cached(sql)?;
    let bounds: (Option<i64>, Option<i64>) = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let due = (head.seq > 0).then_some((1, head.seq.cast_signed()));
    if bounds.0.zip(bounds.1) == due {
        return Ok(head);
    }
    Err(Trouble::damaged(format!("the journal, of which records lie outside of 1 to {}", head.seq)))
}

pub(in crate::sqlite) fn head_crc(head: &Head) -> i64 {
    checksum(Table::Journal, &[head.seq.cast_signed()], &[head.digest.as_bytes()])
}

pub(in crate::sqlite) fn record_crc(record: &Record) -> i64 {
    let numbers = [record.seq.cast_signed(), record.time.unix_micros()];
    let digests = (record.previous.as_bytes(), record.digest.as_bytes());
    checksum(Table::Records, &numbers, &[record.kind.as_str().as_bytes(), &record.payload, digests.0, digests.1])
}

/// The records from a number on, as many as there is room for. One that is missing is found.
pub(in crate::sqlite) fn records(reader: &Reader, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
    let mut room = Room::new(&reader.limits, limit)?;
    reader.read_at_once(|connection| {
        let head = head(connection)?;
        let mut records = Vec::new();
        let mut due = from.max(1);
        let Ok(first) = i64::try_from(due) else { return Ok(records) };
        let sql = "SELECT seq, kind, time, payload, previous, digest, crc FROM records WHERE seq >= ?1 ORDER BY seq";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([first])?;
        while due <= head.seq && !room.is_full() {
            let missing = || Trouble::damaged(format!("the journal at record {due}"));
            let record = record(rows.next()?.ok_or_else(missing)?)?;
            if record.seq != due {
                return Err(missing());
            }
            due += 1;
            room.take(record.payload.len());
            records.push(record);
        }
        Ok(records)
    })
}

/// Follows the chain of all records up to the head; how many there are.
pub(in crate::sqlite) fn check_records(connection: &Connection) -> Result<u64, Trouble> {
    let head = head(connection)?;
    let mut chain = Chain::new().through(head);
    let bad = |bad: BadRecord| Trouble::Corrupted(format!("the journal does not hold: {bad}"));
    let mut statement =
        connection.prepare("SELECT seq, kind, time, payload, previous, digest, crc FROM records ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        chain.follow(&record(row)?).map_err(bad)?;
    }
    let end = chain.finish().map_err(bad)?;
    if end == head { Ok(end.seq) } else { Err(Trouble::damaged("the head of the journal".to_owned())) }
}

/// A record in the columns `seq, kind, time, payload, previous, digest, crc`.
fn record(row: &Row<'_>) -> Result<Record, Trouble> {
    let seq: i64 = row.get(0)?;
    let bad = || Trouble::damaged(format!("record {seq} of the journal"));
    let (kind, time): (String, i64) = (row.get(1)?, row.get(2)?);
    let payload = row.get_ref(3)?.as_blob().map_err(|_| bad())?;
    let (previous, digest): ([u8; 32], [u8; 32]) = (row.get(4)?, row.get(5)?);
    let record = Record {
        seq: seq.cast_unsigned(),
        kind: RecordKind::new(&kind).map_err(|_| bad())?,
        time: Timestamp::from_unix_micros(time).map_err(|_| bad())?,
        payload: bytes::Bytes::copy_from_slice(payload),
        previous: Digest::from_bytes(previous),
        digest: Digest::from_bytes(digest),
    };
    if record_crc(&record) == row.get::<_, i64>(6)? { Ok(record) } else { Err(bad()) }
}
