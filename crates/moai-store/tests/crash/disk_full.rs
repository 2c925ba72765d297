//! A disk that is full: reads go on, nothing is lost, and with room again writes go on.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use moai_core::{Batch, Coded, Journal, KeyRange, StateKey, namespace};
use moai_store::SqliteStore;

use crate::Count;
use crate::folder::Folder;
use crate::ledger::{record, swarm};

pub(crate) fn run(count: &mut Count) {
    let folder = Folder::new("full");
    let Some(disk) = Disk::mount(&folder) else {
        println!("SKIPPED: a full disk, for this user may not mount one");
        return;
    };
    match fill(&folder) {
        Ok(refused) => println!("{refused} writes were refused on a full disk"),
        Err(why) => count.lost.push(format!("on a full disk: {why}")),
    }
    drop(disk);
}

/// A small disk in memory.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(folder: &Folder) -> Option<Self> {
        let place = folder.path(".");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1600k", "tmpfs"]).arg(&place);
        mount.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(place))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).stdin(Stdio::null()).stdout(Stdio::null()).status();
    }
}

fn fill(folder: &Folder) -> Result<usize, String> {
    let (path, ballast) = (folder.path("swarm.db"), folder.path("ballast"));
    let store = SqliteStore::open(&path).map_err(|error| error.to_string())?;
    // A large number of pages to give back later; with less room, the log and the file compete sooner.
    File::create(&ballast).and_then(|mut file| file.write_all(&[7; 900 << 10])).map_err(|error| error.to_string())?;
    let put = |number: usize| {
        let key = StateKey::new(format!("key-{number:04}")).unwrap();
        Batch::new().put(namespace!("state"), key, number.to_le_bytes().repeat(1_000))
    };
    let state = store.blocking();
    let (mut kept, mut refused) = (0, 0);
    while refused < 20 {
        match state.commit(&swarm(), put(kept)) {
            Ok(_) if refused == 0 => kept += 1,
            Ok(_) => return Err("a write went through on a disk that had just been full".to_owned()),
            Err(error) if error.code() == "store.full" => refused += 1,
            Err(error) => return Err(format!("a write was refused otherwise: {error}")),
        }
        if kept > 1_000 {
            return Err("the disk never was full".to_owned());
        }
    }
    let large = pollster::block_on(store.journal().append(vec![record(0, 1)]));
    if large.as_ref().is_err_and(|error| error.code() != "journal.full") {
        return Err(format!("a record was refused otherwise: {large:?}"));
    }
    let read = |store: &SqliteStore, due: usize| -> Result<(), String> {
        let listing = store.blocking().list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10_000);
        let entries = listing.map_err(|error| error.to_string())?.entries;
        let whole = entries.iter().enumerate().all(|(number, entry)| entry.value == number.to_le_bytes().repeat(1_000));
        if entries.len() != due || !whole {
            return Err(format!("{} entries are there, {due} were acknowledged", entries.len()));
        }
        store.blocking().verify().map(drop).map_err(|error| error.to_string())
    };
    read(&store, kept)?;
    fs::remove_file(&ballast).map_err(|error| error.to_string())?;
    for number in kept..kept + 10 {
        state.commit(&swarm(), put(number)).map_err(|error| format!("with room again: {error}"))?;
    }
    read(&store, kept + 10)?;
    drop(store);
    let store = SqliteStore::open(Path::new(&path)).map_err(|error| error.to_string())?;
    read(&store, kept + 10)?;
    Ok(refused)
}
