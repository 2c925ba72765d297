//! How much memory a million small keys take: 20 bytes of key and 16 bytes of value each, put in order, then read.

use moai_core::{Batch, KeyRange, Limits, SeededChance, StateKey, SwarmId, namespace, swarm_id};
use moai_store::{BlockingMemoryStore, MemoryStore};

const KEYS: usize = 1_000_000;
const AT_ONCE: usize = 1_000;
/// All of the process, in KiB: 250 MB.
const BAR: u64 = 250_000_000 / 1_024;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(before) = resident() else {
        println!("/proc/self/status does not say how much memory is resident here");
        return Ok(());
    };
    let store = MemoryStore::with(&SeededChance::new(1), Limits::default())?.blocking().clone();
    let swarm = swarm_id!("swarm-001");

    put_all(&store, &swarm)?;
    report("put", before);
    assert_eq!(read_all(&store, &swarm)?, KEYS);
    let held = report("put and read", before);
    assert!(held <= BAR, "{held} KiB are resident, the bar is {BAR} KiB");

    store.commit(&swarm, Batch::new().delete_range(namespace!("state"), KeyRange::ALL))?;
    assert_eq!(read_all(&store, &swarm)?, 0);
    let last = store.standing(&swarm).last.version;
    store.compact(&swarm, last);
    put_all(&store, &swarm)?;
    // The allocator may keep what was given back, so that less does not show; more would.
    let held = report("cleared, compacted and put again", before);
    assert!(held <= BAR, "{held} KiB are resident, the bar is {BAR} KiB");
    Ok(())
}

fn put_all(store: &BlockingMemoryStore, swarm: &SwarmId) -> Result<(), Box<dyn std::error::Error>> {
    for first in (0..KEYS).step_by(AT_ONCE) {
        let mut batch = Batch::new();
        for number in first..first + AT_ONCE {
            batch =
                batch.put(namespace!("state"), StateKey::new(format!("key-{number:016}"))?, format!("{number:016}"));
        }
        store.commit(swarm, batch)?;
    }
    Ok(())
}

/// Reads every key through pages; how many there were.
fn read_all(store: &BlockingMemoryStore, swarm: &SwarmId) -> Result<usize, Box<dyn std::error::Error>> {
    let (mut read, mut after) = (0, None);
    loop {
        let listing = store.list(swarm, &namespace!("state"), &KeyRange::ALL, after.as_ref(), AT_ONCE)?;
        read += listing.entries.len();
        after = listing.next;
        if after.is_none() {
            return Ok(read);
        }
    }
}

/// Prints what is resident, and gives it in KiB.
fn report(what: &str, before: u64) -> u64 {
    let now = resident().unwrap_or_default();
    let bytes = now.saturating_sub(before) * 1_024 / KEYS as u64;
    println!("{what}: {now} KiB resident, {bytes} bytes per key");
    now
}

/// The resident memory of this process in KiB, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
