//! What ended lately.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use moai_core::{ProposalId, Timestamp};

use super::RequestError;
use crate::Outcome;

/// The last votes that ended. The oldest goes when there are too many.
pub(super) struct History {
    limit: usize,
    /// The names in the order in which they ended.
    order: BTreeMap<u64, ProposalId>,
    ended: HashMap<ProposalId, (u64, Ended)>,
    count: u64,
}

/// How a vote ended.
pub(super) struct Ended {
    pub(super) ending: Result<Arc<Outcome>, RequestError>,
    /// Until when it was open, by its own time.
    pub(super) deadline: Timestamp,
    /// How far that is ahead of the manager's.
    pub(super) ahead: i64,
    /// The places of those whose ballot came too late and was written down.
    pub(super) noted: BTreeSet<usize>,
}

impl Ended {
    pub(super) const fn new(ending: Result<Arc<Outcome>, RequestError>, deadline: Timestamp, ahead: i64) -> Self {
        Self { ending, deadline, ahead, noted: BTreeSet::new() }
    }
}

impl History {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, order: BTreeMap::new(), ended: HashMap::new(), count: 0 }
    }

    /// A name may be used again once its vote has ended: the later ending stands, and is the youngest.
    pub(super) fn push(&mut self, id: ProposalId, ended: Ended) {
        self.count += 1;
        if let Some((before, _)) = self.ended.insert(id.clone(), (self.count, ended)) {
            self.order.remove(&before);
        }
        self.order.insert(self.count, id);
        if self.order.len() > self.limit
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.ended.remove(&oldest);
        }
    }

    pub(super) fn get(&self, id: &ProposalId) -> Option<&Ended> {
        self.ended.get(id).map(|(_, ended)| ended)
    }

    pub(super) fn get_mut(&mut self, id: &ProposalId) -> Option<&mut Ended> {
        self.ended.get_mut(id).map(|(_, ended)| ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moai_core::proposal_id;

    fn push(history: &mut History, id: ProposalId) {
        history.push(id, Ended::new(Err(RequestError::Stopped), Timestamp::UNIX_EPOCH, 0));
    }

    #[test]
    fn a_name_that_is_used_again_is_as_young_as_its_last_vote() {
        let (a, b, c, d) = (proposal_id!("a"), proposal_id!("b"), proposal_id!("c"), proposal_id!("d"));
        let mut history = History::new(2);
        for id in [&a, &b, &a, &c] {
            push(&mut history, id.clone());
        }
        let known = |history: &History| [&a, &b, &c, &d].map(|id| history.get(id).is_some());
        assert_eq!(known(&history), [true, false, true, false]);
        for _ in 0..100 {
            push(&mut history, d.clone());
        }
        assert_eq!(known(&history), [false, false, true, true]);
        assert_eq!((history.order.len(), history.ended.len()), (2, 2));
    }

    #[test]
    fn a_ring_of_nothing_holds_nothing() {
        let mut history = History::new(0);
        push(&mut history, proposal_id!("a"));
        assert!(history.get(&proposal_id!("a")).is_none());
    }
}
