//! `kill -9` at random instants.

#![allow(clippy::disallowed_methods, reason = "a thread reads what the child says")]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use moai_core::{Chance, SeededChance};

use crate::check::check;
use crate::folder::Folder;
use crate::ledger::Ledger;

/// Every so many kills a new file is begun.
const LIVES: u64 = 10;

/// What was done, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) kills: u64,
    pub(crate) acknowledged: u64,
    /// Sentences about what was lost, or came back.
    pub(crate) lost: Vec<String>,
}

pub(crate) fn run(kills: u64, seed: u64) -> Count {
    let (chance, folder, mut count) = (SeededChance::new(seed), Folder::new("sync-kills"), Count::default());
    let (mut path, mut ledger) = (folder.path("0.db"), Ledger::default());
    for kill in 0..kills {
        if kill % LIVES == 0 {
            (path, ledger) = (folder.path(format!("{kill}.db")), Ledger::default());
        }
        let roll = |below: u64| chance.draw().unwrap() % below;
        let lines = killed(&path, kill, roll(80), Duration::from_micros(roll(3_000)));
        let before = ledger.count;
        let found = lines.iter().try_for_each(|line| ledger.note(line)).and_then(|()| check(&path, &mut ledger));
        count.kills += 1;
        count.acknowledged += ledger.count - before;
        if let Err(why) = found {
            count.lost.push(format!("kill {kill} of seed {seed}: {why}"));
            (path, ledger) = (folder.path(format!("after-{kill}.db")), Ledger::default());
        }
    }
    if count.acknowledged < kills {
        count.lost.push("the children have said next to nothing, so nothing was tried".to_owned());
    }
    count
}

/// Starts a child on a file and kills it: behind so many lines, and so long behind the last of them. Hands back the whole
/// lines that it said.
fn killed(path: &Path, life: u64, behind: u64, wait: Duration) -> Vec<String> {
    let mut child = start(path, life);
    let lines = lines(&mut child);
    let mut said = Vec::new();
    while (said.len() as u64) <= behind
        && let Ok(line) = lines.recv()
    {
        said.push(line);
    }
    // Lines come in meanwhile; they lie in the pipe all the same.
    let (_nobody, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    said.extend(lines);
    said
}

fn start(path: &Path, life: u64) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("--child").arg(path).arg(life.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
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
