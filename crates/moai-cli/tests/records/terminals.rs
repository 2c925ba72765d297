//! Terminals that only write lines.

use std::io::Read as _;
use std::process::ExitStatus;

use pty_process::blocking::{Command, open};

use crate::story::FORKS;

/// What is shown at a terminal of this kind.
fn shown(term: Option<&str>, args: &[&str]) -> (ExitStatus, String) {
    let place = tempfile::tempdir().unwrap();
    let (mut pty, pts) = open().unwrap();
    let command = Command::new(env!("CARGO_BIN_EXE_moai")).args(args).env("MOAI_STORE", place.path());
    let command =
        term.iter().fold(command.env_remove("TERM").env_remove("NO_COLOR"), |all, term| all.env("TERM", term));
    let mut child = {
        let _alone = FORKS.write().unwrap();
        command.spawn(pts).unwrap()
    };
    let (mut all, mut buffer) = (String::new(), [0; 4_096]);
    while let Ok(read @ 1..) = pty.read(&mut buffer) {
        all.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    (child.wait().unwrap(), all)
}

#[test]
fn a_terminal_that_does_not_say_what_it_is_is_drawn_on() {
    let gate = ["gate", "--voter", "a=true", "--", "true"];
    for args in [&gate[..], &["sim", "--runs", "1", "--lane", "core"], &["demo", "--fast"]] {
        for term in [None, Some(""), Some("dumb")] {
            let (ended, shown) = shown(term, args);
            assert!(ended.success() && !shown.is_empty() && !shown.contains('\u{1b}'), "{args:?} {term:?}: {shown:?}");
        }
    }
    assert!(shown(Some("xterm"), &gate).1.contains('\u{1b}'));
}
