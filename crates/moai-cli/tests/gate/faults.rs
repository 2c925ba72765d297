//! What goes wrong around a gate.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr};
use std::time::Duration;

use crate::world::{INTERRUPT, KILL, World, heeds, kill, pass, send, until};

#[test]
fn a_gate_that_is_killed_leaves_no_process_and_the_next_one_says_so() {
    let world = World::new();
    let voter = "a=setsid sleep 600 & (setsid sleep 601 &); touch up; sleep 602";
    let mut gate = world.start(["--voter", voter, "--voter", "b=true", "--rule", "all", "--", "touch", "ran"]);
    world.await_file("up");
    until("one ballot is on the record", || world.ballots().len() == 1);
    kill(&gate, KILL);
    gate.wait().unwrap();
    world.nothing_is_left();
    let next = world.gate(["--voter", "a=true", "--", "true"]);
    assert!(next.code == 0 && next.err.contains("has died") && next.err.contains("nothing ran"), "{}", next.err);
    assert_eq!(world.of_kind("gate_ended")[0]["why"], "broken");
    assert!(!world.gate(["--voter", "a=true", "--", "true"]).err.contains("has died"), "it is said once");
    assert!(!world.has("ran"));
}

#[test]
fn a_gate_that_failed_before_it_asked_spoils_the_record() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let before = world.records().len();
    let failed = world.gate(["--voter", "a=true", "--status-file", "no/such/folder", "--", "touch", "ran"]);
    assert!(failed.code == 125 && !world.has("ran"), "{}", failed.err);
    assert_eq!(world.records().len(), before, "what was never asked has no end");
    world.verify();
    let next = world.gate(["--voter", "a=true", "--", "true"]);
    assert!(next.code == 0 && !next.err.contains("has died"), "{}", next.err);
    world.verify();
}

#[test]
fn a_voter_that_is_named_twice_is_dropped_without_a_word() {
    let world = World::new();
    let done = world.gate(["--rule", "1of1", "--voter", "a=false", "--voter", "a=true", "--", "touch", "ran"]);
    assert!(done.code == 2 && done.err.contains("stands there twice") && !world.has("ran"), "{}", done.err);
}

#[test]
fn a_gate_that_is_killed_while_its_command_runs_is_not_said_to_have_run_nothing() {
    let world = World::new();
    let mut gate =
        world.start(["--voter", "a=true", "--", "sh", "-c", "touch started; until test -e go; do sleep 0.05; done"]);
    world.await_file("started");
    kill(&gate, KILL);
    gate.wait().unwrap();
    world.write("go", "");
    world.nothing_is_left();
    let next = world.gate(["--voter", "a=true", "--", "true"]);
    assert!(next.err.contains("had been started"), "{}", next.err);
}

#[test]
fn a_signal_while_it_is_open_stops_everything() {
    for (signal, code) in [(1, 129), (2, 130), (15, 143)] {
        let world = World::new();
        let voter = "a=setsid sleep 600 & touch up; sleep 601";
        let gate = world.start(["--voter", voter, "--status-file", "status.json", "--", "touch", "ran"]);
        world.await_file("up");
        kill(&gate, signal);
        let done = world.end(gate);
        assert_eq!(done.code, code, "{}", done.err);
        assert!(!world.has("ran") && world.of_kind("gate_ended")[0]["why"] == "interrupted");
        let status = std::fs::read_to_string(world.path("status.json")).unwrap();
        assert!(status.contains("\"interrupted\""), "{status}");
    }
}

#[test]
fn a_signal_while_it_waits_for_a_veto_stops_it() {
    let world = World::new();
    let gate = world.start(["--voter", "a=true", "--veto", "1h", "--", "touch", "ran"]);
    until("it is held", || world.call(["vote", "--json"]).out.contains("\"held\":true"));
    kill(&gate, 15);
    assert_eq!(world.end(gate).code, 143);
    assert!(!world.has("ran"));
}

