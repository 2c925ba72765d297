//! The process that is killed.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use moai_flow::store::SqliteJournal;
use moai_flow::{Head, InvalidInput, Journal as _, NewRecord, Timestamp, record_kind};

use super::stand_still::stand_still;
use crate::exit::Exit;
use crate::output::put;

/// How many records it may be ahead of whoever reads its acknowledgements.
pub(super) const AHEAD: u64 = 8;

/// How the program calls itself to be killed: not for people.
pub(crate) const WRITE: &str = "__write";

/// What the record with this number says: so whoever begins again knows what comes next.
pub(super) fn record(number: u64) -> Result<NewRecord, InvalidInput> {
    let time = Timestamp::from_unix_micros(i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(1_000_000))?;
    Ok(NewRecord::new(record_kind!("demo_step"), time, format!("{{\"step\":{number}}}")))
}

/// Goes on in the journal that is named, up to so many records. Of each it says its head, once that is durable; then it waits
/// for a byte if it is too far ahead.
pub(crate) fn write(mut words: impl Iterator<Item = OsString>) -> Exit {
    let path = words.next().map(PathBuf::from);
    let until = words.next().and_then(|word| word.to_str()?.parse().ok());
    let Some((path, until)) = path.zip(until) else { return Exit::Usage };
    let written = append(&path, until, |head, ahead| {
        let mut out = io::stdout().lock();
        writeln!(out, "{head}")?;
        out.flush()?;
        if ahead >= AHEAD { io::stdin().lock().read_exact(&mut [0]) } else { Ok(()) }
    });
    match written {
        Ok(()) => Exit::Done,
        Err(why) => {
            put(&format!("moai: the writer ends: {why}\n"));
            Exit::Failed
        }
    }
}

fn append(
    path: &Path,
    until: u64,
    mut acknowledged: impl FnMut(Head, u64) -> io::Result<()>,
) -> Result<(), Box<dyn std::error::Error>> {
    let journal = SqliteJournal::open(path)?;
    let mut head = stand_still(journal.head())?;
    let mut written = 0;
    while head.seq < until {
        let next = record(head.seq + 1)?;
        head = stand_still(journal.append(vec![next]))?;
        written += 1;
        acknowledged(head, written)?;
    }
    Ok(())
}
