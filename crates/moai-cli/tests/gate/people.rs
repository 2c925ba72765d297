//! People: at a terminal, from another one, and those who would speak for them.

use std::io::{Read as _, Write as _};
use std::time::Instant;

use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::world::{INTERRUPT, LONGEST, MOAI, World, heeds, until};

/// Somebody at a terminal.
pub(crate) struct Terminal {
    pty: Pty,
    child: std::process::Child,
    seen: String,
    all: String,
}

impl Terminal {
    pub(crate) fn start(world: &World, args: &[&str]) -> Self {
        Self::start_behind(world, "", args)
    }

    /// The same, where somebody has typed before it started.
    fn start_behind(world: &World, typed: &str, args: &[&str]) -> Self {
        let (mut pty, pts) = open().unwrap();
        pty.write_all(typed.as_bytes()).unwrap();
        pty.resize(pty_process::Size::new(40, 120)).unwrap();
        let command = Command::new(MOAI).arg("gate").args(args).current_dir(world.path("."));
        let child = command.envs(world.variables()).env("TERM", "xterm").spawn(pts).unwrap();
        Self { pty, child, seen: String::new(), all: String::new() }
    }

    /// Reads until this is shown.
    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    pub(crate) fn sees(&mut self, what: &str) {
        let begun = Instant::now();
        while !self.seen.contains(what) {
            assert!(self.reads(begun), "`{what}` was never shown:\n{}", self.seen);
        }
        let end = self.seen.find(what).unwrap() + what.len();
        self.all.extend(self.seen.drain(..end));
    }

    /// Reads what is shown next; whether there was anything before it ended. Not for ever: it may be drawn anew each second.
    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    fn reads(&mut self, begun: Instant) -> bool {
        let left = Timespec::try_from(LONGEST.saturating_sub(begun.elapsed())).unwrap();
        let shown = poll(&mut [PollFd::new(&self.pty, PollFlags::IN)], Some(&left)).unwrap();
        assert!(shown > 0, "it was waited for in vain:\n{}{}", self.all, self.seen);
        let mut buffer = [0; 4_096];
        let Ok(read @ 1..) = self.pty.read(&mut buffer) else { return false };
        self.seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        true
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.pty.write_all(text.as_bytes()).unwrap();
    }

    /// Reads to the end, and gives all that was ever shown.
    pub(crate) fn everything(mut self, world: &World) -> String {
        let before = std::mem::take(&mut self.all);
        before + &self.ends(world).1
    }

    /// Reads to the end, and tells how it ended.
    #[expect(clippy::disallowed_methods, reason = "how long another process takes")]
    fn ends(mut self, world: &World) -> (Option<i32>, String) {
        let begun = Instant::now();
        while self.reads(begun) {}
        let code = self.child.wait().unwrap().code();
        world.nothing_is_left();
        (code, self.seen)
    }
}

#[test]
fn a_person_at_the_terminal_lets_it_run() {
    let world = World::new();
    let mut terminal = Terminal::start(&world, &["--voter", "anna=human", "--", "echo", "it", "ran"]);
    terminal.sees("anna: [y] for  [n] against  [a] abstain  [v] veto");
    terminal.types("x\n");
    terminal.sees("one of the letters");
    terminal.types("y\n");
    terminal.sees("why?");
    terminal.types("looks fine\n");
    let (code, seen) = terminal.ends(&world);
    assert!(code == Some(0) && seen.contains("it ran"), "{code:?} {seen}");
    assert_eq!(world.ballots().pop().unwrap().reason, "looks fine");
}

#[test]
fn what_was_typed_before_the_question_is_a_vote() {
    let world = World::new();
    let args = ["--voter", "anna=human", "--", "touch", "ran"];
    let mut terminal = Terminal::start_behind(&world, "y\nlooks fine\n", &args);
    terminal.sees("anna: [y] for  [n] against  [a] abstain  [v] veto");
    terminal.types("n\n");
    terminal.sees("why?");
    terminal.types("I have read it\n");
    let (code, seen) = terminal.ends(&world);
    assert!(code == Some(120) && !world.has("ran"), "{code:?} {seen}");
    assert_eq!(world.ballots().pop().unwrap().reason, "I have read it");
}

#[test]
fn a_person_at_the_terminal_stops_it() {
    for (letter, number) in [("n", 120), ("v", 121)] {
        let world = World::new();
        let mut terminal = Terminal::start(&world, &["--voter", "anna=human", "--", "touch", "ran"]);
        terminal.sees("anna: [y]");
        terminal.types(&format!("{letter}\n"));
        terminal.sees("why?");
        terminal.types("\n");
        let (code, seen) = terminal.ends(&world);
        assert_eq!(code, Some(number), "{seen}");
        assert!(!world.has("ran"));
    }
}

