//! What an agent has said, as far as it remembers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{Digest, ProposalId, Timestamp};

use super::VoterError;
use super::marks::Marks;
use crate::{Ballot, Request};

/// Which question. The same proposal under another electorate or rule is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    instance: Digest,
    pub(super) proposal: ProposalId,
}

impl Key {
    pub(super) fn new(proposal: ProposalId, instance: Digest) -> Self {
        Self { instance, proposal }
    }

    /// Whether this ballot is an answer to it.
    pub(super) fn is_answered_by(&self, ballot: &Ballot) -> bool {
        (&self.proposal, self.instance) == (&ballot.proposal, ballot.instance)
    }

    pub(super) fn of(request: &Request) -> Self {
        Self::new(request.proposal.id().clone(), request.instance)
    }
}

/// What an agent said to one question.
pub(super) enum Said {
    /// A ballot, which never changes.
    Ballot { ballot: Arc<Ballot>, kept: Kept },
    /// That there is none. It stands for this vote; a vote with another deadline is another try.
    Nothing(Box<Silence>),
}

/// Where a ballot is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is to be written down yet, and is not given before.
    Not,
    /// In memory alone, for there is no journal.
    Here,
    /// In the journal, under this number.
    At(u64),
}

/// Why there is no ballot. It is rare and large, so it is kept apart.
pub(super) struct Silence {
    pub(super) why: VoterError,
    pub(super) deadline: Timestamp,
}

/// The last words, each under its question. The oldest one leaves for one too many, and leaves a mark where it must never be
/// said differently.
///
/// Most agents have few, and there are many agents: a tree makes room for eleven at once, so it holds pointers only.
pub(super) struct Words {
    most: usize,
    by_question: BTreeMap<Arc<Key>, Box<Said>>,
    order: VecDeque<Arc<Key>>,
    /// Of what was said and is not in here any more.
    marks: Marks,
    /// Whether also that leaves a mark which stands in no journal.
    marks_all: bool,
}

impl Words {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            by_question: BTreeMap::new(),
            order: VecDeque::new(),
            marks: Marks::default(),
            marks_all: false,
        }
    }

    pub(super) fn resize(&mut self, most: usize) {
        self.most = most.max(1);
        self.forget();
    }

    /// From now on whatever is said leaves a mark: it is signed.
    pub(super) const fn mark_all(&mut self) {
        self.marks_all = true;
    }

    /// Where in the journal the word may stand that is not in here; 0 for one that stands nowhere any more.
    pub(super) fn marks(&self, question: &Key) -> Vec<u64> {
        self.marks.find(&question.instance)
    }

    #[cfg(test)]
    pub(super) fn mark(&mut self, instance: &Digest, seq: u64) {
        self.marks.put(instance, seq);
    }

    pub(super) fn marked(&self) -> usize {
        self.marks.len()
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
            let Some(oldest) = self.order.pop_front() else { return };
            let said = self.by_question.remove(&oldest);
            if planted("forgetting_a_word") {
                continue;
            }
            match said.as_deref() {
                Some(Said::Ballot { kept: Kept::At(seq), .. }) => self.marks.put(&oldest.instance, *seq),
                Some(Said::Ballot { kept: Kept::Here, .. }) if self.marks_all => self.marks.put(&oldest.instance, 0),
                // It may stand in the journal, and nobody knows under which number.
                Some(Said::Ballot { kept: Kept::Not, .. }) => self.marks.put(&oldest.instance, 0),
                // Of what nobody signed for no more is known. A failure is no word.
                Some(Said::Ballot { kept: Kept::Here, .. } | Said::Nothing(_)) | None => {}
            }
        }
    }
}
