//! Voters that are programs, good and bad.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use crate::world::World;

#[test]
fn an_approved_command_runs_and_its_exit_code_is_passed_on() {
    let world = World::new();
    let done = world.gate([
        "--rule",
        "2of3",
        "--voter",
        "a=true",
        "--voter",
        "b=echo no; exit 1",
        "--voter",
        "c=echo fine",
        "--status-file",
        "status.json",
        "--",
        "sh",
        "-c",
        "echo said; exit 7",
    ]);
    assert_eq!((done.code, done.out.as_str()), (7, "said\n"), "{}", done.err);
    let status: serde_json::Value = serde_json::from_slice(&std::fs::read(world.path("status.json")).unwrap()).unwrap();
    assert_eq!((&status["decision"], &status["ran"], &status["code"]), (&"approved".into(), &true.into(), &7.into()));
    assert!(done.err.contains(&format!("head {}", status["head"].as_str().unwrap())), "{}", done.err);
    assert_eq!((world.of_kind("gate_started").len(), world.of_kind("gate_finished").len()), (1, 1));
}

#[test]
fn every_end_has_its_number_and_only_an_approval_runs_anything() {
    let world = World::new();
    for (code, args) in [
        (120, &["--rule", "all", "--voter", "a=exit 1", "--voter", "b=exit 2"][..]),
        (120, &["--voter", "a=true", "--voter", "b=exit 1", "--voter", "c=exit 1"]),
        (122, &["--timeout", "300ms", "--voter", "a=sleep 600"]),
        (123, &["--rule", "all", "--voter", "a=true", "--voter", "b=kill -9 $$"]),
        (123, &["--rule", "all", "--voter", "a=true", "--voter", "b=no-such-program-here"]),
        (2, &["--rule", "4of3", "--voter", "a=true"]),
        (2, &["--rule", "groups>=2", "--voter", "a=true"]),
        (2, &[]),
    ] {
        let mut args = args.to_vec();
        args.extend(["--status-file", "status.json", "--", "touch", "ran"]);
        let done = world.gate(&args);
        assert_eq!(done.code, code, "{args:?}: {}", done.err);
        assert!(!world.has("ran"), "{args:?}");
        let status: serde_json::Value =
            serde_json::from_slice(&std::fs::read(world.path("status.json")).unwrap()).unwrap();
        assert_eq!((&status["exit"], &status["ran"]), (&code.into(), &false.into()), "{args:?}");
    }
    assert_eq!(world.gate(["--voter", "a=true", "--", "no-such-program-here"]).code, 127);
    let text = world.write("text", "no program");
    assert_eq!(world.gate([OsString::from("--voter"), "a=true".into(), "--".into(), text.into()]).code, 126);
    assert_eq!(world.gate(["--voter", "a=true", "--", "sh", "-c", "kill -TERM $$"]).code, 128 + 15);
    assert!(world.of_kind("gate_ended").len() == 5 && world.of_kind("gate_started").len() == 1);
}

#[test]
fn an_abstention_is_no_vote_for_it() {
    let world = World::new();
    assert_eq!(world.gate(["--rule", "any", "--voter", "a=exit 77", "--", "touch", "ran"]).code, 120);
    assert!(!world.has("ran"));
}

#[test]
fn a_voter_that_is_no_longer_needed_is_stopped_with_all_it_started() {
    let world = World::new();
    let hangs = "slow=sleep 600 & setsid sleep 601 & (setsid sh -c 'sleep 602 & sleep 603' &) ; touch up; sleep 604";
    let waits = "quick=until test -e up; do sleep 0.05; done";
    let done = world.gate(["--rule", "any", "--voter", hangs, "--voter", waits, "--", "echo", "ran"]);
    assert_eq!((done.code, done.out.as_str()), (0, "ran\n"), "{}", done.err);
}

