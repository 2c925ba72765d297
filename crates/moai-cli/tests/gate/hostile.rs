//! Programs that do what they can to have a command run that nobody approved, or to outlive the gate.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use moai_flow::consensus::{Choice, Reply, Request};
use moai_flow::{Limits, agent_id};
use serde_json::{Value, json};

use crate::world::{Done, MOAI, World, eventually, until};

#[test]
fn a_voter_of_one_gate_votes_for_a_person_of_another() {
    let world = World::new();
    let gate = world.start(["--rule", "all", "--voter", "anna=human", "--", "touch", "ran"]);
    let name = world.await_gate();
    // By its voter, by what that leaves behind, and by its command.
    for args in [
        vec![
            "--voter".to_owned(),
            format!("a=\"$MOAI\" vote {name} for --as anna; exit 1"),
            "--".into(),
            "true".into(),
        ],
        vec![
            "--voter".into(),
            format!("a=(setsid \"$MOAI\" vote {name} for --as anna & ) ; until test -e called; do sleep 0.05; done"),
            "--".into(),
            "true".into(),
        ],
        ["--voter", "a=true", "--", "sh", "-c", &format!("\"$MOAI\" vote {name} for --as anna")]
            .map(Into::into)
            .to_vec(),
    ] {
        let refused = world.of_kind("gate_refused").len();
        let other = world.moai(["gate"]).args(args).spawn().unwrap();
        until("it was refused", || world.of_kind("gate_refused").len() > refused);
        world.write("called", "");
        other.wait_with_output().unwrap();
        fs::remove_file(world.path("called")).unwrap();
    }
    assert_eq!(world.call(["vote", "against", "--as", "anna"]).code, 0);
    let done = world.end(gate);
    assert!(done.code == 120 && !world.has("ran"), "{}", done.err);
    assert!(done.err.contains("a process of another gate"), "{}", done.err);
}

/// A line to an open gate, as somebody has it who writes his own.
struct Line(BufReader<UnixStream>);

impl Line {
    fn to(world: &World, gate: &str) -> Self {
        Self(BufReader::new(UnixStream::connect(world.socket(gate)).unwrap()))
    }