#[test]
fn several_people_at_one_terminal_are_asked_one_by_one() {
    let world = World::new();
    let mut terminal =
        Terminal::start(&world, &["--rule", "all", "--voter", "anna=human", "--voter", "ben=human", "--", "true"]);
    terminal.sees("Who votes here? (anna, ben)");
    terminal.types("ben\n");
    terminal.sees("ben: [y]");
    terminal.types("y\n");
    terminal.sees("ben, why?");
    terminal.types("\n");
    terminal.sees("anna: [y]");
    terminal.types("y\n");
    terminal.sees("anna, why?");
    terminal.types("\n");
    assert_eq!(terminal.ends(&world).0, Some(0));
}

#[test]
fn what_is_approved_can_be_stopped_until_it_runs() {
    let world = World::new();
    let mut terminal = Terminal::start(&world, &["--voter", "a=true", "--veto", "1h", "--", "touch", "ran"]);
    terminal.sees("owner: [v] veto  [y] run it now");
    terminal.types("v\n");
    assert_eq!(terminal.ends(&world).0, Some(121));
    assert!(!world.has("ran"));

    let mut terminal = Terminal::start(&world, &["--voter", "a=true", "--veto", "1h", "--", "touch", "ran"]);
    terminal.sees("owner: [v] veto  [y] run it now");
    terminal.types("y\n");
    assert_eq!(terminal.ends(&world).0, Some(0));
    assert!(world.has("ran"));
}

#[test]
fn the_time_for_a_veto_passes() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--veto", "300ms", "--", "touch", "ran"]).code, 0);
    assert!(world.has("ran") && !world.of_kind("gate_started")[0]["hold"].is_null());
}

#[test]
fn ctrl_c_at_the_terminal_ends_it() {
    heeds(INTERRUPT);
    let world = World::new();
    let mut terminal =
        Terminal::start(&world, &["--voter", "anna=human", "--voter", "b=sleep 600", "--", "touch", "ran"]);
    terminal.sees("anna: [y]");
    terminal.types("\x03");
    assert_eq!(terminal.ends(&world).0, Some(130));
    assert!(!world.has("ran"));
}

#[test]
fn ctrl_c_stops_what_is_held_and_reaches_what_runs() {
    heeds(INTERRUPT);
    let world = World::new();
    let mut terminal = Terminal::start(&world, &["--voter", "a=true", "--veto", "1h", "--", "touch", "ran"]);
    terminal.sees("owner: [v] veto");
    terminal.types("\x03");
    assert_eq!(terminal.ends(&world).0, Some(130));
    assert!(!world.has("ran"));

    let command = "trap 'echo caught it; exit 5' INT; echo is up; while :; do sleep 0.05; done";
    let mut terminal = Terminal::start(&world, &["--voter", "a=true", "--", "sh", "-c", command]);
    terminal.sees("moai: runs");
    terminal.sees("is up\r\n");
    terminal.types("\x03");
    let (code, seen) = terminal.ends(&world);
    assert!(code == Some(5) && seen.contains("caught it"), "{code:?} {seen}");
}

#[test]
fn a_person_votes_from_another_terminal() {
    let world = World::new();
    let gate = world.start(["--rule", "all", "--voter", "anna=human", "--voter", "ben=human", "--", "echo", "ran"]);
    let name = world.await_gate();
    assert_eq!(world.call(["vote", "for"]).code, 2, "it is not clear who votes");
    assert_eq!(world.call(["vote", "g-00000000x", "for", "--as", "anna"]).code, 2, "there is no such gate");
    assert_eq!(world.call(["vote", "maybe", "--as", "anna"]).code, 2);
    assert_eq!(world.call(["vote", "for", "--as", "zoe"]).code, 2);
    let anna = world.call(["vote", &name[..6], "for", "--as", "anna", "--because", "seen"]);
    assert!(anna.code == 0 && anna.out.contains("command  echo ran"), "{} {}", anna.out, anna.err);
    let again = world.call(["vote", "against", "--as", "anna"]);
    assert!(again.code == 2 && again.err.contains("voted differently"), "{}", again.err);
    assert_eq!(world.call(["vote", "for", "--as", "ben"]).code, 0);
    let done = world.end(gate);
    assert_eq!((done.code, done.out.as_str()), (0, "ran\n"), "{}", done.err);
}

#[test]
fn a_voters_program_does_not_vote_for_a_person() {
    let world = World::new();
    // In the foreground, and as a process that has lost its parents.
    let voter = r#"evil="$MOAI" vote for --as anna; (setsid sh -c '"$MOAI" vote for --as anna; touch tried' &); until test -e tried; do sleep 0.05; done"#;
    let gate = world.start(["--rule", "all", "--voter", "anna=human", "--voter", voter, "--", "touch", "ran"]);
    until("both were refused", || world.of_kind("gate_refused").len() == 2);
    assert_eq!(world.of_kind("gate_refused")[0]["voter"], "anna");
    assert_eq!(world.call(["vote", "against", "--as", "anna"]).code, 0);
    let done = world.end(gate);
    assert_eq!(done.code, 120, "{}", done.err);
    assert!(done.err.contains("a vote in the name of anna was refused"), "{}", done.err);
    assert!(
        !world.has("ran")
            && world
                .ballots()
                .iter()
                .all(|ballot| ballot.voter.as_str() != "anna" || ballot.choice.as_str() == "against")
    );
}

