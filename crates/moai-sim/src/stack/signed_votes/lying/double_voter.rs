//! Signs both sides of whatever it is asked, also where no honest voter would sign at all.

use moai_consensus::{Ballot, Choice, Request};
use moai_core::AgentId;

pub(super) fn ballots(request: &Request, me: &AgentId) -> Vec<Ballot> {
    [Choice::For, Choice::Against].map(|choice| request.ballot(me.clone(), choice)).into()
}
