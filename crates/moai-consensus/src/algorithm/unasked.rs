//! A question that nobody can be asked.

use super::Algorithm;
use crate::session::{Manner, VoteSession};
use crate::{FinalTally, OpenError, Opening, Rule, Session, Why};

/// How a vote is run in a swarm that cannot be looked at: it is put to nobody, and never passes.
pub(crate) struct Unasked;

impl Rule for Unasked {
    fn holds(&self, _: &FinalTally<'_>) -> Result<(), Why> {
        Err(Why::Other("nobody can be asked"))
    }

    fn words(&self) -> String {
        "nobody can be asked".into()
    }
}

impl Algorithm for Unasked {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(VoteSession::new(opening, Self.shared(), Manner::Plain)))
    }
}