#[test]
fn a_signal_while_the_command_runs_goes_to_the_command() {
    let world = World::new();
    let command = "trap 'echo caught; exit 9' TERM; touch started; while :; do sleep 0.05; done";
    let gate = world.start(["--voter", "a=true", "--", "sh", "-c", command]);
    world.await_file("started");
    kill(&gate, 15);
    let done = world.end(gate);
    assert_eq!((done.code, done.out.as_str()), (9, "caught\n"), "{}", done.err);
    assert_eq!(world.of_kind("gate_finished")[0]["code"], 9);
}

#[test]
fn who_ignores_hang_ups_is_not_ended_by_one() {
    let world = World::new();
    let line =
        r#"trap '' HUP; exec "$MOAI" gate --voter 'a=touch up; until test -e go; do sleep 0.05; done' -- echo ran"#;
    let gate = world.command("sh", ["-c", line]).spawn().unwrap();
    world.await_file("up");
    send(&gate, 1);
    world.write("go", "");
    let done = world.end(gate);
    assert_eq!((done.code, done.out.as_str()), (0, "ran\n"), "{}", done.err);
}

#[test]
fn without_room_for_the_record_nothing_runs() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let before = world.records().len();
    // Files of this size at the most, for the gate and all below it.
    let line = r#"ulimit -f 8; exec "$MOAI" gate --voter 'a=true' -- touch ran"#;
    let done = world.end(world.command("sh", ["-c", line]).spawn().unwrap());
    assert_eq!(done.code, 125, "{}", done.err);
    assert!(!world.has("ran"));
    // With room again, it goes on.
    assert_eq!(world.gate(["--voter", "a=true", "--", "touch", "ran"]).code, 0);
    assert!(world.has("ran") && world.records().len() > before);
}

#[test]
fn however_little_room_there_is_nothing_runs_that_is_not_on_the_record() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let (mut codes, mut said, mut stopped_half_way) = (Vec::new(), String::new(), false);
    for blocks in [8, 32, 64, 80, 96, 112, 128, 144, 160, 200, 300, 450, 700, 1_000, 4_000] {
        let before = world.of_kind("gate_started").len();
        let _ = std::fs::remove_file(world.path("ran"));
        let talks = "a=yes noise | head -c 9000";
        let line = format!(
            r#"ulimit -f {blocks}; exec "$MOAI" gate --voter '{talks}' --voter 'b=sleep 0.1' --rule all -- touch ran"#
        );
        let done = world.end(world.command("sh", ["-c", &line]).spawn().unwrap());
        let started = world.of_kind("gate_started").len() > before;
        assert!(
            matches!((done.code, world.has("ran")), (0, true) | (125, false)),
            "{blocks}: {} {}",
            done.code,
            done.err
        );
        assert_eq!(started, world.has("ran"), "{blocks}: {}", done.err);
        stopped_half_way |= done.code == 125 && done.err.contains("asks a, b");
        codes.push(done.code);
        said = done.err;
        world.verify();
    }
    assert!(codes.first() == Some(&125) && codes.last() == Some(&0) && stopped_half_way, "{codes:?} {said}");
}

/// A small disk that is filled up but for so many KiB each time, and what becomes of a gate then.
const FULL: &str = r#"
mount -t tmpfs -o size=2m none "$MOAI_STORE" 2>/dev/null || exit 99
"$MOAI" gate -q --voter a=true -- true || exit 1
for free in 0 4 8 16 24 32 48 64 96 128 192 256 512 1024; do
    rm -f ran; before=$("$MOAI" export | grep -c '"gate_started"')
    room=$(df -k --output=avail "$MOAI_STORE" | tail -n 1)
    head -c $(((room - free) * 1024)) /dev/zero > "$MOAI_STORE/fill"
    "$MOAI" gate --voter 'a=yes noise | head -c 9000' --voter b=true --rule all -- touch ran 2> said; code=$?
    rm "$MOAI_STORE/fill"
    started=$(($("$MOAI" export | grep -c '"gate_started"') - before))
    test -e ran && ran=1 || ran=0
    "$MOAI" verify -q > /dev/null; echo "$free $code $ran $started $? $(tr '\n' ' ' < said)"
