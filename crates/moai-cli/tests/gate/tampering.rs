//! Voters that lay hands on what belongs to their gate, and surroundings that do.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::world::{Done, World, kill, pass, until};

/// Runs this in the folder of a gate that is open, as a voter of it that is for it then.
fn tampered(world: &World, deed: &str) -> Done {
    let voter = format!("evil=cd \"$MOAI_STORE/gates/$MOAI_GATE\" && {deed}");
    world.gate(["--voter", &voter, "--", "touch", "ran"])
}

#[test]
fn where_people_vote_somebody_else_answers() {
    for deed in ["mv socket old && : > socket", "mv socket old && mkfifo socket"] {
        let world = World::new();
        let done = tampered(&world, deed);
        assert!(done.code == 124 && !world.has("ran"), "{deed}: {} {}", done.code, done.err);
        assert!(done.err.contains("by which people vote"), "{}", done.err);
        world.verify();
    }
    // Where it is gone nobody can stop what is approved; where nobody could anyhow it is no loss.
    let gone = "evil=rm \"$MOAI_STORE/gates/$MOAI_GATE/socket\"";
    for (veto, code) in [("1h", 124), ("0s", 0)] {
        let world = World::new();
        let done = world.gate(["--veto", veto, "--voter", gone, "--", "touch", "ran"]);
        assert_eq!((done.code, world.has("ran")), (code, code == 0), "{}", done.err);
    }
}

#[test]
fn a_gate_that_lives_passes_for_dead() {
    for deed in ["rm lock", "rm lock && : > lock", "cp lock new && mv new lock"] {
        let world = World::new();
        let done = tampered(&world, deed);
        assert!(done.code == 124 && !world.has("ran"), "{deed}: {} {}", done.code, done.err);
        world.verify();
    }
}

#[test]
fn what_lies_among_the_gates_holds_up_all_later_ones() {
    let world = World::new();
    let deed = "cd .. && mkdir g-aaaa g-bbbb .new-g-cccc && mkfifo g-aaaa/where g-bbbb/lock .new-g-cccc/lock";
    assert_eq!(tampered(&world, deed).code, 0);
    assert!(world.path("store/gates/g-aaaa/where").exists());
    let gate = world.start(["--voter", "anna=human", "--", "true"]);
    world.await_gate();
    assert_eq!(world.call(["vote", "for"]).code, 0);
    assert_eq!(world.end(gate).code, 0);
    for left in ["g-aaaa", "g-bbbb"] {
        fs::remove_dir_all(world.path("store/gates").join(left)).unwrap();
    }
}

#[test]
fn another_journal_with_as_many_records_is_gone_on_with() {
    let world = World::new();
    let other = World::new();
    for _ in 0..9 {
        assert_eq!(other.gate(["--voter", "a=true", "--", "true"]).code, 0);
    }
    let deed = format!("rm -f ../../journal.db* && cp {}/journal.db* ../..", other.path("store").display());
    let done = tampered(&world, &deed);
    assert!(done.code == 125 && !world.has("ran"), "{} {}", done.code, done.err);
    assert!(done.err.contains("somebody has put another journal in its place"), "{}", done.err);
    // What is there is no record of a vote.
    fs::remove_dir_all(world.path("store")).unwrap();
}

#[test]
fn a_copy_that_may_not_be_read_any_more_is_no_copy() {
    let world = World::new();
    world.write("plan", "the plan");
    let run = ["--voter", "evil=chmod 000 {plan}", "--file", "plan=plan", "--", "cat", "{plan}"];
    let done = world.gate(run);
    assert_eq!((done.code, done.out.as_str()), (0, "the plan"), "{}", done.err);
}

#[test]
fn a_voter_takes_a_vote_in_the_place_of_its_gate() {
    let world = World::new();
    if world.command("python3", ["-c", ""]).status().is_err() {
        return eprintln!("skipped: there is no python here");
    }
    world.write(
        "serve.py",
        "import os, socket
os.chdir(os.environ['MOAI_STORE'] + '/gates/' + os.environ['MOAI_GATE'])
os.rename('socket', 'real')
line = socket.socket(socket.AF_UNIX)
line.bind('socket')
line.listen()
open('up', 'w').close()
while True:
    caller = line.accept()[0]
    if caller.recv(1 << 20): caller.sendall(b'\"taken\"\\n')
",
    );
    let gate = world.start([
        "--rule",
        "all",
        "--timeout",
        "20s",
        "--voter",
        "anna=human",
        "--voter",
        "evil=python3 serve.py",
        "--",
        "true",
    ]);
    let gates = world.path("store/gates");
    until("it serves", || {
        fs::read_dir(&gates).into_iter().flatten().flatten().any(|gate| gate.path().join("up").exists())
    });
    let vetoed = world.call(["vote", "against", "--as", "anna"]);
    assert_eq!(vetoed.code, 125, "{}", vetoed.err);
    assert!(vetoed.err.contains("a program that a voter has started answers"), "{}", vetoed.err);
    kill(&gate, 15);
    assert_eq!(world.end(gate).code, 128 + 15);
}

