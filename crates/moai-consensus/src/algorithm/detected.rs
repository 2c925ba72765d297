//! Who contradicted itself, over many votes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use moai_core::AgentId;

use crate::Evidence;

/// How many voters are remembered.
const VOTERS: usize = 1_024;

/// Of how many votes each.
const VOTES: usize = 4;

/// Who contradicted itself, over many votes. Clones share it, and its memory is bounded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detected(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    voters: BTreeMap<AgentId, Caught>,
    /// How much has been added: the greater it is, the later.
    clock: u64,
}

#[derive(Debug, Default)]
struct Caught {
    evidence: VecDeque<Arc<Evidence>>,
    last: u64,
}

impl Detected {
    /// Remembers it, unless there is as good evidence of that vote.
    pub(crate) fn add(&self, evidence: &Arc<Evidence>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clock += 1;
        let (now, voter) = (inner.clock, evidence.voter());
        if inner.voters.len() >= VOTERS && !inner.voters.contains_key(voter) {
            let oldest = inner.voters.iter().min_by_key(|(_, caught)| caught.last).map(|(voter, _)| voter.clone());
            oldest.into_iter().for_each(|oldest| drop(inner.voters.remove(&oldest)));
        }
        let caught = inner.voters.entry(voter.clone()).or_default();
        caught.last = now;
        match caught.evidence.iter_mut().find(|known| known.first.instance == evidence.first.instance) {
            Some(known) if known.is_proof() || !evidence.is_proof() => {}
            Some(known) => *known = evidence.clone(),
            None => {
                if caught.evidence.len() >= VOTES {
                    caught.evidence.pop_front();
                }
                caught.evidence.push_back(evidence.clone());
            }
        }
    }

    /// All of it, by voter.
    pub(crate) fn all(&self) -> BTreeMap<AgentId, Vec<Evidence>> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = |caught: &Caught| caught.evidence.iter().map(|evidence| Evidence::clone(evidence)).collect();
        inner.voters.iter().map(|(voter, caught)| (voter.clone(), whole(caught))).collect()
    }
}
