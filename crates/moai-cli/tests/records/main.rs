//! What the journal tells: log, show, verify and export, through the program itself.

mod damage;
mod story;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use moai_flow::consensus::{Ask, Electorate, OnDeadline};
use moai_flow::value;
use serde_json::Value as Json;
use story::{FORKS, Story, due, rule, voters};

const MINUTE: Duration = Duration::from_secs(60);

/// Runs the program over these records.
fn moai(store: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moai"));
    command.args(args).env("MOAI_STORE", store).env_remove("NO_COLOR").stdin(Stdio::null());
    start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap()
}

/// Starts a process while no test has a journal open.
fn start(command: &mut Command) -> Child {
    let _alone = FORKS.write().unwrap();
    command.spawn().unwrap()
}

/// Waits until one of the links in this folder leads to a file of this name.
fn until(folder: &str, name: &str) {
    let leads = |entry: fs::DirEntry| fs::read_link(entry.path()).is_ok_and(|path| path.ends_with(name));
    while !fs::read_dir(folder).unwrap().flatten().any(leads) {
        std::thread::yield_now();
    }
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_ran_as_it_was_approved_verifies() {
    let story = Story::new();
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    story.finished(&gate, 3);
    let verified = moai(story.store(), &["verify", "--json"]);
    assert!(verified.status.success(), "{}", error(&verified));
    let found = json(&verified);
    assert_eq!(
        (&found["holds"], &found["complete"], &found["gates"], &found["ran"]),
        (&true.into(), &true.into(), &1.into(), &1.into())
    );
    let head = found["head"].as_str().unwrap().to_owned();
    assert!(moai(story.store(), &["verify", "--head", &head]).status.success());
    let words = text(&moai(story.store(), &["verify"]));
    assert!(words.starts_with("it holds: ") && words.contains(&head), "{words}");
    assert!(!words.contains('\u{1b}'), "colours where nobody sees them");

    let log = text(&moai(story.store(), &["log"]));
    assert!(
        log.contains("g-00000001") && log.contains("approved") && log.contains("ran: 3") && log.contains("'rm -rf' /"),
        "{log}"
    );
    let shown = text(&moai(story.store(), &["show"]));
    assert!(shown.contains("the tests pass") && shown.contains("| 3 passed") && shown.contains("not today"), "{shown}");
    let shown = json(&moai(story.store(), &["show", "g-", "--json"]));
    assert_eq!((&shown["fate"], &shown["decision"]), (&"ran: 3".into(), &"approved".into()));
}

#[test]
fn what_was_not_approved_or_ran_otherwise_is_named() {
    let mut flaws = Vec::new();
    let mut flaw = |tell: &dyn Fn(&Story)| {
        let story = Story::new();
        tell(&story);
        let verified = moai(story.store(), &["verify", "--json"]);
        assert_eq!(verified.status.code(), Some(1), "{}{}", text(&verified), error(&verified));
        let found = json(&verified);
        assert_eq!((&found["holds"], &found["flaw"]["record"]), (&false.into(), &story.records().into()));
        flaws.push(found["flaw"]["code"].as_str().unwrap().to_owned());
        // Whoever reads the log is told the same.
        let log = moai(story.store(), &["log"]);
        assert_eq!(log.status.code(), Some(1));
        assert!(error(&log).contains("does not hold"), "{}", error(&log));
    };
    flaw(&|story| {
        let gate = story.rejected("g-00000001");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.opened("g-00000001");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let (gate, other) = (story.approved("g-00000001"), story.approved("g-00000002"));
        story.started(&gate, other.digest());
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started(&gate, gate.digest());
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.ended(&gate, "interrupted");
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(30));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(30));
        story.vetoed(&gate, Duration::from_secs(30));
        story.started(&gate, gate.digest());
    });
    // Of less than a second as well.
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(0.5));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let gate = story.approved_with_veto_time("g-00000001", value!(1.5));
        story.vetoed(&gate, Duration::from_millis(1_500));
        story.started(&gate, gate.digest());
    });
    flaw(&|story| {
        let (gate, other) = (story.approved("g-00000001"), story.approved("g-00000002"));
        story.started_by(&gate, story.records());
        drop(other);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started_late(&gate);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.finished(&gate, 0);
    });
    flaw(&|story| {
        let gate = story.approved("g-00000001");
        story.started(&gate, gate.digest());
        story.ended(&gate, "rejected");
    });
    flaw(&|story| story.never_opened("g-00000009"));
    let due = [
        "gate.not_approved",
        "gate.not_approved",
        "gate.other_content",
        "gate.twice",
        "gate.ended",
        "gate.held",
        "gate.vetoed",
        "gate.held",
        "gate.vetoed",
        "gate.other_decision",
        "gate.expired",
        "gate.not_started",
        "gate.started",
        "gate.unknown",
    ];
    assert_eq!(flaws, due);
}