done"#;

#[test]
fn on_a_full_disk_something_runs_that_is_not_on_the_record() {
    let world = World::new();
    std::fs::create_dir(world.path("store")).unwrap();
    let done = world.end(world.command("unshare", ["-Urm", "sh", "-c", FULL]).spawn().unwrap());
    if done.code == 99 || done.out.is_empty() && done.err.contains("unshare") {
        return eprintln!("skipped: no disk can be mounted here: {}", done.err);
    }
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let rows: Vec<Vec<&str>> = done.out.lines().map(|line| line.splitn(6, ' ').collect()).collect();
    for row in &rows {
        let [_, code, ran, started, verified, said] = row[..] else { panic!("{row:?}") };
        assert!(matches!((code, ran), ("0", "1") | ("125", "0")), "{row:?}");
        assert_eq!((ran, verified), (started, "0"), "{row:?}");
        assert!(code == "0" || said.contains("nothing") || said.contains("may be half done"), "{row:?}");
    }
    let code_of = |row: Option<&Vec<&str>>| row.and_then(|row| row.get(1).copied().map(str::to_owned)).unwrap();
    assert_eq!(
        (rows.len(), code_of(rows.first()), code_of(rows.last())),
        (14, "125".into(), "0".into()),
        "{}",
        done.out
    );
}

#[test]
fn a_journal_that_is_exchanged_during_a_vote_ends_the_gate() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let done = world.gate(["--voter", "a=sleep 0.2; rm -f \"$MOAI_STORE\"/journal.db*", "--", "touch", "ran"]);
    assert_eq!(done.code, 125, "{}", done.err);
    assert!(!world.has("ran"));
    // What is there is no record of a vote; a new one begins.
    std::fs::remove_dir_all(world.path("store")).unwrap();
}

#[test]
fn who_stops_its_keeper_is_ended_all_the_same() {
    let world = World::new();
    let voter = "a=setsid sleep 600 & kill -STOP $PPID; touch up; sleep 601";
    let gate = world.start(["--timeout", "500ms", "--voter", voter, "--", "touch", "ran"]);
    let done = world.end(gate);
    assert_eq!(done.code, 122, "{}", done.err);
    assert!(world.has("up") && !world.has("ran"));
}

/// In a container of its own, into which it was put by a process outside: its group and its session have no number here. The
/// first process of it tells which others are left.
const CONTAINED: &str = r#"exec setsid --wait unshare --map-root-user --pid --fork --mount-proc --kill-child sh -c '
    "$MOAI" gate --voter "a=setsid sleep 600 & (setsid sleep 601 &); kill -9 \$PPID" --timeout 10s -- touch ran
    echo $? /proc/[0-9]*
    "$MOAI" gate --voter "a=setsid sleep 600 & (sleep 601 &) ; true" -- sh -c "touch ran; kill -INT \$PPID; exec sleep 60"
    echo $? /proc/[0-9]*'"#;

#[test]
fn where_groups_are_those_of_a_process_outside_nothing_ends_what_is_left() {
    heeds(INTERRUPT);
    let world = World::new();
    let allowed = world.command("unshare", ["--map-root-user", "--pid", "--fork", "--mount-proc", "true"]).status();
    if !allowed.is_ok_and(|tried| tried.success()) {
        return eprintln!("skipped: there are no containers here");
    }
    let done: crate::world::Done = world.command("sh", ["-c", CONTAINED]).output().unwrap().into();
    assert_eq!(done.out, "123 /proc/1\n130 /proc/1\n", "{}", done.err);
    assert!(world.has("ran"));
    // The first process of it is a gate.
    let line = r#"exec unshare --map-root-user --pid --fork --mount-proc --kill-child "$MOAI" gate --voter "a=sleep 600 & true" -- sh -c "echo /proc/[0-9]*; exit 7""#;
    let done: crate::world::Done = world.command("sh", ["-c", line]).output().unwrap().into();
    assert_eq!(done.code, 7, "{}", done.err);
    assert_eq!(done.out.split_whitespace().count(), 2, "itself and the command: {}", done.out);
    world.verify();
}

