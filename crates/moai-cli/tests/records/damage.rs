//! What became of the bytes of a journal, or of an export of one: whatever is changed is found, and nothing is left behind by
//! looking.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use moai_flow::Record;
use tempfile::TempDir;

use crate::story::Story;
use crate::{error, json, moai, start, text};

/// A story with a gate that ran, one that was stopped, and one that is open.
fn story() -> Story {
    let story = Story::new();
    let gate = story.approved("g-00000001");
    story.started(&gate, gate.digest());
    story.finished(&gate, 0);
    let rejected = story.rejected_because("g-00000002", "not \u{e9}tonn\u{e9} \u{1b}[0m");
    story.ended(&rejected, "rejected");
    story.opened("g-00000003");
    story
}

/// Verifies a file somewhere else than where the story is.
fn verify(file: &Path, head: &str) -> Output {
    let args = ["verify", "--json", file.to_str().unwrap(), "--head", head];
    moai(Path::new("/nonexistent"), &args)
}

/// That it is said not to hold, in the one way in which that is said; which record is the first.
fn does_not_hold(verified: &Output, what: &str) -> Option<u64> {
    assert_eq!(verified.status.code(), Some(1), "{what}: {}{}", text(verified), error(verified));
    let found = json(verified);
    assert_eq!(found["holds"], false, "{what}: {found}");
    assert!(!found["flaw"]["what"].as_str().unwrap().is_empty() && verified.stderr.is_empty(), "{what}: {found}");
    found["flaw"]["record"].as_u64()
}

/// A copy of a journal at rest, with all that belongs to it.
fn copied(story: &Story) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for end in ["", "-wal"] {
        let from = story.store().join(format!("journal.db{end}"));
        if from.exists() {
            fs::copy(from, folder.path().join(format!("copy.db{end}"))).unwrap();
        }
    }
    let path = folder.path().join("copy.db");
    (folder, path)
}

/// The records in an export; nothing where one of its lines is none.
fn records(export: &[u8]) -> Option<Vec<Record>> {
    let lines = export.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| serde_json::from_slice(line).ok()).collect()
}

