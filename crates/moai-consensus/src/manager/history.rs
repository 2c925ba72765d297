//! What ended lately.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use moai_core::{ProposalId, Timestamp};

use super::RequestError;
use crate::{Certificate, Outcome};

/// The last votes that ended. The oldest goes when there are too many.
pub(super) struct History {
    limit: usize,
    /// The names in the order in which they ended.
    order: BTreeMap<u64, ProposalId>,
    ended: HashMap<ProposalId, (u64, Ended)>,
    count: u64,
    /// The votes whose certificates are kept, in the order in which they ended, with the bytes of each.
    certificates: VecDeque<(u64, usize)>,
    bytes: usize,
}

/// How many bytes of certificates are kept.
const ROOM: usize = 16 << 20;

/// How a vote ended.
pub(super) struct Ended {
    pub(super) ending: Result<Arc<Outcome>, RequestError>,
    /// Until when it was open, by its own time.
    pub(super) deadline: Timestamp,
    /// How far that is ahead of the manager's.
    pub(super) ahead: i64,
    /// The places of those whose ballot came too late and was written down.
    pub(super) noted: BTreeSet<usize>,
    /// What proves the outcome, as long as there is room for it.
    pub(super) certificate: Option<Arc<Certificate>>,
}

impl Ended {
    pub(super) const fn new(
        ending: Result<Arc<Outcome>, RequestError>,
        deadline: Timestamp,
        ahead: i64,
        certificate: Option<Arc<Certificate>>,
    ) -> Self {
        Self { ending, deadline, ahead, noted: BTreeSet::new(), certificate }
    }
}

impl History {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, order: BTreeMap::new(), ended: HashMap::new(), count: 0, certificates: VecDeque::new(), bytes: 0 }
    }

    /// A name may be used again once its vote has ended: the later ending stands, and is the youngest.
    pub(super) fn push(&mut self, id: ProposalId, ended: Ended) {
        self.count += 1;
        if let Some(certificate) = &ended.certificate {
            let bytes = certificate.size();
            self.certificates.push_back((self.count, bytes));
            self.bytes += bytes;
        }
        if let Some((before, _)) = self.ended.insert(id.clone(), (self.count, ended)) {
            self.order.remove(&before);
        }
        self.order.insert(self.count, id);
        if self.order.len() > self.limit
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.ended.remove(&oldest);
        }
        self.forget_certificates();
    }

    /// Forgets the oldest certificates, as long as there are too many bytes of them, and those of votes that are forgotten.
    fn forget_certificates(&mut self) {
        let first = self.order.first_key_value().map_or(u64::MAX, |(first, _)| *first);
        while let Some((number, bytes)) = self.certificates.front().copied() {
            if number >= first && self.bytes <= ROOM {
                return;
            }
            self.certificates.pop_front();
            self.bytes -= bytes;
            let ended = self.order.get(&number).and_then(|id| self.ended.get_mut(id));
            ended.into_iter().for_each(|(_, ended)| ended.certificate = None);
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
        history.push(id, Ended::new(Err(RequestError::Stopped), Timestamp::UNIX_EPOCH, 0, None));
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
