//! Killed at each system call that changes a file, one after another: in the first creation, in writing, in recovery.

use std::fs;
use std::path::Path;

use crate::folder::Folder;
use crate::ledger::{Acknowledged, check};
use crate::{Count, asked, strace};

/// What changes files, or makes them last. Where a machine has no call of a name, strace knows it by `?`.
const CALLS: [&str; 7] =
    ["pwrite64", "write", "fdatasync", "fsync", "ftruncate", "?rename,renameat,renameat2", "?unlink,unlinkat"];

/// No phase makes so many calls of one kind.
const ENDLESS: u64 = 2_000;

pub(crate) fn run(count: &mut Count) {
    // The first so many of each kind: all of them in the full run.
    let deep = asked("MOAI_SYSTEM_CALLS", 3);
    if !strace::is_there() {
        println!("SKIPPED: kills at each system call, for there is no strace that may trace");
        return;
    }
    let before = count.kills;
    for phase in [creation, writing, recovery] {
        for calls in CALLS {
            for nth in 1..=deep.min(ENDLESS) {
                let folder = Folder::new("calls");
                if !phase(&folder, calls, nth, count) {
                    break;
                }
            }
        }
    }
    println!("{} kills at system calls", count.kills - before);
}

/// Kills a child at its `nth` call; whether it made so many.
fn killed(path: &Path, calls: &str, nth: u64, acknowledged: &mut Acknowledged, count: &mut Count) -> bool {
    let (said, ended) = strace::inject(path, 2, calls, &format!("signal=KILL:when={nth}"));
    let before = acknowledged.count;
    said.iter().for_each(|line| acknowledged.note(line));
    count.acknowledged += acknowledged.count - before;
    acknowledged.unseen += 1;
    if !ended {
        count.kills += 1;
    }
    if let Err(why) = check(path, acknowledged) {
        count.lost.push(format!("killed at {calls} number {nth}: {why}"));
    }
    !ended
}

/// There is no file yet.
fn creation(folder: &Folder, calls: &str, nth: u64, count: &mut Count) -> bool {
    killed(&folder.path("new.db"), calls, nth, &mut Acknowledged::default(), count)
}

/// The file was closed well.
fn writing(folder: &Folder, calls: &str, nth: u64, count: &mut Count) -> bool {
    let path = folder.path("kept.db");
    let mut acknowledged = Acknowledged::default();
    let (said, _) = strace::inject(&path, 2, "fsync", "delay_enter=0:when=9999");
    said.iter().for_each(|line| acknowledged.note(line));
    killed(&path, calls, nth, &mut acknowledged, count)
}

/// The file has a log: whoever opens it is killed, and so is whoever comes next.
fn recovery(folder: &Folder, calls: &str, nth: u64, count: &mut Count) -> bool {
    let path = folder.path("cut.db");
    let mut acknowledged = Acknowledged::default();
    let (said, _) = strace::inject(&path, 60, "write", "signal=KILL:when=20");
    said.iter().for_each(|line| acknowledged.note(line));
    acknowledged.unseen += 1;
    let log = fs::metadata(folder.path("cut.db-wal")).map_or(0, |log| log.len());
    if log == 0 {
        count.lost.push("a killed child has left no log, so nothing was recovered".to_owned());
    }
    let (said, _) = strace::inject(&path, 1, calls, &format!("signal=KILL:when={nth}"));
    said.iter().for_each(|line| acknowledged.note(line));
    acknowledged.unseen += 1;
    killed(&path, calls, nth, &mut acknowledged, count)
}