#[test]
fn in_the_name_of_who_has_a_key_only_that_key_speaks() {
    let world = World::new();
    let key = world.call(["key", "anna.key"]).out.trim().to_owned();
    assert_eq!(world.call(["key", "other.key"]).code, 0);
    assert_eq!(world.call(["key", "--show", "anna.key"]).out.trim(), key);
    assert_eq!(world.call(["key", "anna.key"]).code, 2, "a key is never overwritten");
    let gate = world.start(["--rule", "all", "--voter", &format!("anna={key}"), "--", "echo", "ran"]);
    world.await_gate();
    assert_eq!(world.call(["vote", "for"]).code, 2);
    assert_eq!(world.call(["vote", "for", "--as", "anna", "--key", "other.key"]).code, 2);
    let signed = world.call(["vote", "for", "--key", "anna.key"]);
    assert_eq!(signed.code, 0, "{}", signed.err);
    let done = world.end(gate);
    assert_eq!((done.code, done.out.as_str()), (0, "ran\n"), "{}", done.err);
    assert!(world.ballots().pop().unwrap().is_signed());
}

#[test]
fn a_key_can_stop_what_is_open_and_what_is_approved() {
    for (voters, held) in
        [(&["--voter", "ben=human"][..], false), (&["--voter", "ben=true", "--rule", "any"][..], true)]
    {
        let world = World::new();
        let key = world.call(["key", "anna.key"]).out.trim().to_owned();
        let anna = format!("anna={key}");
        let args = [voters, &["--voter", &anna, "--veto", "1h", "--", "touch", "ran"]].concat();
        let gate = world.start(args);
        let held = format!("\"held\":{held}");
        until("it is as far", || world.call(["vote", "--json"]).out.contains(&held));
        assert_eq!(world.call(["vote", "veto", "--as", "anna"]).code, 2, "it is not signed");
        let veto = world.call(["vote", "veto", "--key", "anna.key", "--because", "not today"]);
        assert_eq!(veto.code, 0, "{}", veto.err);
        let done = world.end(gate);
        assert_eq!(done.code, 121, "{}", done.err);
        assert!(!world.has("ran"));
    }
}

#[test]
fn where_the_path_of_the_store_is_long_people_vote_all_the_same() {
    let world = World::new();
    let store = world.path(&"long".repeat(40));
    let args = ["--voter", "anna=human", "--", "echo", "ran"];
    let gate = world.moai(["gate"]).args(args).env("MOAI_STORE", &store).spawn().unwrap();
    until("a gate is open", || world.moai(["vote"]).env("MOAI_STORE", &store).output().unwrap().status.success());
    assert!(world.moai(["vote", "for"]).env("MOAI_STORE", &store).output().unwrap().status.success());
    let done = world.end(gate);
    assert_eq!((done.code, done.out.as_str()), (0, "ran\n"), "{}", done.err);
}

#[test]
fn who_signs_two_things_is_a_proven_liar() {
    use moai_flow::consensus::{Choice, Reply, Request, SigningKey};
    use std::io::{BufRead as _, BufReader};

    let world = World::new();
    let key = world.call(["key", "anna.key"]).out.trim().to_owned();
    let gate =
        world.start(["--rule", "all", "--voter", &format!("anna={key}"), "--voter", "ben=human", "--", "touch", "ran"]);
    let name = world.await_gate();
    let secret = SigningKey::load(world.path("anna.key")).unwrap();
    let stream = std::os::unix::net::UnixStream::connect(world.socket(&name)).unwrap();
    let mut stream = BufReader::new(stream);
    let mut call = |call: &str| {
        stream.get_mut().write_all(format!("{call}\n").as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line
    };
    let seen: serde_json::Value = serde_json::from_str(&call("\"look\"")).unwrap();
    let hex = seen["look"]["request"].as_str().unwrap();
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    let request = Request::from_bytes(&bytes, &moai_flow::Limits::default()).unwrap();
    let mut say = |choice| {
        let ballot = request.ballot(moai_flow::AgentId::new("anna").unwrap(), choice).sign(&secret);
        let hex: String = Reply::Ballot(ballot).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        call(&format!("{{\"take\":{{\"ballot\":\"{hex}\",\"veto\":false}}}}"))
    };
    assert_eq!(say(Choice::For).trim(), "\"taken\"");
    let second = say(Choice::Against);
    assert!(second.contains("voted differently") || second.is_empty(), "{second}");
    let done = world.end(gate);
    assert_eq!(done.code, 124, "{}", done.err);
    assert!(!world.has("ran"));
}
