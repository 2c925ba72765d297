//! Ballots that contradict each other: what is kept of them, and what is told.

use std::sync::Arc;

use super::{Entry, Ledger, Output};
use crate::{Evidence, VoteError};

impl Ledger {
    /// Keeps evidence, writes it down and tells of it, unless there is some of that kind against that voter: one says
    /// it all, and a voter who sends a thousand ballots must not fill the memory with them. A proof replaces what is
    /// none. Returns whether it is new.
    pub(crate) fn keep(&mut self, evidence: &Arc<Evidence>, out: &mut Vec<Output>) -> bool {
        let alike = |kept: &&mut Arc<Evidence>| kept.voter() == evidence.voter() && kept.kind == evidence.kind;
        match self.evidence.iter_mut().find(alike) {
            Some(kept) if kept.is_proof() || !evidence.is_proof() => return false,
            Some(kept) => *kept = evidence.clone(),
            None => self.evidence.push(evidence.clone()),
        }
        out.push(Output::Persist(Entry::Evidence(evidence.clone())));
        out.push(Output::Evidence(evidence.clone()));
        true
    }

    /// The place of the voter against whom evidence from elsewhere speaks.
    ///
    /// # Errors
    ///
    /// For a stranger, and for what is bound to something else or shows nothing.
    pub(crate) fn examine(&mut self, evidence: &Evidence) -> Result<usize, VoteError> {
        let place = self.place_of(evidence.voter())?;
        let shown = Evidence::of(&evidence.first, &evidence.second).is_some_and(|shown| shown == *evidence);
        if evidence.first.instance == self.instance && shown {
            return Ok(place);
        }
        Err(VoteError::WrongElectorate { proposal: self.id(), voter: evidence.voter().clone() })
    }

    /// What is kept against a voter who may not be counted.
    pub(crate) fn against(&self, place: usize) -> Option<Arc<Evidence>> {
        let voter = &self.opening.electorate.get(place)?.id;
        self.evidence.iter().find(|kept| kept.voter() == voter).cloned()
    }
}