#[test]
fn processes_that_were_there_before_are_left_alone() {
    let world = World::new();
    let line = r#"sleep 603 & echo $! > pid; exec "$MOAI" gate --voter a=true -- sh -c 'kill -0 $(cat pid) && kill $(cat pid)'"#;
    let done = world.end(world.command("sh", ["-c", line]).spawn().unwrap());
    assert_eq!(done.code, 0, "{}", done.err);
}

/// A gate that passes through every stage, and tells of each.
const STAGES: [&str; 10] =
    ["--json", "--voter", "a=sleep 0.05", "--veto", "100ms", "--", "sh", "-c", "touch ran; sleep 0.3", "sh"];

/// Signals at one moment after the other: whatever it was doing, only what is on the record runs.
fn at_every_moment(signal: i32, codes: &[i32]) {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    for stage in ["opened", "decided", "held", "started"] {
        for millis in [0, 2, 5, 11, 23] {
            signalled(&world, &format!("{millis} ms behind {stage}"), signal, codes, |_, told| {
                told.until(stage);
                pass(Duration::from_millis(millis));
                None
            });
        }
    }
    // While its start is written down: whoever watches may be too late for that.
    until("it waited for the record of its start", || {
        let (before, mut waited) = (world.records(), false);
        signalled(&world, "at its start", signal, codes, |gate, _| {
            let turn = world.take_turn_before_start(gate, &before, 2);
            waited = turn.is_some();
            turn
        });
        waited
    });
    // Also before it told anything, and later and later, until that was before its start and behind it.
    let (mut before, mut behind, mut millis) = (0, 0, 0);
    until("it was signalled before the start and behind it", || {
        let waits = |_: &mut Child, _: &mut Told| {
            pass(Duration::from_millis(millis));
            None
        };
        match signalled(&world, &format!("after {millis} ms"), signal, codes, waits) {
            Some(true) => behind += 1,
            Some(false) => before += 1,
            // That was too late.
            None => millis -= millis / 4,
        }
        millis += 15 + millis / 5;
        before >= 2 && behind >= 2
    });
    let next = world.gate(["--voter", "a=true", "--", "true"]);
    assert_eq!(next.code, 0, "{}", next.err);
}

/// What a gate tells.
struct Told(BufReader<ChildStderr>, String);

impl Told {
    fn until(&mut self, stage: &str) {
        let event = format!("\"event\":\"{stage}\"");
        while !self.1.contains(&event) {
            assert!(self.0.read_line(&mut self.1).unwrap() > 0, "it was never {stage}: {}", self.1);
        }
    }
}

/// Signals a gate that has come so far; what it waits for is given back then. Whether its start is on the record; nothing where
/// it had ended.
fn signalled(
    world: &World,
    when: &str,
    signal: i32,
    codes: &[i32],
    come: impl FnOnce(&mut Child, &mut Told) -> Option<File>,
) -> Option<bool> {
    let _ = std::fs::remove_file(world.path("ran"));
    let started = world.of_kind("gate_started").len();
    let mut gate = world.start(STAGES);
    let mut told = Told(BufReader::new(gate.stderr.take().unwrap()), String::new());
    let waited_for = come(&mut gate, &mut told);
    let was_there = gate.try_wait().unwrap().is_none();
    if was_there {
        kill(&gate, signal);
    }
    drop(waited_for);
    let done = world.end(gate);
    told.0.read_to_string(&mut told.1).unwrap();
    let when = format!("{when}: {} {}", done.code, told.1);
    assert!(codes.contains(&done.code), "{when}");
    let is_on_record = world.of_kind("gate_started").len() > started;
    assert!(is_on_record || !world.has("ran"), "{when}");
    assert!(done.code != 0 || world.has("ran"), "{when}");
    // Or it was passed on to the command.
    let passed_on = || world.of_kind("gate_finished").pop().is_some_and(|ended| ended["signal"] == signal);
    assert!(done.code != 130 || !world.has("ran") || passed_on(), "{when}");
    world.verify();
    was_there.then_some(is_on_record)
}