#[test]
fn behind_a_veto_time_that_nobody_used_it_may_run() {
    let story = Story::new();
    let gate = story.approved_with_veto_time("g-00000001", value!(0.1));
    story.held(&gate, Duration::from_millis(100));
    story.started(&gate, gate.digest());
    let verified = moai(story.store(), &["verify"]);
    assert!(verified.status.success(), "{}", error(&verified));
}

#[test]
fn a_vote_or_the_time_for_a_veto_was_put_otherwise_than_it_says() {
    let mut said = Vec::new();
    // Each tells which record is the first that does not hold.
    let mut flaw = |tell: &dyn Fn(&Story) -> u64| {
        let story = Story::new();
        let first = tell(&story);
        let verified = moai(story.store(), &["verify", "--json"]);
        assert_eq!(verified.status.code(), Some(1), "{}{}", text(&verified), error(&verified));
        let flaw = &json(&verified)["flaw"];
        assert_eq!((&flaw["code"], &flaw["record"]), (&"gate.other_terms".into(), &first.into()), "{flaw}");
        said.push(flaw["what"].as_str().unwrap().rsplit(": ").next().unwrap().to_owned());
    };
    // As it says it holds.
    let story = Story::new();
    story.opened_under(|voters| due().among(voters));
    assert!(moai(story.store(), &["verify"]).status.success());

    let mut vote = |ask: &dyn Fn(Electorate) -> Ask| {
        flaw(&|story| {
            story.opened_under(ask);
            1
        });
    };
    vote(&|_| due().among(voters(&["anna"])));
    vote(&|_| due().among(voters(&["anna", "ben", "eve", "tests"])));
    vote(&|voters| Ask::by(rule("any")).within(MINUTE / 2).among(voters));
    vote(&|voters| Ask::new().within(MINUTE / 2).among(voters));
    vote(&|voters| due().among(voters).on_deadline(OnDeadline::Approve));
    vote(&|voters| due().among(voters).allow_changes());
    vote(&|voters| due().within(MINUTE).among(voters));
    let window = Duration::from_millis(200);
    let held = |story: &Story| story.approved_with_veto_time("g-00000001", value!(0.2));
    flaw(&|story| {
        let gate = held(story);
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window / 2, gate.digest(), false);
        first
    });
    flaw(&|story| {
        let gate = held(story);
        let first = story.records() + 1;
        story.hold(&gate, &["tests"], window, gate.digest(), false);
        first
    });
    flaw(&|story| {
        let (gate, other) = (held(story), story.approved("g-00000002"));
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window, other.digest(), false);
        first
    });
    flaw(&|story| {
        let gate = story.rejected("g-00000001");
        let first = story.records() + 1;
        story.hold(&gate, &["anna", "ben"], window, gate.digest(), false);
        first
    });
    let due = [
        "its voters are others",
        "its voters are others",
        "its rule is another one",
        "its rule is another one",
        "it ends in another way",
        "it ends in another way",
        "it is open for another time",
        "it is open for another time",
        "its voters are others",
        "it is about something else",
        "it begins before that",
    ];
    assert_eq!(said, due);
}

#[test]
fn what_is_asked_of_a_library_is_taken_for_a_gate() {
    let story = Story::new();
    story.asked_of_a_library("g-00000001");
    let verified = moai(story.store(), &["verify", "--json"]);
    assert_eq!((&json(&verified)["gates"], &json(&verified)["holds"]), (&0.into(), &true.into()));
    // Nothing may be started by it.
    story.never_opened("g-00000001");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["flaw"]["code"], "gate.unknown");
}