#[test]
fn orphans_that_end_while_their_voter_runs_stay_in_the_table_of_processes() {
    let world = World::new();
    let voter = "a=for i in $(seq 200); do (true &) ; done
        until test $(grep -ls \"^PPid:[[:space:]]*$PPID\\$\" /proc/[0-9]*/status | wc -l) = 1; do sleep 0.05; done";
    let done = world.gate(["--timeout", "20s", "--voter", voter, "--", "touch", "ran"]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn what_a_voter_leaves_behind_is_ended_before_anything_runs() {
    let world = World::new();
    let leaves =
        "a=for i in 1 2 3 4 5 6 7 8 9; do (setsid sleep 600 &) ; done; nohup sleep 601 >/dev/null 2>&1 & exit 0";
    // The command looks for everything that has the mark of this world, and names it.
    let looks = r#"for p in /proc/[0-9]*; do
        if tr '\0' '\n' < "$p/environ" 2>/dev/null | grep -qx "MOAI_TEST_WORLD=$MOAI_TEST_WORLD"; then tr '\0' ' ' < "$p/cmdline"; echo; fi
    done"#;
    let done = world.gate(["--voter", leaves, "--", "sh", "-c", looks]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("sh -c") && !done.out.lines().any(|line| line.starts_with("sleep")), "{}", done.out);
}

#[test]
fn a_voter_that_ends_its_keeper_has_no_vote_and_leaves_nothing() {
    let world = World::new();
    let done = world.gate(["--voter", "a=setsid sleep 600 & kill -9 $PPID; exit 0", "--", "touch", "ran"]);
    assert_eq!(done.code, 123, "{}", done.err);
    assert!(!world.has("ran"));
}

#[test]
fn a_flood_is_counted_and_not_kept() {
    let world = World::new();
    let flood = "a=yes | head -c 50000000; echo; echo the end";
    let done = world.gate(["--voter", flood, "--", "true"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let ballot = world.ballots().pop().unwrap();
    assert_eq!(ballot.metadata.get("output_bytes").unwrap().as_u64(), Some(50_000_009));
    assert_eq!(ballot.reason, "the end");
    assert!(ballot.metadata.get("output_end").unwrap().as_text().unwrap().len() <= 6 << 10);
    // One that never ends holds nobody up.
    assert_eq!(world.gate(["--rule", "any", "--voter", "a=yes", "--voter", "b=sleep 0.2", "--", "true"]).code, 0);
}

#[test]
fn what_is_no_utf8_is_passed_on_as_it_is() {
    let world = World::new();
    let argument = OsString::from_vec(b"\xff\xfe end".to_vec());
    let mut args: Vec<OsString> =
        ["--voter", r"a=printf 'bad \377\n'", "--", "printf", "%s"].map(OsString::from).into();
    args.push(argument);
    let output = world.moai(["gate"]).args(args).output().unwrap();
    assert_eq!(output.stdout, b"\xff\xfe end", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.ballots().pop().unwrap().reason, "bad \u{fffd}");
    let opened = world.of_kind("consensus_opened").pop().unwrap();
    assert!(
        opened.to_string().contains(r"\\\\xff\\\\xfe end") || opened.to_string().contains(r"\\xff\\xfe end"),
        "{opened}"
    );
}

#[test]
fn many_gates_at_once_share_one_journal() {
    let world = World::new();
    let started: Vec<_> = (0..6)
        .map(|number| {
            let (name, vote) = (format!("ran-{number}"), if number % 2 == 0 { "a=true" } else { "a=exit 1" });
            world.start(["--voter", vote, "--voter", "b=true", "--rule", "all", "--", "touch", &name])
        })
        .collect();
    for (number, child) in started.into_iter().enumerate() {
        let done = child.wait_with_output().unwrap();
        let code = if number % 2 == 0 { 0 } else { 120 };
        assert_eq!(done.status.code(), Some(code), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(world.has(&format!("ran-{number}")), number % 2 == 0);
    }
    assert_eq!((world.of_kind("gate_started").len(), world.of_kind("gate_ended").len()), (3, 3));
}

#[test]
fn voters_have_no_terminal_and_know_what_is_asked() {
    let world = World::new();
    let asks = r#"a=test ! -e /dev/tty || ! (: < /dev/tty) 2>/dev/null || exit 1; read line && exit 2; test "$MOAI_VOTER" = a || exit 3
        case "$MOAI_COMMAND" in "echo 'two words'") ;; *) exit 4;; esac; echo "$MOAI_CONTENT" | grep -q '"action":"run"'"#;
    let done = world.gate(["--voter", asks, "--", "echo", "two words"]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn a_named_gate_runs_where_its_file_lies() {
    let world = World::new();
    world.write("moai.toml", "[gate.say]\ncommand = [\"pwd\"]\nrule = \"all\"\nvoters.a = \"true\"\n");
    std::fs::create_dir(world.path("below")).unwrap();
    let output = world.moai(["gate", "say"]).current_dir(world.path("below")).output().unwrap();
    let here = std::fs::canonicalize(world.path(".")).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), here.display().to_string());
    let done = world.gate(["sya"]);
    assert!(done.code == 2 && done.err.contains("there are: say"), "{}", done.err);
}
