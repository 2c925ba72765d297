//! What the journal tells: log, show, verify and export, through the program itself.

mod damage;
mod gates;
mod ignored;
mod keys;
mod next;
mod quiet;
mod story;
mod terminals;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use story::{FORKS, Story};

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

/// How long anything is waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// Waits until one of the links in this folder leads to a file of this name.
#[expect(clippy::disallowed_methods, reason = "another process is looked at again and again, and tells nobody")]
fn until(folder: &str, name: &str) {
    let begun = Instant::now();
    let leads = |entry: fs::DirEntry| fs::read_link(entry.path()).is_ok_and(|path| path.ends_with(name));
    while !fs::read_dir(folder).unwrap().flatten().any(leads) {
        assert!(begun.elapsed() < LONGEST, "in vain: {name} is open in {folder}");
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
    assert_eq!((&shown["code"], &shown["ran"], &shown["rule"]), (&3.into(), &true.into(), &"majority".into()));
    // A row of the log is how that begins, in the same words.
    let row = json(&moai(story.store(), &["log", "--json"]));
    let row = row.as_object().unwrap();
    assert!(row.len() >= 12 && row.iter().all(|(name, value)| shown[name] == *value), "{row:?}");
    for list in ["ballots", "no_ballot", "lied", "contradicted", "vetoes", "refused", "left_running"] {
        assert!(shown[list].is_array(), "{list}");
    }
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