    fn call(&mut self, call: &Value) -> Value {
        writeln!(self.0.get_mut(), "{call}").unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// What is asked at this moment.
    fn request(&mut self) -> Request {
        let seen = self.call(&json!("look"))["look"].take();
        let hex = seen["request"].as_str().unwrap().as_bytes().to_vec();
        let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
        let bytes: Vec<u8> = hex.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        Request::from_bytes(&bytes, &Limits::default()).unwrap()
    }

    /// What words are bound to at this moment, and whether that is the time for a veto.
    fn asked(&mut self) -> (String, bool) {
        let held = self.call(&json!("look"))["look"]["held"].as_bool().unwrap();
        (self.request().instance.to_string(), held)
    }
}

#[test]
fn a_ballot_that_nobody_signed_is_taken_from_anybody() {
    let world = World::new();
    let gate = world.start(["--voter", "anna=human", "--", "touch", "ran"]);
    let name = world.await_gate();
    let mut line = Line::to(&world, &name);
    let ballot = line.request().ballot(agent_id!("anna"), Choice::For);
    let hex: String = Reply::Ballot(ballot).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    for veto in [false, true] {
        let refused = line.call(&json!({"take": {"ballot": hex, "veto": veto}}));
        assert!(refused["refused"].as_str().unwrap().contains("has no key"), "{refused}");
    }
    assert_eq!(world.call(["vote", "against"]).code, 0);
    assert_eq!(world.end(gate).code, 120);
}

#[test]
fn a_word_to_the_vote_ends_the_time_for_a_veto() {
    let world = World::new();
    let args = ["--rule", "any", "--veto", "1h", "--voter", "anna=human", "--voter"];
    let lint = "lint=until test -e go; do sleep 0.05; done";
    let gate = world.start([&args[..], &[lint, "--", "touch", "ran"]].concat());
    let name = world.await_gate();
    let mut line = Line::to(&world, &name);
    let (instance, held) = line.asked();
    assert!(!held);
    let speak = |instance: &str| json!({"speak": {"name": "anna", "word": "for", "because": "", "instance": instance}});
    world.write("go", "");
    until("it is held", || Line::to(&world, &name).asked().1);
    let refused = line.call(&speak(&instance));
    assert!(refused["refused"].as_str().unwrap().contains("not asked any more"), "{refused}");
    assert!(!world.has("ran"));
    // What is said to what is asked counts.
    let instance = line.asked().0;
    assert_eq!(line.call(&speak(&instance)), "taken");
    assert_eq!(world.end(gate).code, 0);
    assert!(world.has("ran"));
}

/// In a container of its own, where nobody else wants a number that is free. The gate stands still while its voter's process
/// calls and ends, and somebody else's gets its number.
const HEIR: &str = r#"import os, signal, subprocess, time
def until(name):
    while not os.path.exists(name): time.sleep(0.02)
moai = os.environ['MOAI']
evil = 'evil=until test -e say; do sleep 0.05; done; python3 call.py; touch gone; exec sleep 600'
call = ['--rule', 'all', '--voter', 'anna=human', '--voter', evil, '--', 'touch', 'ran']
gate = subprocess.Popen([moai, 'gate'] + call)
until('stop')
gate.send_signal(signal.SIGSTOP)
os.waitpid(gate.pid, os.WUNTRACED)
os.rename('stop', 'say')
until('gone')
number = int(open('pid').read())
with open('/proc/sys/kernel/ns_last_pid', 'w') as last: last.write(str(number - 1))
heir = subprocess.Popen(['sleep', '600'])
print(heir.pid == number, flush=True)
gate.send_signal(signal.SIGCONT)
until('heard')
heir.kill()
print(subprocess.call([moai, 'vote', 'against', '--as', 'anna'], stdout=subprocess.DEVNULL), gate.wait())
"#;

/// Calls as a voter's process does that writes its own, and tells which it is.
const CALL: &str = "import os, socket
folder = os.environ['MOAI_STORE'] + '/gates/' + os.environ['MOAI_GATE']
path = open(folder + '/where').read() if os.path.exists(folder + '/where') else folder + '/socket'
line = socket.socket(socket.AF_UNIX)
line.connect(path)
line.sendall(open('say', 'rb').read())
open('pid', 'w').write(str(os.getpid()))
";

/// Whether the system keeps a handle of who calls. Where it does not (Linux before 6.5), its number is all there is.
fn callers_are_held() -> bool {
    use nix::sys::socket::{getsockopt, sockopt::PeerPidfd};
    getsockopt(&UnixStream::pair().unwrap().0, PeerPidfd).is_ok()
}

#[test]
fn who_has_ended_passes_for_whoever_has_its_number_now() {
    const CONTAINED: [&str; 5] = ["--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let world = World::new();
    let chooses = "last=/proc/sys/kernel/ns_last_pid; number=$(cat $last) && echo $number > $last && python3 -c ''";
    let tried = world.command("unshare", CONTAINED).args(["sh", "-c", chooses]).status();
    if !tried.is_ok_and(|tried| tried.success()) || !callers_are_held() {
        return eprintln!(
            "skipped: the number of a process cannot be chosen here, or is all that is known of who calls"
        );
    }
    world.write("heir.py", HEIR);
    world.write("call.py", CALL);
    let contained = world.command("unshare", CONTAINED).args(["python3", "heir.py"]).spawn().unwrap();
    let name = world.await_gate();
    let instance = Line::to(&world, &name).asked().0;
    let say = json!({"speak": {"name": "anna", "word": "for", "because": "", "instance": instance}});
    world.write("stop.new", &format!("{say}\n"));
    fs::rename(world.path("stop.new"), world.path("stop")).unwrap();
    world.await_file("gone");
    let refused = || world.of_kind("gate_refused").len() == 1;
    until("it was heard", || refused() || world.call(["vote", "--json"]).out.contains("\"said\":\"for\""));
    assert!(refused(), "it was taken for a person");
    world.write("heard", "");
    let done = world.end(contained);
    assert_eq!(done.out, "True\n0 120\n", "{}", done.err);
    assert!(!world.has("ran"));
}

#[test]
fn what_is_bound_of_a_variable_is_not_what_the_command_gets() {
    let world = World::new();
    for name in ["MOAI_GATE", "MOAI_PROGRAM", "MOAI_FILE_PLAN", "MOAI_COMMAND"] {
        let mut gate = world.moai(["gate", "--env", name, "--voter", "a=true", "--", "true"]);
        let done: Done = gate.env(name, "mine").output().unwrap().into();
        assert!(done.code == 2 && done.err.contains("set by moai itself"), "{name}: {}", done.err);
    }
    // A variable that stands there twice: whoever looks finds the first, and a command the last.
    let twice = "import ctypes, os, sys
words = [w.encode() for w in sys.argv[1:]] + [None]
variables = [k.encode() + b'=' + v.encode() for k, v in os.environ.items()] + [b'TARGET=staging', b'TARGET=production', None]
array = lambda all: (ctypes.c_char_p * len(all))(*all)
ctypes.CDLL(None).execve(words[0], array(words), array(variables))
";
    world.write("twice.py", twice);
    let mut gate = world.command("python3", ["twice.py", MOAI, "gate", "--env", "TARGET", "--voter", "a=true"]);
    let Ok(done) = gate.args(["--", "sh", "-c", "echo $TARGET"]).output() else {
        return eprintln!("skipped: no python");
    };
    let done = Done::from(done);
    assert!(done.code == 2 && done.err.contains("twice") && done.out.is_empty(), "{}{}", done.out, done.err);
}

#[test]
fn a_voter_sees_what_somebody_has_put_into_the_environment() {
    let world = World::new();
    let gate = |args: &[&str]| {
        let mut gate = world.moai(["gate"]);
        gate.args(args).env("MOAI_COMMAND", "echo fine").env("MOAI_CONTENT", "{}").env("MOAI_FILE_PLAN", "/etc/plan");
        Done::from(gate.env("MOAI_VOTER", "anna").output().unwrap())
    };
    let lint = "lint=case \"$MOAI_COMMAND$MOAI_CONTENT\" in *danger*) exit 1;; esac";
    assert_eq!(gate(&["--voter", lint, "--", "echo", "danger"]).code, 120);
    let long = "x".repeat(110 << 10);
    let done = gate(&["--voter", lint, "--", "echo", "danger", &long]);
    assert!(done.code == 2 && done.out.is_empty() && done.err.contains("too long to be shown"), "{}", done.err);
    let shows = "echo ${MOAI_FILE_PLAN-none} ${MOAI_VOTER-none} ${MOAI_COMMAND-none}";
    assert_eq!(gate(&["--voter", "a=true", "--", "sh", "-c", shows]).out, "none none none\n");
    let done = gate(&["--voter", "a=test -z \"$MOAI_FILE_PLAN\" && test $MOAI_VOTER = a", "--", "true"]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn what_another_user_has_put_above_a_folder_runs_as_whoever_works_there() {
    use std::os::unix::fs::chown;

    let world = World::new();
    fs::create_dir_all(world.path("above/mine")).unwrap();
    let config = world.write("above/moai.toml", "[gate.x]\ncommand = [\"true\"]\nvoters.a = \"touch ran\"\n");
    fs::create_dir(world.path("above/.moai")).unwrap();
    if chown(&config, Some(65_534), None).is_err() || chown(world.path("above/.moai"), Some(65_534), None).is_err() {
        return eprintln!("skipped: only root gives files away");
    }
    let call = |args: &[&str], folder: &str| {
        let mut call = world.moai(args);
        call.current_dir(world.path(folder)).env_remove("MOAI_STORE").env("XDG_STATE_HOME", world.path("state"));
        Done::from(call.output().unwrap())
    };
    let done = call(&["gate", "x"], "above/mine");
    assert!(done.code == 2 && done.err.contains("another user's"), "{}", done.err);
    assert!(!world.has("above/ran") && !world.has("above/mine/ran"));
    // Nor are the records kept there.
    assert_eq!(call(&["gate", "--voter", "a=true", "--", "true"], "above/mine").code, 0);
    assert!(world.has("state/moai/journal.db") && !world.has("above/.moai/journal.db"));
    // One of this user's that somebody leads to from elsewhere is not taken there, nor one where everybody may write.
    let own = world.write("own.toml", "[gate.x]\ncommand = [\"true\"]\nvoters.a = \"touch ran\"\n");
    fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink(&own, &config).unwrap();
    std::os::unix::fs::lchown(&config, Some(65_534), None).unwrap();
    assert_eq!(call(&["gate", "x"], "above/mine").code, 2);
    fs::rename(&own, &config).unwrap();
    fs::set_permissions(world.path("above"), std::os::unix::fs::PermissionsExt::from_mode(0o1777)).unwrap();
    assert_eq!(call(&["gate", "x"], "above/mine").code, 2);
    fs::set_permissions(world.path("above"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(call(&["gate", "x"], "above/mine").code, 0);
    fs::remove_file(world.path("above/ran")).unwrap();
    chown(&config, Some(65_534), None).unwrap();
    assert_eq!(call(&["gate", "x"], "above/mine").code, 2);
    // Who goes into that user's folder trusts it.
    chown(world.path("above"), Some(65_534), None).unwrap();
    assert_eq!(call(&["gate", "x"], "above").code, 0);
    assert!(world.has("above/ran"));
}

#[test]
fn a_journal_that_is_a_pipe_or_that_somebody_holds_is_waited_for_without_end() {
    let world = World::new();
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    for name in ["journal.turn", "journal.db"] {
        let path = world.path(&format!("store/{name}"));
        let voter = format!("a=mv store/{name} kept; mkfifo store/{name}");
        let done = world.gate(["--voter", &voter, "--", "touch", "ran"]);
        assert!(done.code == 125 && done.err.contains("no regular file"), "{name}: {} {}", done.code, done.err);
        let next = world.call(["gate", "--voter", "a=true", "--", "touch", "ran"]);
        assert!(next.code == 125 && next.err.contains("no regular file"), "{name}: {} {}", next.code, next.err);
        fs::rename(world.path("kept"), path).unwrap();
        assert!(!world.has("ran"));
    }
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
    let turn = fs::File::options().write(true).open(world.path("store/journal.turn")).unwrap();
    turn.lock().unwrap();
    for args in [&["gate", "--timeout", "1s", "--voter", "a=true", "--", "touch", "ran"][..], &["log"], &["verify"]] {
        let done = world.call(args);
        assert!(
            done.code == 125 && done.err.contains("another process has held"),
            "{args:?}: {} {}",
            done.code,
            done.err
        );
    }
    assert!(!world.has("ran"));
    drop(turn);
    assert_eq!(world.gate(["--voter", "a=true", "--", "true"]).code, 0);
}

/// How many processes more there may be, as far as limits tell: of this user, and of the groups that this process is in.
fn room() -> u64 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nproc).current.unwrap_or(u64::MAX);
    let there = fs::read_dir("/proc").unwrap().flatten().filter(|entry| entry.path().join("stat").exists()).count();
    let mut room = limit.saturating_sub(there as u64);
    for line in fs::read_to_string("/proc/self/cgroup").unwrap_or_default().lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(what), Some(path)) = (parts.next(), parts.next()) else { continue };
        let top = match what {
            "" => PathBuf::from("/sys/fs/cgroup"),
            _ if what.split(',').any(|what| what == "pids") => PathBuf::from("/sys/fs/cgroup/pids"),
            _ => continue,
        };
        for group in top.join(path.trim_start_matches('/')).ancestors().filter(|group| group.starts_with(&top)) {
            let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
            // There is none, or it is no number: `max`.
            if let Some(most) = number("pids.max") {
                room = room.min(most.saturating_sub(number("pids.current").unwrap_or_default()));
            }
        }
    }
    room
}

/// Whether nothing is left of this voter. What begins anew may be faster than the gate where others have the machine: then
/// it is told, and tried again.
fn leaves_nothing(world: &World, voter: &str) -> bool {
    (0..4).any(|_| {
        let told = world.of_kind("gate_left").len();
        let done = world.gate(["--voter", voter, "--", "true"]);
        assert_eq!(done.code, 0, "{}", done.err);
        world.of_kind("gate_left").len() == told
    })
}

#[test]
fn a_crowd_of_processes_outlives_the_gate() {
    let world = World::new();
    let room = room();
    // The other tests need some as well.
    if room < 1_000 {
        return eprintln!("skipped: there is no room for a crowd here, but for {room} processes");
    }
    let voter = "a=i=0; while [ $i -lt 600 ]; do sleep 600 & i=$((i + 1)); done";
    assert!(leaves_nothing(&world, voter), "{:?}", world.of_kind("gate_left"));
}

#[test]
fn a_line_of_processes_outlives_the_gate() {
    let world = World::new();
    // Each begins the next one, and ends.
    let line = "import os, time
end = time.time() + 30
open('up', 'w').close()
while time.time() < end:
    if os.fork(): os._exit(0)
    os.setsid()
";
    world.write("line.py", line);
    if world.command("python3", ["-c", ""]).status().is_err() {
        return eprintln!("skipped: there is no python here");
    }
    let voter = "a=rm -f up; python3 line.py & python3 line.py & until test -e up; do sleep 0.05; done";
    assert!(leaves_nothing(&world, voter), "{:?}", world.of_kind("gate_left"));
}

#[test]
fn who_takes_the_handles_of_a_gate_outlives_it() {
    let world = World::new();
    if world.command("prlimit", ["--version"]).output().is_err() {
        return eprintln!("skipped: limits of others cannot be set here");
    }
    // Only lowered, which whoever may set limits of others may do, and as they are then.
    let line = "a=setsid sleep 605 & \
                gate=$(sed 's/.*) //' /proc/$PPID/stat | cut -d' ' -f2); \
                for it in $PPID $gate; do prlimit --pid $it --nofile=3:; done; \
                for it in $PPID $gate; do prlimit --pid $it --nofile --output SOFT --noheadings; done > limits; exit 1";
    let done = world.gate(["--voter", line, "--", "touch", "ran"]);
    assert!(matches!(done.code, 120 | 125) && !world.has("ran"), "{} {}", done.code, done.err);
    let limits = fs::read_to_string(world.path("limits")).unwrap();
    assert_eq!(limits.split_whitespace().collect::<Vec<_>>(), ["3", "3"], "they were not lowered: {}", done.err);
}

/// A gate of nobody's: root could look into everything anyhow.
const NOBODYS: &str = r#"
test "$(id -u)" = 0 && chmod 755 . && cp "$MOAI" moai && mkdir -p store && chown -R 65534:65534 . || exit 99
setpriv --reuid 65534 --regid 65534 --clear-groups true || exit 99
exec setpriv --reuid 65534 --regid 65534 --clear-groups ./moai gate --rule 2of2 \
    --voter "tests=touch up; until test -e tried; do sleep 0.05; done; echo honest" --voter "evil=$EVIL" -- true"#;

#[test]
fn a_voter_reaches_into_what_watches_over_another() {
    let world = World::new();
    // What watches over the other voter of this gate, and has begun to.
    let evil = r#"
until test -e up; do sleep 0.05; done
gate=$(sed 's/.*) //' /proc/$PPID/stat | cut -d' ' -f2)
for at in $(grep -ls "^PPid:[[:space:]]*$gate\$" /proc/[0-9]*/status); do
    at=${at%/status}
    if tr '\0' '\n' < $at/cmdline | sed -n 2p | grep -qx __keep && test $at != /proc/$PPID; then
        echo $at >> found
        for handle in 0 1 2; do (echo evil > $at/fd/$handle) 2>/dev/null && echo $handle >> written; done
    fi
done
touch tried"#;
    let done = Done::from(world.command("sh", ["-c", NOBODYS]).env("EVIL", evil).output().unwrap());
    if done.code == 99 {
        return eprintln!("skipped: nobody can become another user here: {}", done.err);
    }
    world.nothing_is_left();
    assert_eq!(done.code, 0, "{}", done.err);
    let found = fs::read_to_string(world.path("found")).unwrap_or_default();
    assert!(found.lines().count() == 1 && !world.has("written"), "{found}{}", done.err);
    let ballots = world.ballots();
    let tests = ballots.iter().find(|ballot| ballot.voter.as_str() == "tests").unwrap();
    assert_eq!(tests.reason, "honest");
}

#[test]
fn who_loses_its_parents_while_it_is_looked_at_votes_for_a_person() {
    let world = World::new();
    // Lines of processes of which each ends as soon as it has begun the next, while the last one calls.
    let line = "n() { if [ $1 -gt 0 ]; then (n $(($1 - 1)) &) ; else exec \"$MOAI\" vote for --as anna; fi; }";
    let voter =
        format!("evil={line}; for i in $(seq 40); do n $((i % 7)) & done >/dev/null 2>>refused; touch all; sleep 600");
    let gate = world.start(["--rule", "all", "--voter", "anna=human", "--voter", &voter, "--", "touch", "ran"]);
    // Those who came while many others were heard are sent away.
    let said = |what: &str| fs::read_to_string(world.path("refused")).unwrap_or_default().matches(what).count();
    let answered = || said("may not vote") + said("call at once") == 40;
    assert!(eventually(answered), "{}", fs::read_to_string(world.path("refused")).unwrap_or_default());
    assert!(world.has("all"));
    assert_eq!(world.call(["vote", "against", "--as", "anna"]).code, 0);
    let done = world.end(gate);
    assert_eq!(done.code, 120, "{}", done.err);
    assert!(!world.has("ran"));
    // Of the first it is kept who they were, and of all how many.
    let refused = world.of_kind("gate_refused");
    let (first, rest) = refused.split_at(16.min(refused.len()));
    assert!(first.iter().all(|refused| refused["voter"] == "anna" || refused["voter"] == ""), "{first:?}");
    let more = 40 - first.len();
    assert_eq!(rest.iter().map(|rest| rest["more"].as_u64().unwrap()).sum::<u64>(), more as u64, "{rest:?}");
    assert!(more > 0 && rest.len() == 1, "{more} of {rest:?}");
    assert!(world.call(["show"]).out.contains(&format!("{more} more")), "{}", world.call(["show"]).out);
}

#[test]
fn those_who_may_not_speak_hold_up_the_end_by_calling_without_end() {
    let world = World::new();
    // Each line is a call; none is read, and many are open at once.
    let flood = "import json, os, socket
call = json.dumps({'speak': {'name': 'anna', 'word': 'for', 'because': '', 'instance': '0' * 64}}).encode() + b'\\n'
folder = os.environ['MOAI_STORE'] + '/gates/' + os.environ['MOAI_GATE']
path = open(folder + '/where').read() if os.path.exists(folder + '/where') else folder + '/socket'
open('up', 'w').close()
kept = []
while True:
    try:
        line = socket.socket(socket.AF_UNIX); line.connect(path); line.sendall(call * 50); kept.append(line)
    except OSError:
        kept.clear()
";
    world.write("flood.py", flood);
    if world.command("python3", ["-c", ""]).status().is_err() {
        return eprintln!("skipped: there is no python here");
    }
    let voters = ["--rule", "all", "--voter", "anna=human", "--voter", "evil=python3 flood.py"];
    let time_of = |kind: &str| {
        let records = world.records();
        records.iter().rev().find(|record| record.kind.as_str() == kind).map(|record| record.time).unwrap()
    };
    // Open for longer and longer, until so many were heard that not each is told of.
    let mut heard = 0;
    for seconds in [3, 12, 48] {
        let before = world.of_kind("gate_refused").len();
        let _ = fs::remove_file(world.path("up"));
        let open_for = format!("{seconds}s");
        let done = world.end(world.start([&["--timeout", &open_for][..], &voters, &["--", "touch", "ran"]].concat()));
        assert!(done.code == 122 && !world.has("ran"), "{} {}", done.code, done.err);
        let late = time_of("consensus_decided").unix_micros() - time_of("consensus_opened").unix_micros();
        let due = seconds * 1_000_000;
        assert!(late < due + 18_000_000, "it was to be open for {due} µs, and was for {late}");
        let refused = world.of_kind("gate_refused").split_off(before);
        heard = refused.len();
        if heard == 17 {
            assert!(world.has("up") && refused[16]["more"].as_u64().unwrap() > 0, "{refused:?}");
            break;
        }
    }
    assert_eq!(heard, 17);
    // Meanwhile people are heard.
    fs::remove_file(world.path("up")).unwrap();
    let gate = world.start([&["--timeout", "120s"][..], &voters, &["--", "touch", "ran"]].concat());
    world.await_gate();
    world.await_file("up");
    assert_eq!(world.call(["vote", "against", "--as", "anna"]).code, 0);
    assert_eq!(world.end(gate).code, 120);
}
