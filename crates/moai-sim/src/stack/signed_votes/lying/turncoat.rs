//! Signs another side whenever it is asked, so that each round and each manager hears another one.

use moai_consensus::{Ballot, Choice, Request};
use moai_core::AgentId;

pub(super) fn ballots(request: &Request, me: &AgentId, times: u64) -> Vec<Ballot> {
    let choice = if times.is_multiple_of(2) { Choice::For } else { Choice::Against };
    vec![request.ballot(me.clone(), choice)]
}