#[test]
fn a_changed_byte_of_an_export_passes_or_is_taken_for_a_failure_to_read_it() {
    let story = story();
    let (export, head) = (moai(story.store(), &["export"]).stdout, story.head());
    let (honest, folder) = (records(&export).unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("export.jsonl");
    let (mut found, mut same) = (0, 0);
    // Every byte is met by one of the flips, each by all of them in the course of the file.
    for (place, flip) in (0..export.len()).step_by(11).zip([0x01, 0x20, 0x80, 0x02, 0x10, 0xff].into_iter().cycle()) {
        let mut changed = export.clone();
        changed[place] ^= flip;
        fs::write(&path, &changed).unwrap();
        let verified = verify(&path, &head);
        if records(&changed).as_ref() == Some(&honest) {
            assert!(verified.status.success(), "byte {place}: {}", error(&verified));
            same += 1;
            continue;
        }
        let first = does_not_hold(&verified, &format!("byte {place} ^ {flip}"));
        // The record whose line it is; a line that was cut in two or joined with the next is the first that is none.
        let line = 1 + export[..place].iter().filter(|byte| **byte == b'\n').count() as u64;
        assert!(place == 0 || first == Some(line), "byte {place} of line {line}: {first:?} {}", text(&verified));
        found += 1;
    }
    assert!(found > 300 && same < found / 20, "{found} were found, {same} have another spelling");
}

#[test]
fn a_tail_that_is_lost_is_not_missed() {
    let story = story();
    let (export, head) = (moai(story.store(), &["export"]).stdout, story.head());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let ends: Vec<usize> = (0..export.len()).filter(|place| export[*place] == b'\n').map(|place| place + 1).collect();
    for cut in ends.iter().rev().skip(1).copied().chain([0, ends[0] / 2, export.len() - 9]) {
        fs::write(&path, &export[..cut]).unwrap();
        does_not_hold(&verify(&path, &head), &format!("cut at {cut}"));
    }
    // The last line break is no part of a record.
    fs::write(&path, &export[..export.len() - 1]).unwrap();
    assert!(verify(&path, &head).status.success());

    let (_folder, earlier) = copied(&story);
    let gate = story.approved("g-00000004");
    story.started(&gate, gate.digest());
    let head = story.head();
    does_not_hold(&verify(&earlier, &head), "an earlier copy");
    let (_folder, now) = copied(&story);
    assert!(verify(&now, &head).status.success());
    // In a log that was not brought in, a changed byte is the end of the log.
    let (_folder, crashed) = story.noted_and_then(|| copied(&story));
    let (head, log) = (story.head(), crashed.with_file_name("copy.db-wal"));
    assert!(verify(&crashed, &head).status.success());
    let honest = fs::read(&log).unwrap();
    for place in (32..honest.len()).step_by(honest.len() / 40) {
        let mut changed = honest.clone();
        changed[place] ^= 0x10;
        fs::write(&log, &changed).unwrap();
        does_not_hold(&verify(&crashed, &head), &format!("byte {place} of the log"));
    }
}

/// Where this is in these bytes.
fn places(all: &[u8], what: &[u8]) -> Vec<usize> {
    all.windows(what.len()).enumerate().filter(|(_, window)| *window == what).map(|(place, _)| place).collect()
}

#[test]
fn a_changed_byte_of_a_record_in_a_journal_passes() {
    let story = story();
    let (export, head) = (moai(story.store(), &["export"]).stdout, story.head());
    let (folder, path) = copied(&story);
    let honest = fs::read(&path).unwrap();
    let mut met = 0;
    for record in records(&export).unwrap() {
        let parts: [(&str, &[u8]); 4] = [
            ("payload", &record.payload),
            ("digest", record.digest.as_bytes()),
            ("previous", record.previous.as_bytes()),
            ("kind", record.kind.as_str().as_bytes()),
        ];
        for (name, part) in parts.into_iter().filter(|(_, part)| part.iter().any(|byte| *byte != 0)) {
            // A digest stands in two records, and a kind in many: of those one place is as good as another. What is left of
            // an earlier page is no record.
            let mut found = 0;
            let steps = (0..part.len()).step_by((part.len() / 3).max(1));
            let flips = steps.zip([0x01, 0x80, 0x20, 0xff].into_iter().cycle());
            let places = places(&honest, part).into_iter().rev().take(2);
            for (place, (at, flip)) in places.flat_map(|place| flips.clone().map(move |flip| (place, flip))) {
                let mut changed = honest.clone();
                changed[place + at] ^= flip;
                fs::write(&path, &changed).unwrap();
                let what = format!("{name} of record {}, byte {at} ^ {flip}", record.seq);
                let verified = verify(&path, &head);
                if verified.status.success() && json(&verified)["head"] == head.as_str() {
                    continue;
                }
                let first = does_not_hold(&verified, &what);
                assert!(name != "payload" || first == Some(record.seq), "{what}: {first:?}");
                found += 1;
            }
            assert!(found >= 3, "{name} of record {}: {found}", record.seq);
            met += found;
        }
    }
    assert!(met > 100, "{met}");
    fs::write(&path, &honest).unwrap();
    assert!(verify(&path, &head).status.success());
    drop(folder);
}

#[test]
fn a_byte_that_is_changed_anywhere_in_a_journal_is_a_crash_or_hides_what_changed() {
    let story = story();
    let (export, head) = (moai(story.store(), &["export"]).stdout, story.head());
    let honest = records(&export).unwrap();
    let (_folder, path) = copied(&story);
    let bytes = fs::read(&path).unwrap();
    let (mut found, mut same) = (0, 0);
    let header = (0..100).step_by(3);
    let rest = (100..bytes.len()).step_by(bytes.len() / 250);
    for (place, flip) in header.chain(rest).zip([0x01, 0x80, 0x55, 0xff].into_iter().cycle()) {
        let mut changed = bytes.clone();
        changed[place] ^= flip;
        fs::write(&path, &changed).unwrap();
        let verified = verify(&path, &head);
        match verified.status.code() {
            // What holds is what was written: where nothing lies, or what nobody reads.
            Some(0) => {
                let found = json(&verified);
                assert_eq!((&found["records"], &found["head"]), (&honest.len().into(), &head.as_str().into()));
                same += 1;
            }
            // A newer format is for a newer program to judge.
            Some(125) if error(&verified).contains("use the newer program") => {}
            _ => {
                does_not_hold(&verified, &format!("byte {place} ^ {flip}"));
                found += 1;
            }
        }
    }
    assert!(found > 30 && same > 50, "{found} were found, {same} changed nothing");
}

#[test]
fn the_records_of_a_folder_that_are_damaged_could_not_be_read() {
    let story = story();
    let journal = story.store().join("journal.db");
    let mut bytes = fs::read(&journal).unwrap();
    let records = records(&moai(story.store(), &["export"]).stdout).unwrap();
    let damaged = &records[4];
    let place = places(&bytes, &damaged.payload).pop().unwrap();
    bytes[place + 9] ^= 4;
    fs::write(&journal, &bytes).unwrap();
    assert_eq!(does_not_hold(&moai(story.store(), &["verify", "--json"]), "a folder"), Some(damaged.seq));
    for args in [&["verify"][..], &["log"], &["show"], &["export"]] {
        let ended = moai(story.store(), args);
        assert_eq!(ended.status.code(), Some(1), "{args:?}: {}", error(&ended));
        assert!(error(&ended).contains(&format!("record {} does not hold", damaged.seq)), "{}", error(&ended));
    }
    fs::write(&journal, "").unwrap();
    assert_eq!(does_not_hold(&moai(story.store(), &["verify", "--json"]), "an empty file"), None);
}

#[test]
fn of_two_records_that_do_not_hold_the_later_is_named() {
    let story = story();
    let export = text(&moai(story.store(), &["export"]));
    let mut lines: Vec<String> = export.lines().map(str::to_owned).collect();
    let changed = lines.iter().position(|line| line.contains("the tests pass")).unwrap();
    // This one reads and has another hash; the last one does not read at all.
    lines[changed] = lines[changed].replace("the tests pass", "the tests fail");
    lines.last_mut().unwrap().truncate(20);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    fs::write(&path, lines.join("\n")).unwrap();
    assert!(changed + 2 < lines.len());
    assert_eq!(does_not_hold(&verify(&path, &story.head()), "two of them"), Some(changed as u64 + 1));
}

#[test]
fn what_could_not_be_read_is_said_not_to_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (absent, pipe) = (folder.path().join("absent"), folder.path().join("pipe"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [absent.as_path(), &pipe, folder.path()] {
        let verified = moai(Path::new("/nonexistent"), &["verify", "--json", path.to_str().unwrap()]);
        assert_eq!(verified.status.code(), Some(125), "{}: {}", path.display(), error(&verified));
        assert!(verified.stdout.is_empty() && error(&verified).contains("records.file"), "{}", error(&verified));
    }
    for text in ["no record", "", "\u{feff}{}", "SQLite format 3"] {
        fs::write(folder.path().join("text"), text).unwrap();
        does_not_hold(&verify(&folder.path().join("text"), &moai_flow::Head::EMPTY.to_string()), text);
    }
}

/// Everything in a folder, and when it was changed.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let of = |entry: fs::DirEntry| (entry.path(), entry.metadata().unwrap());
    entries.map(of).map(|(path, its)| (path, (its.len(), its.modified().unwrap()))).collect()
}

#[test]
fn verifying_a_file_leaves_something_beside_it_or_in_the_folder_for_what_is_temporary() {
    let (story, temporary) = (story(), tempfile::tempdir().unwrap());
    // With a log that was not brought in, as a crash leaves it, and with none; where it lies, and elsewhere.
    let (folder, path) = story.noted_and_then(|| copied(&story));
    assert!(path.with_file_name("copy.db-wal").metadata().unwrap().len() > 0);
    let before = listing(folder.path());
    let verify = |path: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moai"));
        command.args(["verify", path.to_str().unwrap()]).env("TMPDIR", temporary.path()).stdin(Stdio::null());
        start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap()
    };
    let verified = verify(&path);
    assert!(verified.status.success() && text(&verified).contains(&story.head()), "{}", error(&verified));
    assert_eq!(listing(folder.path()), before);
    let before = listing(story.store());
    assert!(verify(&story.store().join("journal.db")).status.success());
    assert_eq!(listing(story.store()), before);
    // What is wrong with it is said of it, and not of a copy.
    let bytes = fs::read(&path).unwrap();
    let records = records(&moai(story.store(), &["export"]).stdout).unwrap();
    let mut changed = bytes.clone();
    changed[places(&bytes, &records[2].payload).pop().unwrap()] ^= 1;
    fs::write(&path, changed).unwrap();
    let said = error(&verify(&path));
    assert!(said.contains(path.canonicalize().unwrap().to_str().unwrap()), "{said}");
    assert!(!said.contains(temporary.path().to_str().unwrap()), "{said}");
    assert!(listing(temporary.path()).is_empty(), "a copy is left");
}

