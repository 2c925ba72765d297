//! Signals that were ignored when the program began, as behind `nohup`.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::story::Story;
use crate::{error, moai, start, text};

/// Whether a process does this with a signal.
fn is(pid: Pid, what: &str, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
    let bits = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    u64::from_str_radix(bits.trim(), 16).unwrap() & (1 << (signal.as_raw() - 1)) != 0
}

#[test]
fn what_is_ignored_ends_a_command() {
    let story = Story::new();
    story.approved("g-00000001");
    let export = moai(story.store(), &["export"]).stdout;
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$MOAI\" verify -"]).env("MOAI", env!("CARGO_BIN_EXE_moai"));
    let mut child = start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let pid = Pid::from_child(&child);
    while !is(pid, "SigCgt:", Signal::TERM) {
        std::thread::yield_now();
    }
    kill_process(pid, Signal::HUP).unwrap();
    child.stdin.take().unwrap().write_all(&export).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && text(&ended).starts_with("it holds"), "{:?} {}", ended.status, error(&ended));
}