#[test]
fn an_export_verifies_elsewhere_and_with_any_changed_byte_it_does_not() {
    let story = Story::new();
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    story.finished(&gate, 0);
    let export = moai(story.store(), &["export", "--json"]).stdout;
    let (elsewhere, file) = (tempfile::tempdir().unwrap(), "export.jsonl");
    let path = elsewhere.path().join(file);
    let verify = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let head = story.head();
        moai(elsewhere.path(), &["verify", path.to_str().unwrap(), "--head", &head])
    };
    assert!(verify(&export).status.success());
    let cut = export.iter().rposition(|byte| *byte == b'{').unwrap();
    let last_line = export[..export.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    assert!(cut > last_line);
    let refused = verify(&export[..last_line]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(error(&refused).contains("the journal was cut"), "{}", error(&refused));
    // Every 37th byte, so that each field of several records is met.
    let mut told_same = 0;
    for place in (0..export.len()).step_by(37) {
        let mut changed = export.clone();
        changed[place] ^= 1;
        let verified = verify(&changed);
        if verified.status.success() {
            // JSON has more than one spelling: the same records were read.
            told_same += 1;
            let read = |bytes: &[u8]| -> Vec<Json> {
                bytes
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !line.is_empty())
                    .map(|line| serde_json::from_slice(line).unwrap())
                    .collect()
            };
            assert_eq!(read(&changed), read(&export), "byte {place}");
        }
    }
    assert_eq!(told_same, 0, "no spelling of these bytes means the same");
}

#[test]
fn records_that_are_not_there_are_not_made_by_looking() {
    let empty = tempfile::tempdir().unwrap();
    let store = empty.path().join("nothing");
    let logged = moai(&store, &["log"]);
    assert!(logged.status.success() && text(&logged).contains("nothing was ever recorded"));
    assert!(moai(&store, &["export"]).stdout.is_empty());
    let verified = moai(&store, &["verify"]);
    assert_eq!(verified.status.code(), Some(125));
    assert!(error(&verified).contains("nothing was ever recorded") && error(&verified).contains("--store"));
    assert_eq!(moai(&store, &["show"]).status.code(), Some(2));
    assert!(!store.exists());
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let story = Story::new();
    for number in 0..200 {
        story.approved(&format!("g-{number:08}"));
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_moai"));
    let child = child.args(["log", "--all"]).env("MOAI_STORE", story.store());
    let mut child = start(child.stdout(Stdio::piped()).stderr(Stdio::piped()));
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{:?}", ended);
    assert!(ended.stderr.is_empty(), "{}", error(&ended));
}

#[test]
fn what_somebody_wrote_commands_no_terminal() {
    let story = Story::new();
    story.rejected_because("g-00000001", "\u{1b}[2Jgone \u{202e}desrever");
    for args in
        [&["show"][..], &["log"], &["log", "--all"], &["export"], &["show", "--json"], &["log", "--json", "--all"]]
    {
        let shown = text(&moai(story.store(), args));
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{args:?}: {shown:?}");
    }
}

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&moai(Path::new("/nonexistent"), &["completions", shell]));
        for command in ["demo", "gate", "vote", "verify", "log", "show", "export", "sim"] {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
        assert!(!script.contains("__keep"), "{shell} offers what is not for people");
    }
}