#[test]
fn a_journal_in_a_folder_where_nothing_may_be_written_cannot_be_verified() {
    let (story, mount) = (story(), tempfile::tempdir().unwrap());
    let (folder, path) = copied(&story);
    let line = "mount -t tmpfs none \"$MOUNT\" && cp \"$FROM\"/* \"$MOUNT\" && chmod 444 \"$MOUNT\"/* && \
                mount -o remount,ro \"$MOUNT\" && ! touch \"$MOUNT\"/written 2>/dev/null && echo mounted && \
                exec \"$MOAI\" verify \"$MOUNT\"/copy.db --head \"$HEAD\"";
    let mut command = Command::new("unshare");
    command.args(["-Urm", "sh", "-c", line]).env("MOUNT", mount.path()).env("FROM", folder.path());
    command.env("MOAI", env!("CARGO_BIN_EXE_moai")).env("HEAD", story.head()).stdin(Stdio::null());
    let ended = start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).wait_with_output().unwrap();
    if !text(&ended).starts_with("mounted") {
        return eprintln!("skipped: nothing can be mounted here: {}", error(&ended));
    }
    assert!(ended.status.success() && text(&ended).contains("it holds"), "{}{}", text(&ended), error(&ended));
    assert!(path.exists());
}

#[test]
fn a_journal_that_is_written_to_meanwhile_is_copied_by_halves() {
    let story = story();
    let turn = fs::File::create(story.store().join("journal.turn")).unwrap();
    turn.lock().unwrap();
    let path = story.store().join("journal.db");
    let mut command = Command::new(env!("CARGO_BIN_EXE_moai"));
    command.args(["verify", path.to_str().unwrap()]).stdin(Stdio::null());
    let waits = start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    // It has opened the lock, and waits for it: nothing else tells that it has come so far.
    crate::until(&format!("/proc/{}/fd", waits.id()), "journal.turn");
    story.approved("g-00000009");
    let head = story.head();
    // Nor does it hold anybody up who does not want to wait.
    let temporary = tempfile::tempdir().unwrap();
    let mut impatient = start(command.env("TMPDIR", temporary.path()));
    crate::until(&format!("/proc/{}/fd", impatient.id()), "journal.turn");
    assert_eq!(listing(temporary.path()).len(), 1);
    let pid = rustix::process::Pid::from_raw(i32::try_from(impatient.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(impatient.wait().unwrap().code(), Some(130));
    assert!(listing(temporary.path()).is_empty(), "a copy is left");
    drop(turn);
    let verified = waits.wait_with_output().unwrap();
    assert!(verified.status.success() && text(&verified).contains(&head), "{}{}", text(&verified), error(&verified));
    // Whoever has it open all the time is not waited for.
    let _ = fs::remove_file(story.store().join("journal.turn"));
    let held = fs::File::open(story.store().join("journal.db-lock")).unwrap();
    held.lock().unwrap();
    let refused = moai(Path::new("/nonexistent"), &["verify", path.to_str().unwrap()]);
    assert!(refused.status.code() == Some(125) && error(&refused).contains("in use"), "{}", error(&refused));
}
