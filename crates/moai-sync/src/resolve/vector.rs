//! What had seen the others.

use moai_core::StateKey;
use moai_crdt::{Causality, Merge};

use super::lww::{is_same, last_written};
use super::{ResolveError, Resolved, Strategy, Way};
use crate::{AgentClock, StateVersion};

/// A version that another had seen gives way to it, whatever the time. Of those that had not seen each other the last that
/// was written wins, and the others stay visible as siblings.
///
/// Versions say by their vector clock what they had seen; one without has seen nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vector;

const NOTHING: &AgentClock = &AgentClock::new();

fn clock(state: &StateVersion) -> &AgentClock {
    state.metadata.vector_clock().unwrap_or(NOTHING)
}

impl Strategy for Vector {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let undominated = undominated(versions);
        let last = last_written(key, undominated.iter().copied())?;
        // Who holds the same by the same history does not contradict it.
        let others = undominated.iter().filter(|other| other.value != last.value || clock(other) != clock(last));
        let mut siblings: Vec<StateVersion> = others.map(|other| (*other).clone()).collect();
        siblings.sort_by(|left, right| right.cmp_written(left));
        siblings.dedup_by(|later, earlier| is_same(later, earlier));
        let way = if siblings.is_empty() { Way::VectorCausal } else { Way::VectorConcurrentLww };
        let discarded = versions.iter().filter(|version| !is_same(version, last)).count();
        // Whatever was seen by one that gave way was seen by one that did not.
        let mut vector_clock = clock(last).clone();
        for other in &siblings {
            vector_clock.merge(clock(other));
        }
        Ok(Resolved { siblings, discarded: discarded as u64, vector_clock, ..Resolved::new(last.clone(), way) })
    }
}

/// Those that no other had seen. One pass that keeps only these: as many comparisons as there are versions times histories
/// that are kept.
fn undominated(versions: &[StateVersion]) -> Vec<&StateVersion> {
    let mut kept: Vec<(&AgentClock, Vec<&StateVersion>)> = Vec::new();
    for version in versions {
        let (mut is_seen, mut is_kept) = (false, false);
        kept.retain_mut(|(history, all)| match clock(version).compare(history) {
            Causality::After => false,
            Causality::Concurrent => true,
            Causality::Before => {
                is_seen = true;
                true
            }
            Causality::Equal => {
                all.push(version);
                is_kept = true;
                true
            }
        });
        if !is_seen && !is_kept {
            kept.push((clock(version), vec![version]));
        }
    }
    kept.into_iter().flat_map(|(_, all)| all).collect()
}
