//! Opening: what is refused says why and stays as it was, and what was kept by an earlier program can be read.

mod folder;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use folder::Folder;
use moai_core::{
    Aftermath, Batch, Chance, ChanceError, Coded, Head, Journal, KeyRange, Limits, NewRecord, SeededChance, StateKey,
    SwarmId, Timestamp, Version, namespace, record_kind, swarm_id, verify_journal,
};
use moai_store::{OpenError, SqliteJournal, SqliteStore};

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

fn put(name: &str, value: &str) -> Batch {
    Batch::new().put(namespace!("state"), key(name), value.to_owned())
}

/// A store with one value, closed.
fn written(folder: &Folder) -> std::path::PathBuf {
    let path = folder.path("swarm.db");
    SqliteStore::open(&path).unwrap().blocking().commit(&swarm(), put("a", "1")).unwrap();
    path
}

/// Changes some bytes of a file.
fn change(path: &Path, at: usize, bytes: &[u8]) {
    let mut all = fs::read(path).unwrap();
    all[at..at + bytes.len()].copy_from_slice(bytes);
    fs::write(path, all).unwrap();
}

/// What a file is refused with, after which it is as it was; and the text says where it lies and what is left.
#[track_caller]
fn refused(path: &Path) -> OpenError {
    let before = fs::read(path).ok();
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(fs::read(path).ok(), before, "{error}");
    assert_eq!(error.aftermath(), Aftermath::NothingChanged);
    let text = error.to_string();
    assert!(text.ends_with("nothing changed") && text.contains(&path.display().to_string()), "{text}");
    error
}

#[test]
fn a_code_of_opening_is_never_met() {
    let folder = Folder::new("codes");
    let mut met = BTreeSet::new();
    let mut note = |code: &'static str, error: OpenError| {
        assert_eq!(error.code(), code, "{error}");
        met.insert(code);
    };

    let path = written(&folder);
    let open = SqliteStore::open(&path).unwrap();
    note("open.locked", refused(&path));
    drop(open);

    note("open.no_folder", refused(&folder.path("no/such/folder.db")));
    note("open.permission", forbidden(&folder));

    let other = folder.path("notes.txt");
    fs::write(&other, "Some notes, which are nobody's store.").unwrap();
    note("open.foreign", refused(&other));
    fs::write(&other, "").unwrap();
    note("open.foreign", refused(&other));

    change(&path, 60, &7_u32.to_be_bytes());
    note("open.newer", refused(&path));
    change(&path, 60, &0_u32.to_be_bytes());
    note("open.unknown_format", refused(&path));
    change(&path, 60, &1_u32.to_be_bytes());
    change(&path, 18, &[1, 1]);
    note("open.corrupted", refused(&path));
    change(&path, 18, &[2, 2]);
    SqliteStore::open(&path).unwrap();

    let log = folder.path("gone.db-wal");
    fs::write(&log, "a log whose file is gone").unwrap();
    let stray = SqliteStore::open(folder.path("gone.db")).unwrap_err();
    assert!(log.exists() && !folder.path("gone.db").exists());
    note("open.stray", stray);

    fs::create_dir(folder.path("folder.db")).unwrap();
    note("open.unavailable", refused(&folder.path("folder.db")));

    assert_eq!(met, OpenError::CODES.iter().copied().collect());
}

/// A file in a folder in which nobody may write, not even the one who may do everything.
fn forbidden(folder: &Folder) -> OpenError {
    if cfg!(target_os = "linux") && Path::new("/sys/kernel").is_dir() {
        return SqliteStore::open("/sys/kernel/moai.db").unwrap_err();
    }
    let closed = folder.path("closed");
    fs::create_dir(&closed).unwrap();
    let mut rights = fs::metadata(&closed).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&closed, rights).unwrap();
    SqliteStore::open(closed.join("moai.db")).unwrap_err()
}

