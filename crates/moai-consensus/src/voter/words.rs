//! What an agent has said, as far as it remembers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use moai_core::{Digest, ProposalId, Timestamp};

use super::VoterError;
use crate::{Ballot, Request};

/// Which question. The same proposal under another electorate or rule is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    instance: Digest,
    proposal: ProposalId,
}

impl Key {
    pub(super) fn new(proposal: ProposalId, instance: Digest) -> Self {
        Self { instance, proposal }
    }

    pub(super) fn of(request: &Request) -> Self {
        Self::new(request.proposal.id().clone(), request.instance)
    }
}

/// What an agent said to one question.
pub(super) enum Said {
    /// A ballot, which never changes.
    Ballot {
        ballot: Arc<Ballot>,
        /// Whether it stands in the journal, where there is one: it is not given before.
        recorded: bool,
    },
    /// That there is none. It stands for this vote; a vote with another deadline is another try.
    Nothing(Box<Silence>),
}

/// Why there is no ballot. It is rare and large, so it is kept apart.
pub(super) struct Silence {
    pub(super) why: VoterError,
    pub(super) deadline: Timestamp,
}

/// The last words, each under its question. The oldest one is forgotten for one too many.
///
/// Most agents have few, and there are many agents: a tree makes room for eleven at once, so it holds pointers only.
pub(super) struct Words {
    most: usize,
    by_question: BTreeMap<Arc<Key>, Box<Said>>,
    order: VecDeque<Arc<Key>>,
}

impl Words {
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), by_question: BTreeMap::new(), order: VecDeque::new() }
    }

    pub(super) fn resize(&mut self, most: usize) {
        self.most = most.max(1);
        self.forget();
    }

    pub(super) fn get(&self, question: &Key) -> Option<&Said> {
        self.by_question.get(question).map(Box::as_ref)
    }

    pub(super) fn len(&self) -> usize {
        self.by_question.len()
    }

    pub(super) fn put(&mut self, question: Key, said: Said) {
        let question = Arc::new(question);
        if self.by_question.insert(question.clone(), Box::new(said)).is_none() {
            self.order.push_back(question);
        }
        self.forget();
    }

    fn forget(&mut self) {
        while self.order.len() > self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.by_question.remove(&oldest);
            }
        }
    }
}
