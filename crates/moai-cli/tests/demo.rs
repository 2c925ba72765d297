//! The demo, as a newcomer runs it: through the real program, once in a terminal.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command as PtyCommand, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::tcgetattr;
use serde_json::Value;
use tempfile::TempDir;

const MOAI: &str = env!("CARGO_BIN_EXE_moai");

/// The demo with these arguments, and with a place of its own for what is temporary.
fn demo(args: &[&str]) -> (Output, TempDir) {
    let place = tempfile::tempdir().unwrap();
    let output = Command::new(MOAI).arg("demo").args(args).env("TMPDIR", place.path()).output().unwrap();
    (output, place)
}

fn text(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn the_same_seed_tells_another_story() {
    for seed in ["1", "7", "18446744073709551615"] {
        let (first, second) = (demo(&["--plain", "--fast", "--seed", seed]).0, demo(&["--plain", "--seed", seed]).0);
        assert_eq!(first.status.code(), Some(0), "seed {seed}: {}", text(&first));
        assert_eq!(text(&first), text(&second), "seed {seed}");
        assert!(first.stderr.is_empty() && second.stderr.is_empty());
    }
    assert_ne!(text(&demo(&["--seed", "1"]).0), text(&demo(&["--seed", "2"]).0));
}

#[test]
fn a_fact_does_not_hold_or_is_not_checked() {
    let (output, place) = demo(&["--json"]);
    let facts: Vec<Value> = text(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (end, facts) = facts.split_last().unwrap();
    for fact in facts {
        assert_ne!(fact["holds"], false, "{fact}");
    }
    for scene in 1..=7 {
        let checked = facts.iter().filter(|fact| fact["scene"] == scene && fact["holds"] == true).count();
        assert!(checked >= 2, "{checked} facts are checked in scene {scene}");
    }
    let checked = facts.iter().filter(|fact| fact["holds"] == true).count();
    assert_eq!((&end["fact"], &end["holds"], &end["checked"]), (&"end".into(), &true.into(), &checked.into()));
    let head = end["head"].as_str().unwrap();
    let (records, digest) = head.split_once(':').unwrap();
    assert!(records.parse::<u64>().unwrap() > 20 && digest.len() == 64, "{head}");

    let mut names: Vec<&Value> = facts.iter().filter(|fact| fact["holds"] == true).map(|fact| &fact["fact"]).collect();
    names.sort_by_key(|name| name.as_str());
    assert!(names.windows(2).all(|two| two[0] != two[1]), "two facts have one name: {names:?}");

    // What the story is about, in numbers that the library has found.
    let of = |name: &str| &facts.iter().find(|fact| fact["fact"] == name).unwrap_or(&Value::Null)["values"];
    assert!(of("decided")["at_vote"].as_u64().unwrap() < 5 && of("saved")["votes_saved"].as_u64().unwrap() > 0);
    assert_eq!(of("evidence")["of_them_verified"], 0);
    assert!(of("correlated")["at_vote"].as_u64() < of("second_family")["at_vote"].as_u64());
    assert_ne!(of("apart")["large"], of("apart")["small"]);
    assert!(of("equal")["count"].as_u64() > of("apart")["large"].as_u64());
    assert_eq!((&of("killed")["signal"], &of("nothing_lost")["lost"]), (&9.into(), &0.into()));
    assert!(of("vetoed")["left_ms"].as_u64().unwrap() < 5_000);
    assert_eq!(of("forged")["turned"], of("forged")["named"]);
    assert!(is_empty(place.path()));
}

#[test]
fn paths_or_colours_are_told_to_a_log() {
    let (output, place) = demo(&[]);
    let told = text(&output);
    assert!(!told.contains(place.path().to_str().unwrap()) && !told.contains('\u{1b}'), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains("all of them hold") && told.contains("moai gate"), "{told}");
    assert!(is_empty(place.path()));
}

#[test]
fn quiet_tells_what_went_well() {
    let (output, _place) = demo(&["--quiet"]);
    assert_eq!((output.status.code(), text(&output)), (Some(0), ""));
}

#[test]
fn a_demo_without_a_place_or_an_output_says_that_all_is_well() {
    let nowhere = Command::new(MOAI).args(["demo", "--json"]).env("TMPDIR", "/nonexistent/moai").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(125));
    let error: Value = serde_json::from_slice(&nowhere.stderr).unwrap();
    assert_eq!(error["error"]["code"], "demo.folder");

    let place = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let full = Command::new(MOAI).args(["demo", "--json"]).env("TMPDIR", place.path()).stdout(full).output().unwrap();
    let error: Value = serde_json::from_slice(&full.stderr).unwrap();
    assert_eq!((full.status.code(), &error["error"]["code"]), (Some(125), &"demo.output".into()));
    assert!(is_empty(place.path()));

    // Nobody reads: `moai demo | true`.
    let mut piped = Command::new(MOAI).arg("demo").env("TMPDIR", place.path()).stdout(Stdio::piped()).spawn().unwrap();
    drop(piped.stdout.take());
    assert_eq!(piped.wait().unwrap().code(), Some(128 + 13));
    assert!(is_empty(place.path()));
}

#[test]
fn the_picture_shows_another_demo() {
    // It lies beside the crates, and is not packed with this one.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/demo.svg");
    let Ok(svg) = fs::read_to_string(&path) else {
        return eprintln!("skipped: there is no {}", path.display());
    };
    let (output, _place) = demo(&[]);
    let mut told = text(&output).lines();
    let mut shown = 0;
    for line in svg.lines().filter(|line| line.starts_with("<text")) {
        let line: String = line.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
        let line = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        if line != "$ moai demo" && line != "⋮" {
            assert!(told.any(|told| told == line), "draw it anew: cargo xtask picture\n{line}");
            shown += 1;
        }
    }
    assert!(shown > 30, "{shown} lines");
}

/// How long anything is waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// A terminal of 80 by 24 in which the demo runs.
struct Terminal {
    pty: Pty,
    child: std::process::Child,
    place: TempDir,
    shown: String,
}

impl Terminal {
    fn new(args: &[&str], env: &[(&str, &str)]) -> Self {
        let ((pty, pts), place) = (open().unwrap(), tempfile::tempdir().unwrap());
        pty.resize(Size::new(24, 80)).unwrap();
        let command = PtyCommand::new(MOAI).arg("demo").args(args).env("TMPDIR", place.path());
        let command = command.env("TERM", "xterm-256color").env_remove("NO_COLOR").envs(env.iter().copied());
        let child = command.spawn(pts).unwrap();
        Self { pty, child, place, shown: String::new() }
    }

    /// Reads once; whether there was anything. Not for ever: it is drawn again and again.
    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    fn read(&mut self, begun: Instant) -> bool {
        let left = Timespec::try_from(LONGEST.saturating_sub(begun.elapsed())).unwrap();
        let shown = poll(&mut [PollFd::new(&self.pty, PollFlags::IN)], Some(&left)).unwrap();
        assert!(shown > 0, "it was waited for in vain: {}", self.shown);
        let mut bytes = [0; 4096];
        // Linux says so when nobody has the other end any more.
        let read = self.pty.read(&mut bytes).unwrap_or(0);
        self.shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        read > 0
    }

    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    fn until(&mut self, words: &str) -> &mut Self {
        let begun = Instant::now();
        while !self.shown.contains(words) {
            assert!(self.read(begun), "it ended without {words:?}: {}", self.shown);
        }
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.pty.write_all(keys.as_bytes()).unwrap();
        self
    }

    fn signal(&mut self, signal: Signal) -> &mut Self {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self
    }

    /// Waits for its end; the terminal must be as it was, and nothing left behind.
    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        while self.read(begun) {}
        let ended = self.child.wait().unwrap();
        assert!(is_empty(self.place.path()));
        assert_eq!(self.shown.matches("\u{1b}[?1049h").count(), self.shown.matches("\u{1b}[?1049l").count());
        (ended, self.shown)
    }
}

