//! States as agents report them.

use std::sync::Arc;

use moai_core::{AgentId, FixedClock, StateKey, Timestamp, Value, Version};
use moai_sync::{AgentClock, ConflictResolver, CrdtType, Metadata, StateVersion, Strategy};

/// 1 January 2025, ten o'clock, and so many seconds.
pub(crate) fn ten_o_clock(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros((1_735_725_600 + seconds) * 1_000_000).unwrap()
}

pub(crate) fn agent(number: u64) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

pub(crate) fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

pub(crate) fn state(text: &str, value: Value, version: u64, seconds: i64, by: u64) -> StateVersion {
    StateVersion::new(key(text), value, Version::new(version).unwrap(), ten_o_clock(seconds), agent(by))
}

pub(crate) fn of_type(kind: CrdtType, text: &str, value: Value, version: u64, seconds: i64, by: u64) -> StateVersion {
    state(text, value, version, seconds, by).with_metadata(Metadata::of_type(kind))
}

pub(crate) fn counter(value: i64, version: u64, by: u64) -> StateVersion {
    of_type(CrdtType::Counter, "counter", value.into(), version, 0, by)
}

pub(crate) fn clocked(text: &str, value: &str, seconds: i64, by: u64, seen: &[(u64, u64)]) -> StateVersion {
    let clock: AgentClock = seen.iter().map(|(number, count)| (agent(*number), *count)).collect();
    state(text, value.into(), by, seconds, by).with_metadata(Metadata::new().with_vector_clock(clock))
}

/// A resolver at noon.
pub(crate) fn at_noon(strategy: impl Strategy + 'static) -> ConflictResolver {
    ConflictResolver::new(strategy).with_clock(Arc::new(FixedClock(ten_o_clock(7_200))))
}
