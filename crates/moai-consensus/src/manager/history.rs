//! What was decided lately.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use moai_core::{ProposalId, Timestamp};

use crate::Outcome;

/// The last outcomes, and until when their votes were open. A ring: the oldest goes when it is full.
pub(super) struct History {
    limit: usize,
    order: VecDeque<ProposalId>,
    ended: HashMap<ProposalId, Ended>,
}

#[derive(Clone)]
pub(super) struct Ended {
    pub(super) outcome: Arc<Outcome>,
    pub(super) deadline: Timestamp,
}

impl History {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, order: VecDeque::new(), ended: HashMap::new() }
    }

    pub(super) fn push(&mut self, ended: Ended) {
        let id = ended.outcome.proposal.clone();
        // A name may be used again once its vote has ended: the later outcome stands.
        if self.ended.insert(id.clone(), ended).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.ended.remove(&oldest);
            }
        }
    }

    pub(super) fn get(&self, id: &ProposalId) -> Option<&Ended> {
        self.ended.get(id)
    }
}
