//! The program that is killed: it writes, and acknowledges what was answered.

#![allow(clippy::disallowed_methods, reason = "several write at the same time")]

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use moai_core::{Coded, Journal, MemoryProvider};
use moai_store::SqliteStore;

use crate::ledger::{WRITERS, batch, number_of, record, records, swarm};

/// Takes the path of the store and how many batches each writer writes; without an end, it writes for ever.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let batches = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(u64::MAX);
    let store = match SqliteStore::open(Path::new(&words[0])) {
        Ok(store) => store,
        Err(error) => {
            say(&format!("refused {}", error.code()));
            return ExitCode::FAILURE;
        }
    };
    say("open");
    // What fails while it begins is the disk, which may have been stopped: an answer like any other.
    let kept = match records(&store) {
        Ok(kept) => kept,
        Err(why) => {
            say(&format!("stopped {why}"));
            return ExitCode::FAILURE;
        }
    };
    thread::scope(|threads| {
        for writer in 0..WRITERS {
            let (store, kept) = (&store, &kept);
            threads.spawn(move || {
                let Ok(mut number) = number_of(store, writer) else { return };
                let mut recorded = kept.get(&writer).copied().unwrap_or_default();
                for _ in 0..batches {
                    if !write(store, writer, &mut number, &mut recorded) {
                        return;
                    }
                }
            });
        }
    });
    say("end");
    ExitCode::SUCCESS
}

/// One batch and perhaps a record; whether it may go on. Once something has failed, it says what everything else says.
fn write(store: &SqliteStore, writer: usize, number: &mut u64, recorded: &mut u64) -> bool {
    let state = store.blocking();
    if let Err(error) = state.commit(&swarm(), batch(writer, *number + 1)) {
        say(&format!("commit {}", error.code()));
        let again = state.commit(&swarm(), batch(writer, *number + 1)).map_err(|error| error.code());
        let standing = state.standing(&swarm()).map_err(|error| error.code());
        let head = pollster::block_on(store.journal().head()).map_err(|error| error.code());
        let admitted = store.admit().map_err(|error| error.code());
        say(&format!("then {:?} {:?} {:?} {:?}", again.err(), standing.err(), head.err(), admitted.err()));
        return false;
    }
    *number += 1;
    say(&format!("batch {writer} {number}"));
    if number.is_multiple_of(3) {
        if let Err(error) = pollster::block_on(store.journal().append(vec![record(writer, *recorded + 1)])) {
            say(&format!("append {}", error.code()));
            return false;
        }
        *recorded += 1;
        say(&format!("record {writer} {recorded}"));
    }
    if number.is_multiple_of(50) {
        let Ok(standing) = state.standing(&swarm()) else { return false };
        return state.compact(&swarm(), standing.last.version).is_ok();
    }
    true
}

/// One line, in one piece.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush());
}