#[test]
fn a_gate_that_was_stopped_passes_over_a_veto() {
    let world = World::new();
    let gate = world.start(["--veto", "2s", "--voter", "a=true", "--", "touch", "ran"]);
    until("it is held", || world.call(["vote", "--json"]).out.contains("\"held\":true"));
    kill(&gate, 19);
    pass(Duration::from_secs(6));
    kill(&gate, 18);
    let done = world.end(gate);
    assert!(done.code == 122 && !world.has("ran"), "{} {}", done.code, done.err);
    assert!(done.err.contains("could hear nobody"), "{}", done.err);
    world.verify();
}

#[test]
fn in_a_container_with_the_processes_of_another_a_gate_is_opened() {
    let world = World::new();
    let contained = |gate: &str| {
        let line = format!("exec unshare --map-root-user --pid --fork --kill-child {gate}");
        Done::from(world.command("sh", ["-c", &line]).stdin(Stdio::null()).output().unwrap())
    };
    if contained("true").code != 0 {
        return eprintln!("skipped: there are no containers here");
    }
    let done = contained("\"$MOAI\" gate --voter a=true -- touch ran");
    assert!(done.code == 125 && !world.has("ran"), "{} {}", done.code, done.err);
    assert!(done.err.contains("the processes of another container"), "{}", done.err);
}

#[test]
fn where_nobody_wants_to_know_how_children_end_a_command_that_ran_is_said_not_to_have_run() {
    let world = World::new();
    let line = "import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(os.environ['MOAI'], ['moai', 'gate', '--voter', 'a=true', '--', 'sh', '-c', 'touch ran; exit 7'])
";
    match world.command("python3", ["-c", line]).output() {
        Err(_) => eprintln!("skipped: there is no python here"),
        Ok(done) => {
            let done = Done::from(done);
            assert!(done.code == 7 && world.has("ran"), "{} {}", done.code, done.err);
            world.verify();
        }
    }
}

#[test]
fn a_voter_of_another_file_of_this_program_votes_for_a_person() {
    let world = World::new();
    fs::copy(env!("CARGO_BIN_EXE_moai"), world.path("other")).unwrap();
    let gate = world.start(["--rule", "all", "--voter", "anna=human", "--", "touch", "ran"]);
    let name = world.await_gate();
    // What watches over it is ended, and it becomes a child of the other gate.
    let voter = format!(
        "evil=(setsid sh -c 'kill -9 '$PPID'; until test $(cut -d\" \" -f4 /proc/$$/stat) != '$PPID'; do :; done; \
         \"$MOAI\" vote {name} for --as anna; touch tried') & wait"
    );
    let evil =
        world.command("./other", ["gate", "--timeout", "20s", "--voter", &voter, "--", "true"]).output().unwrap();
    let refused = Done::from(evil);
    assert!(!world.has("ran"), "{}", refused.err);
    assert_eq!(world.call(["vote", &name, "against", "--as", "anna"]).code, 0);
    assert_eq!(world.end(gate).code, 120);
}

#[test]
fn a_status_file_takes_the_place_of_something_that_is_needed() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let before = world.records().len();
    let plan = world.write("plan", "the plan");
    let script = world.script("script", "touch ran");
    fs::create_dir(world.path("folder")).unwrap();
    assert!(world.command("mkfifo", ["pipe"]).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/null", world.path("link")).unwrap();
    for status in
        ["store/journal.db", "store/status", "plan", "./plan", "script", "folder", "pipe", "link", "/dev/null"]
    {
        let args = ["--status-file", status, "--file", "plan=plan", "--voter", "a=true", "--", "./script"];
        let done = world.gate(args);
        assert!(done.code == 2 && !world.has("ran"), "{status}: {} {}", done.code, done.err);
        assert!(done.err.contains("--status-file"), "{}", done.err);
    }
    assert_eq!((fs::read_to_string(plan).unwrap().as_str(), world.records().len()), ("the plan", before));
    assert!(fs::read_to_string(script).unwrap().starts_with("#!"));
    // Nor where something else is wrong.
    let wrong = ["--status-file", "plan", "--file", "plan=plan", "--rule", "5of2", "--voter", "a=true", "--", "true"];
    assert_eq!(world.gate(wrong).code, 2);
    assert_eq!(fs::read_to_string(world.path("plan")).unwrap(), "the plan");
    // One of an earlier gate is replaced.
    for code in [0, 0] {
        let args = ["--status-file", "status.json", "--file", "plan=plan", "--voter", "a=true", "--", "true"];
        assert_eq!(world.gate(args).code, code);
    }
}

#[test]
fn who_is_outside_of_the_container_of_a_gate_cannot_stop_it() {
    let world = World::new();
    let contained = |gate: &[&str]| {
        let mut command =
            world.command("unshare", ["--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"]);
        command.args(gate);
        command
    };
    if !contained(&["true"]).status().is_ok_and(|tried| tried.success()) {
        return eprintln!("skipped: there are no containers here");
    }
    let gate = [env!("CARGO_BIN_EXE_moai"), "gate", "--veto", "1h", "--voter", "a=true", "--", "touch", "ran"];
    let gate = contained(&gate).spawn().unwrap();
    until("it is held", || world.call(["vote", "--json"]).out.contains("\"held\":true"));
    let vetoed = world.call(["vote", "veto"]);
    assert_eq!(vetoed.code, 0, "{}", vetoed.err);
    let done = world.end(gate);
    assert!(done.code == 121 && !world.has("ran"), "{} {}", done.code, done.err);
}
