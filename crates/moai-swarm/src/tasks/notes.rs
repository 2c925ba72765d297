//! What has changed since somebody asked: whom it concerns is woken.

use std::collections::BTreeSet;

use moai_core::AgentId;

#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Of which needs a task came, or came back.
    pub(super) came: BTreeSet<BTreeSet<String>>,
    /// Whose room, capabilities or offers are others now, or who is gone.
    pub(super) touched: BTreeSet<AgentId>,
}