#[test]
fn the_terminal_stays_as_the_live_view_had_it() {
    type Leave = fn(&mut Terminal) -> &mut Terminal;
    let ways: [(Leave, i32); 4] = [
        (|terminal| terminal.press("q"), 0),
        (|terminal| terminal.press("\u{3}"), 128 + 2),
        (|terminal| terminal.signal(Signal::TERM), 128 + 15),
        (|terminal| terminal.signal(Signal::INT), 128 + 2),
    ];
    for (leave, code) in ways {
        let (pty, pts) = open().unwrap();
        let before = format!("{:?}", tcgetattr(&pty).unwrap().local_modes);
        drop(pts);
        let mut terminal = Terminal::new(&[], &[]);
        terminal.until("\u{1b}[?1049h").until("The deciding vote");
        let raw = format!("{:?}", tcgetattr(&terminal.pty).unwrap().local_modes);
        assert_ne!(raw, before, "the view reads keys as they come");
        leave(&mut terminal);
        terminal.until("\u{1b}[?1049l");
        let (ended, shown) = terminal.end();
        assert_eq!((ended.code(), ended.signal()), (Some(code), None), "{shown}");
    }
}

#[test]
fn a_key_does_nothing_or_the_end_is_not_kept() {
    let mut terminal = Terminal::new(&[], &[]);
    // Only cells that change are written: these words are written whole.
    terminal.until("The deciding vote").press(" ").until("goes");
    for word in ["migrate", "remove", "before:", "process", "tables?", "records"] {
        terminal.press("n").until(word);
    }
    terminal.press("n").until("leaves").press("x");
    let (ended, shown) = terminal.end();
    assert_eq!(ended.code(), Some(0));
    // What stands in the terminal afterwards.
    let kept = shown.rsplit("\u{1b}[?1049l").next().unwrap();
    assert!(kept.contains("all of them hold") && kept.contains("The head of its journal"), "{kept}");
}

#[test]
fn no_color_is_not_honoured() {
    for (env, coloured) in [(&[("NO_COLOR", "1")][..], false), (&[][..], true)] {
        let mut terminal = Terminal::new(&[], env);
        terminal.until("tests").press("q");
        let (_, shown) = terminal.end();
        let colours = shown.match_indices("\u{1b}[").filter(|(at, _)| {
            let code = shown[at + 2..].split(|it: char| it.is_ascii_alphabetic()).next().unwrap_or_default();
            let is_style = shown[at + 2 + code.len()..].starts_with('m');
            is_style && code.split(';').any(|part| matches!(part, "38" | "48" | "31" | "32" | "35" | "90"))
        });
        assert_eq!(colours.count() > 0, coloured, "{shown:?}");
    }
}

#[test]
fn plain_lines_in_a_terminal_are_not_left_by_a_signal() {
    let mut terminal = Terminal::new(&["--plain"], &[]);
    terminal.until("asked").signal(Signal::TERM);
    let (ended, shown) = terminal.end();
    assert_eq!(ended.code(), Some(128 + 15), "{shown}");
    assert!(!shown.contains("The proof"), "{shown}");
}
