//! Messages that wait to be read, and who is turned away before anything of theirs is.
//!
//! A short message can become a large answer in memory. So only so many bytes are read at once, and a large answer of
//! somebody who has no say is not read at all, but for its two names.

use moai_core::{AgentId, Envelope, ProposalId};

use super::shared::Shared;
use super::tasks::Latest;
use crate::{Input, Reply, VoteError, message_kinds};

/// How many messages are taken from the mailbox at once.
pub(super) const AT_ONCE: usize = 1_024;

/// How many bytes of messages are read at once; the first message may be longer.
const BYTES_AT_ONCE: usize = 1 << 20;

/// To read an answer up to this size costs as little as to look up who sent it.
const SMALL: usize = 1_024;

/// Moves as many of those that wait as are to be read at once, and no more.
pub(super) fn next_batch(waiting: &mut Vec<Envelope>, batch: &mut Vec<Envelope>) {
    let mut room = BYTES_AT_ONCE;
    let fits = |envelope: &&Envelope| match room.checked_sub(envelope.payload().len()) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    };
    let count = waiting.iter().take_while(fits).count().max(1).min(waiting.len());
    batch.extend(waiting.drain(..count));
}

/// Whether it is an answer that is to be read. A refusal is counted.
pub(super) fn is_to_be_read(shared: &Shared, envelope: &Envelope, latest: &mut Latest) -> bool {
    if *envelope.kind() != message_kinds::VOTE {
        tracing::debug!(from = %envelope.sender(), kind = %envelope.kind(), "not for a manager");
        return false;
    }
    if envelope.payload().len() <= SMALL {
        return true;
    }
    let refused = turned_away(shared, envelope, latest);
    if let Some(refused) = &refused {
        tracing::warn!(from = %envelope.sender(), cause = %refused, "a large answer is not read");
        shared.refuse(refused);
    }
    refused.is_none()
}

/// Why whoever sent an answer has no say in its vote, by its names alone. What has none is found out when it is read, and at
/// once.
fn turned_away(shared: &Shared, envelope: &Envelope, latest: &mut Latest) -> Option<VoteError> {
    let from = envelope.sender();
    let (voter, proposal) = Reply::names(envelope.payload(), &shared.options.limits).ok()?;
    if voter != *from {
        return Some(VoteError::OtherName { proposal, voter, from: from.clone() });
    }
    match latest.find(shared, &proposal) {
        Some(session) => session.voters.index_of(from).is_none().then_some(VoteError::NotEligible { proposal, voter }),
        None => shared.turned_away_late(&proposal, from),
    }
}

impl Shared {
    /// Why an answer to what is not open is not worth reading, if it is not: nobody who might have voted sent it.
    fn turned_away_late(&self, proposal: &ProposalId, voter: &AgentId) -> Option<VoteError> {
        let ended = self.desk().history.get(proposal).and_then(|ended| ended.ending.clone().ok());
        if ended.is_some_and(|outcome| outcome.electorate.index_of(voter).is_some()) {
            return None;
        }
        // With a failure in its place nothing is written down.
        let nothing = Input::Failed { voter: voter.clone(), round: 1, cause: String::new() };
        Some(self.too_late(proposal, voter, nothing))
    }
}