#[test]
fn worlds_of_a_seed_are_the_same_again() {
    let run = || moai(Path::new("/nonexistent"), &["sim", "--seed", "7", "--runs", "3", "--lane", "core"]);
    let (once, again) = (run(), run());
    assert!(once.status.success(), "{}", error(&once));
    assert_eq!(text(&once), text(&again));
    assert!(text(&once).lines().last().unwrap().starts_with("worlds="));
    let unknown = moai(Path::new("/nonexistent"), &["sim", "--lane", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(error(&unknown).contains("there are: core, stack"));
}

#[test]
fn a_name_that_is_opened_again_brings_an_approval_of_something_else() {
    for reopened in ["g-00000001", "g-00000001.hold"] {
        let story = Story::new();
        let gate = story.rejected("g-00000001");
        let records = story.records();
        if reopened == "g-00000001" {
            // Somebody else's approval under the same name.
            story.approved(reopened);
        } else {
            story.asked_of_a_library(reopened);
            story.asked_of_a_library(reopened);
        }
        story.started_by(&gate, story.records());
        let found = json(&moai(story.store(), &["verify", "--json"]));
        let flaw = &found["flaw"];
        assert_eq!(flaw["record"].as_u64().unwrap(), records + 1, "{found}");
        let due = if reopened == "g-00000001" { "gate.reopened" } else { "gate.other_terms" };
        assert_eq!(flaw["code"], due, "{found}");
    }
}

#[test]
fn a_start_that_names_another_vote_passes() {
    let story = Story::new();
    let (gate, _other) = (story.approved("g-00000001"), story.approved("g-00000002"));
    story.started_for(&gate, "g-00000002");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["flaw"]["code"], "gate.other_decision");
}

#[test]
fn a_gate_whose_command_runs_is_said_not_to_have_run() {
    let story = Story::new();
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    let found = json(&moai(story.store(), &["verify", "--json"]));
    assert_eq!((&found["holds"], &found["ran"]), (&true.into(), &1.into()));
    assert!(text(&moai(story.store(), &["log"])).contains("ran, end unknown"));
    // One that could not be started did not.
    story.not_started(&gate, "it is gone");
    assert_eq!(json(&moai(story.store(), &["verify", "--json"]))["ran"], 0);
    let exchanged = story.approved("g-00000002");
    story.ended(&exchanged, "fraud");
    assert!(
        text(&moai(story.store(), &["log"])).contains("not run: fraud"),
        "{}",
        text(&moai(story.store(), &["log"]))
    );
}

#[test]
fn what_was_said_twice_and_not_signed_is_proven() {
    let story = Story::new();
    story.contradicted("g-00000001");
    let shown = json(&moai(story.store(), &["show", "--json"]));
    assert_eq!((&shown["lied"], &shown["contradicted"]), (&serde_json::json!([]), &serde_json::json!(["anna"])));
    let words = text(&moai(story.store(), &["show"]));
    assert!(words.contains("said for, and later against: the first counts") && !words.contains("proven"), "{words}");
}

#[test]
fn records_that_may_only_be_read_cannot_be_looked_at() {
    let (story, mount) = (Story::new(), tempfile::tempdir().unwrap());
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    let line = "mount -t tmpfs none \"$MOUNT\" && cp \"$FROM\"/* \"$MOUNT\" && mount -o remount,ro \"$MOUNT\" && echo mounted && \
                for what in log show verify export; do \"$MOAI\" $what --store \"$MOUNT\" || exit; done";
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", line]).env("MOUNT", mount.path()).env("FROM", story.store());
    command.env("MOAI", env!("CARGO_BIN_EXE_moai")).stdin(Stdio::null());
    let ended = start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap();
    if !text(&ended).starts_with("mounted") {
        return eprintln!("skipped: nothing can be mounted here: {}", error(&ended));
    }
    assert!(ended.status.success() && text(&ended).contains("it holds"), "{}{}", text(&ended), error(&ended));
}

#[test]
fn a_journal_that_is_gone_was_never_there() {
    let story = Story::new();
    story.approved("g-00000001");
    fs::remove_file(story.store().join("journal.db")).unwrap();
    // What lies beside it says that it was, and stays.
    for _ in 0..2 {
        for args in [&["verify"][..], &["log"], &["show"], &["export"]] {
            let told = moai(story.store(), args);
            assert_eq!(told.status.code(), Some(1), "{args:?}: {}{}", text(&told), error(&told));
            assert!(error(&told).contains("it is gone"), "{}", error(&told));
        }
        let gate = moai(story.store(), &["gate", "--voter", "a=true", "--", "true"]);
        assert_eq!(gate.status.code(), Some(125), "{}", error(&gate));
        assert!(!story.store().join("journal.db").exists());
    }
}

#[test]
fn a_copy_an_export_or_what_comes_in_cannot_be_looked_at() {
    let (story, elsewhere) = (Story::new(), tempfile::tempdir().unwrap());
    story.approved("g-00000001");
    let export = moai(story.store(), &["export"]).stdout;
    let path = elsewhere.path().join("export.jsonl");
    fs::write(&path, &export).unwrap();
    let journal = story.store().join("journal.db");
    for file in [path.as_path(), &journal] {
        for what in ["log", "show", "export"] {
            let told = moai(elsewhere.path(), &[what, "--from", file.to_str().unwrap()]);
            assert!(told.status.success() && text(&told).contains("g-00000001"), "{what}: {}", error(&told));
        }
    }
    let verify = |bytes: &[u8]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moai"));
        command.args(["verify", "-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = start(&mut command);
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), bytes).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(json(&verify(&export))["holds"], true);
    assert_eq!(json(&verify(b""))["holds"], false);
    // A part of it says that it is one.
    let rest = moai(story.store(), &["export", "--after", "2"]).stdout;
    let found = json(&verify(&rest));
    assert_eq!((&found["flaw"]["code"], &found["flaw"]["record"]), (&"records.later".into(), &3.into()));
    let two = export.split_inclusive(|byte| *byte == b'\n').take(2).flatten().copied();
    assert_eq!(json(&verify(&two.chain(rest).collect::<Vec<u8>>()))["holds"], true);
}