#[test]
fn at_whatever_moment_it_is_interrupted_nothing_runs_unapproved() {
    // Before it watches for signals it is ended as any program is.
    at_every_moment(INTERRUPT, &[0, 130, 1_002]);
}

#[test]
fn at_whatever_moment_it_is_killed_nothing_runs_unapproved() {
    at_every_moment(KILL, &[0, 1_009]);
}

/// A gate of nobody's, of whose voter a process becomes root's: `up` is a program that root lets everybody start as root.
const ANOTHER: &str = r#"
test "$(id -u)" = 0 && chmod 755 . && cp "$MOAI" moai && cp "$(command -v setpriv)" up && chmod 4755 up || exit 99
mkdir -p store && chown -R 65534:65534 store . && chown 0:0 up && chmod 4755 up || exit 99
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
$nobody ./up --reuid 0 --clear-groups true || exit 99
exec $nobody ./moai gate --voter "a=./up --reuid 0 --clear-groups sh -c 'echo \$\$ > pid; exec sleep 604' &
    until test -s pid; do sleep 0.05; done" -- touch ran"#;

#[test]
fn a_process_that_has_become_another_users_holds_up_the_end_or_is_not_told_of() {
    let world = World::new();
    let done = world.command("sh", ["-c", ANOTHER]).stdin(std::process::Stdio::null()).output().unwrap();
    let done: crate::world::Done = done.into();
    if done.code == 99 {
        return eprintln!("skipped: nobody can become another user here: {}", done.err);
    }
    assert!(done.code == 0 && world.has("ran"), "{}", done.err);
    assert!(done.err.contains("are another user's now, and run on: "), "{}", done.err);
    let pid: i32 = std::fs::read_to_string(world.path("pid")).unwrap().trim().parse().unwrap();
    let left = world.of_kind("gate_left").pop().unwrap();
    assert_eq!(left["processes"], serde_json::json!([pid]));
    assert!(world.call(["show"]).out.contains(&format!("and run on: {pid}\n")), "{}", world.call(["show"]).out);
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    world.nothing_is_left();
}

#[test]
fn what_lies_elsewhere_of_a_gate_that_was_killed_stays_there() {
    let world = World::new();
    let run = tempfile::tempdir_in("/tmp").unwrap();
    // A path that is too long for a socket.
    let store = world.path(&format!("{}/{}", "deep".repeat(20), "deeper".repeat(10)));
    std::fs::create_dir_all(&store).unwrap();
    let gate = |args: &[&str]| {
        let mut gate = world.moai(["gate", "--store"]);
        gate.arg(&store).args(args).env("XDG_RUNTIME_DIR", run.path());
        gate
    };
    let sockets = || std::fs::read_dir(run.path()).unwrap().count();
    let mut killed = gate(&["--voter", "a=touch up; sleep 600", "--", "touch", "ran"]).spawn().unwrap();
    world.await_file("up");
    assert_eq!(sockets(), 1);
    kill(&killed, KILL);
    killed.wait().unwrap();
    world.nothing_is_left();
    // And a folder of one that was killed when it had just begun.
    let begun = store.join("gates/.new-g-00000000");
    std::fs::create_dir(&begun).unwrap();
    assert_eq!(sockets(), 1);
    let next = gate(&["--voter", "a=true", "--", "true"]).output().unwrap();
    assert!(next.status.success(), "{next:?}");
    assert_eq!((sockets(), begun.exists()), (0, false));
}
