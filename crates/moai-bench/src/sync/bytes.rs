//! Ten of a hundred keys of a kilobyte were changed: what goes through the wire to a replica that stands where it was before.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{DigestBuilder, LocalCoordinator, Value, Version, swarm_id, value};
use moai_crdt::WireForm;
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, StateChange, StateSynchronizer, StateUpdate};

use super::rounds::{key, runtime, spawn_agent};
use crate::contest::Contest;
use crate::report::Report;
use crate::unit::Unit;

const NAME: &str = "bytes-10-of-100";
const KEYS: usize = 100;
const CHANGED: usize = 10;
const LIMIT: f64 = 3_000.0;
const WITHIN: Duration = Duration::from_secs(60);

pub(super) fn run(report: &mut Report) {
    if !report.wants(NAME) {
        return;
    }
    let told = runtime().block_on(exchange());
    eprintln!(
        "{NAME}: {} raw, {} batched, {} packed; all keys packed {}, saved {:.1} %; a round of questions: {} of answers",
        told.raw,
        told.batched,
        told.packed,
        told.full,
        100.0 - 100.0 * told.packed as f64 / told.full as f64,
        told.round
    );
    Contest::new(NAME, Unit::Bytes, |gauge| gauge.bytes(1, told.packed))
        .peer("limit-of-3-KB", 1.0, |gauge| gauge.recorded(LIMIT))
        .peer("ours-raw", None, |gauge| gauge.bytes(1, told.raw))
        .peer("ours-batched", None, |gauge| gauge.bytes(1, told.batched))
        .peer("ours-all-keys", 10.0, |gauge| gauge.bytes(1, told.full))
        .run(report);
}

struct Told {
    /// A message for each change, not packed.
    raw: usize,
    /// One message, not packed.
    batched: usize,
    /// One message as it is sent.
    packed: usize,
    /// The same with all keys.
    full: usize,
    /// What came in when the synchronizer asked for the ten.
    round: usize,
}

async fn exchange() -> Told {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let memory = Arc::new(MemoryStore::new().expect("a memory"));
    let synchronizer =
        StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.expect("a synchronizer");
    let replica = spawn_agent(&swarm, 0).await;
    let keys: Vec<_> = (0..KEYS).map(key).collect();
    for (number, key) in keys.iter().enumerate() {
        replica.put(key, task(number, "open")).expect("it is written");
    }
    synchronizer.synchronize_many(&keys, WITHIN).await.expect("it is stored");
    let versions: Vec<_> = {
        let mut versions = Vec::new();
        for key in &keys {
            versions.push(synchronizer.get_state_version(key).await.expect("it tells").expect("it is there"));
        }
        versions
    };
    let before = versions.into_iter().max().expect("a version");
    for (number, key) in keys.iter().enumerate().take(CHANGED) {
        replica.put(key, task(number, "done")).expect("it is written");
    }
    let (reports, round) = synchronizer.synchronize_many(&keys[..CHANGED], WITHIN).await.expect("it is stored");
    assert!(reports.iter().all(|report| report.changed));
    let changes = synchronizer.delta_sync(before).await.expect("it tells").changes;
    let all = synchronizer.delta_sync(Version::ZERO).await.expect("it tells").changes;
    assert!(changes.len() == CHANGED && all.len() == KEYS);
    let alone = |change: &StateChange| WireForm::to_bytes(&StateUpdate::new(vec![change.clone()])).len();
    let (raw, some) = (changes.iter().map(alone).sum(), StateUpdate::new(changes));
    Told {
        raw,
        batched: WireForm::to_bytes(&some).len(),
        packed: some.to_bytes().len(),
        full: StateUpdate::new(all).to_bytes().len(),
        round: round.bytes_received as usize,
    }
}

/// A task as agents write them, of a kilobyte.
fn task(number: usize, state: &str) -> Value {
    value!({
        "id": number as u64, "state": state, "owner": "agent-1", "priority": "high", "description": words(number as u64),
    })
}

/// Words that come in no order.
fn words(of: u64) -> String {
    const WORDS: [&str; 32] = [
        "index",
        "repository",
        "report",
        "change",
        "since",
        "last",
        "run",
        "module",
        "test",
        "fails",
        "review",
        "agent",
        "branch",
        "merge",
        "conflict",
        "schema",
        "migrate",
        "deploy",
        "latency",
        "budget",
        "owner",
        "retry",
        "queue",
        "timeout",
        "cache",
        "release",
        "document",
        "interface",
        "measure",
        "remove",
        "rename",
        "verify",
    ];
    let mut text = String::new();
    for step in 0.. {
        if text.len() > 900 {
            break;
        }
        let drawn = DigestBuilder::new("words").u64(of).u64(step).finish();
        for byte in drawn.as_bytes() {
            text += WORDS[usize::from(*byte) % WORDS.len()];
            text.push(' ');
        }
    }
    text
}
