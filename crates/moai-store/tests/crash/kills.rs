//! `kill -9` at random instants: while it writes, while it recovers, and while the file is made for the first time.

#![allow(clippy::disallowed_methods, reason = "a thread reads what the child says")]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use moai_core::{Chance, SeededChance};

use crate::folder::Folder;
use crate::ledger::{Acknowledged, check};
use crate::{Count, asked};

/// Every so many kills a new file is begun.
const ROUNDS: u64 = 10;

pub(crate) fn run(count: &mut Count) {
    let kills = asked("MOAI_KILLS", 100);
    let seed = asked("MOAI_CRASH_SEED", 1);
    let chance = SeededChance::new(seed);
    let folder = Folder::new("kills");
    let (mut path, mut acknowledged) = (folder.path("0.db"), Acknowledged::default());
    let mut at_creation = 0;
    for kill in 0..kills {
        let round = kill % ROUNDS;
        if round == 0 {
            path = folder.path(format!("{kill}.db"));
            acknowledged = Acknowledged::default();
        }
        let roll = |below: u64| chance.draw().unwrap() % below;
        // The first two of each file hit its creation, or the moments around it.
        let instant = match round {
            0 | 1 => Instant::Early(Duration::from_micros(roll(6_000))),
            _ => Instant::Behind(roll(120), Duration::from_micros(roll(3_000))),
        };
        if !path.exists() {
            at_creation += 1;
        }
        let (before, after) = killed(&path, instant, || {});
        let known = acknowledged.count;
        before.iter().chain(&after).for_each(|line| acknowledged.note(line));
        acknowledged.unseen += 1;
        count.kills += 1;
        count.acknowledged += acknowledged.count - known;
        match check(&path, &acknowledged) {
            Ok(found) => acknowledged = Acknowledged { count: acknowledged.count, ..found },
            Err(why) => {
                count.lost.push(format!("kill {kill} of seed {seed}: {why}"));
                (path, acknowledged) = (folder.path(format!("after-{kill}.db")), Acknowledged::default());
            }
        }
    }
    println!("{kills} kills at random instants, {at_creation} of them before there was a file");
}

/// When it is killed.
pub(crate) enum Instant {
    /// So long after it was started.
    Early(Duration),
    /// After so many acknowledgements, and so long behind the last of them.
    Behind(u64, Duration),
}

/// Starts a child on a store and kills it, right after something else was done. Hands back the whole lines that it said:
/// those that were heard before anything was done to it, and those behind them.
pub(crate) fn killed(path: &Path, instant: Instant, then: impl FnOnce()) -> (Vec<String>, Vec<String>) {
    let mut child = start(path);
    let lines = lines(&mut child);
    let mut said = Vec::new();
    let wait = match instant {
        Instant::Early(wait) => wait,
        Instant::Behind(acknowledgements, wait) => {
            while (said.len() as u64) <= acknowledgements
                && let Ok(line) = lines.recv()
            {
                said.push(line);
            }
            wait
        }
    };
    // Lines come in meanwhile; they lie in the pipe all the same.
    let (_nobody, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(wait);
    said.extend(lines.try_iter());
    then();
    child.kill().unwrap();
    child.wait().unwrap();
    (said, lines.iter().collect())
}

fn start(path: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("--child").arg(path).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// What the child says, line by line, up to its last whole one.
fn lines(child: &mut Child) -> Receiver<String> {
    let output = BufReader::new(child.stdout.take().unwrap());
    let (told, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut output = output;
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|length| length > 0) && line.ends_with('\n') {
            if told.send(line.trim_end().to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    lines
}