#[test]
fn a_machine_without_chance_leaves_half_a_store() {
    struct Nothing;
    impl Chance for Nothing {
        fn fill(&self, _: &mut [u8]) -> Result<(), ChanceError> {
            Err(ChanceError::new("there is none"))
        }
    }
    let folder = Folder::new("chance");
    let path = folder.path("swarm.db");
    let refused = SqliteStore::open_with(&path, &Nothing, Limits::default()).unwrap_err();
    assert_eq!(refused.code(), "chance.unavailable");
    assert!(!path.exists());
    SqliteStore::open(&path).unwrap();
}

#[test]
fn the_database_of_another_program_is_taken_for_ours() {
    let folder = Folder::new("foreign");
    let path = folder.path("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE entries (id INTEGER PRIMARY KEY); INSERT INTO entries VALUES (7)").unwrap();
    drop(other);
    let error = refused(&path);
    assert!(error.to_string().contains("another program"), "{error}");
}

#[test]
fn a_table_that_somebody_changed_is_taken_for_ours() {
    let folder = Folder::new("schema");
    for change in
        ["DROP INDEX entries_by_version", "CREATE TABLE mine (id)", "ALTER TABLE entries ADD COLUMN more TEXT"]
    {
        let path = written(&folder);
        let tool = rusqlite::Connection::open(&path).unwrap();
        tool.execute_batch(change).unwrap();
        drop(tool);
        assert_eq!(refused(&path).code(), "open.corrupted", "{change}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_second_handle_of_the_same_process_opens_the_file_too() {
    let folder = Folder::new("lock");
    let path = written(&folder);
    let store = SqliteStore::open(&path).unwrap();
    let journal = store.journal();
    assert!(matches!(SqliteJournal::open(&path), Err(OpenError::Locked { .. })));
    drop(store);
    // The journal in the same file is a handle, too.
    assert!(matches!(SqliteStore::open(&path), Err(OpenError::Locked { .. })));
    drop(journal);
    SqliteStore::open(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_opened_twice() {
    let folder = Folder::new("names");
    let path = written(&folder);
    std::os::unix::fs::symlink(&path, folder.path("also.db")).unwrap();
    let store = SqliteStore::open(folder.path("also.db")).unwrap();
    assert_eq!(SqliteStore::open(&path).unwrap_err().code(), "open.locked");
    drop(store);
    SqliteStore::open(&path).unwrap();
}

#[test]
fn a_store_that_was_closed_leaves_a_log_behind() {
    let folder = Folder::new("closed");
    let path = written(&folder);
    let store = SqliteStore::open(&path).unwrap();
    store.blocking().commit(&swarm(), put("b", "2")).unwrap();
    assert!(fs::metadata(folder.path("swarm.db-wal")).unwrap().len() > 0);
    drop(store);
    assert!(!folder.path("swarm.db-wal").exists() && !folder.path("swarm.db-shm").exists());
}

#[test]
fn a_leftover_of_a_creation_that_was_cut_off_is_in_the_way() {
    let folder = Folder::new("leftover");
    fs::write(folder.path("swarm.db-new"), "half a file").unwrap();
    fs::write(folder.path("swarm.db-new-journal"), "half a journal").unwrap();
    let path = written(&folder);
    assert!(path.exists() && !folder.path("swarm.db-new").exists());
}

#[test]
fn a_lost_end_of_the_log_is_taken_for_the_end() {
    let folder = Folder::new("witness");
    let path = written(&folder);
    let (log, kept) = (folder.path("swarm.db-wal"), folder.path("kept"));
    let store = SqliteStore::open(&path).unwrap();
    store.blocking().commit(&swarm(), put("b", "2")).unwrap();
    store.blocking().commit(&swarm(), put("c", "3")).unwrap();
    // As a crash would leave it.
    fs::copy(&log, &kept).unwrap();
    let file = fs::read(&path).unwrap();
    drop(store);
    let crashed = |log_bytes: &[u8]| {
        fs::write(&path, &file).unwrap();
        fs::write(&log, log_bytes).unwrap();
    };

    let whole = fs::read(&kept).unwrap();
    for length in [0, 32, whole.len() / 2, whole.len() - 1] {
        crashed(&whole[..length]);
        let error = refused(&path);
        assert!(matches!(error, OpenError::Corrupted { .. }), "{length}: {error}");
        assert!(error.to_string().contains("acknowledged are missing"), "{error}");
        assert_eq!(fs::read(&log).unwrap(), whole[..length], "the log is as it was");
    }
    crashed(&whole);
    assert_eq!(SqliteStore::open(&path).unwrap().blocking().standing(&swarm()).unwrap().last.version.get(), 3);

    // Whoever puts an older file back says so by taking the witness away.
    crashed(b"");
    fs::remove_file(folder.path("swarm.db-lock")).unwrap();
    assert_eq!(SqliteStore::open(&path).unwrap().blocking().standing(&swarm()).unwrap().last.version.get(), 1);
}

#[test]
fn a_path_that_is_relative_moves_with_the_program() {
    let folder = Folder::new("relative");
    let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
    assert!(store.blocking().path().is_absolute());
    assert!(format!("{store:?}").contains("swarm.db"));
}

/// Where the file of the first format is kept, and how it was written.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/format-1.db");

/// What the golden file holds. `MOAI_WRITE_GOLDEN=1` writes a new one, for a new format only.
async fn write_golden(path: &Path) {
    let store = SqliteStore::open_with(path, &SeededChance::new(1), Limits::default()).unwrap();
    let state = store.blocking();
    state.commit(&swarm(), put("task_count", "80").put(namespace!("state"), key("Zähler/Süd"), "7")).unwrap();
    state.commit(&swarm(), put("gone", "x").delete(namespace!("state"), key("gone"))).unwrap();
    state.commit(&swarm(), put("task/1", "a").put(namespace!("state"), key("task/2"), "b")).unwrap();
    let tasks = KeyRange::prefix(&key("task/"));
    state.commit(&swarm(), Batch::new().delete_range(namespace!("state"), tasks)).unwrap();
    state.commit(&swarm(), put("task/2", "c")).unwrap();
    state.commit(&swarm_id!("swarm-002"), put("other", "1").floor(Version::new(40).unwrap())).unwrap();
    let record = |text: &'static str| NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, text);
    store.journal().append(vec![record("approved"), record("rejected")]).await.unwrap();
}

#[test]
fn a_file_of_the_first_format_cannot_be_read_any_more() {
    pollster::block_on(async {
        if std::env::var_os("MOAI_WRITE_GOLDEN").is_some() {
            let folder = Folder::new("golden");
            let path = folder.path("format-1.db");
            write_golden(&path).await;
            fs::create_dir_all(Path::new(GOLDEN).parent().unwrap()).unwrap();
            fs::copy(path, GOLDEN).unwrap();
        }
        let folder = Folder::new("golden");
        let path = folder.path("format-1.db");
        fs::copy(GOLDEN, &path).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let verified = store.verify().await.unwrap();
        assert_eq!((verified.swarms, verified.records), (2, 2));

        let state = store.blocking();
        let listed = state.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap().entries;
        let listed: BTreeMap<_, _> =
            listed.iter().map(|entry| (entry.key.as_str(), (entry.version.get(), &entry.value[..]))).collect();
        let due = [("Zähler/Süd", (2, &b"7"[..])), ("task/2", (8, b"c")), ("task_count", (1, b"80"))];
        assert_eq!(listed, BTreeMap::from(due));
        let held = |name: &str| state.look(&swarm(), &namespace!("state"), &key(name)).unwrap().expected();
        let deleted = |version| moai_core::Expected::Deleted(Version::new(version).unwrap());
        assert_eq!([held("gone"), held("task/1")], [deleted(4), deleted(7)]);
        let standing = state.standing(&swarm_id!("swarm-002")).unwrap();
        assert_eq!(standing.last.version.get(), 41);
        assert_eq!(standing.last.epoch, moai_core::Epoch::draw(&SeededChance::new(1)).unwrap());

        let head: Head = verify_journal(&store.journal(), None).await.unwrap();
        assert_eq!(head.to_string(), "2:8038d6d3dc2d51f6135ef599a5971c04dbde907dde7b5762f289025881809988");
    });
}
