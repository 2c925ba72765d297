//! The exchanges that are under way: one with each peer, and not too many.

use moai_core::{AgentId, CorrelationId};

/// The exchanges of one role that are under way, the oldest first.
pub(super) struct UnderWay<T>(Vec<(AgentId, CorrelationId, T)>);

impl<T> Default for UnderWay<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> UnderWay<T> {
    /// Begins one: it takes the place of the one with the same peer, or, if there are as many as may be, of the oldest.
    pub(super) fn begin(&mut self, peer: AgentId, correlation: CorrelationId, exchange: T, most: usize) {
        self.end_with(&peer);
        if self.0.len() >= most.max(1) {
            self.0.remove(0);
        }
        self.0.push((peer, correlation, exchange));
    }

    /// The one that a message belongs to.
    pub(super) fn get(&mut self, peer: &AgentId, correlation: CorrelationId) -> Option<&mut T> {
        let found = self.0.iter_mut().find(|(its, about, _)| its == peer && *about == correlation);
        found.map(|(_, _, exchange)| exchange)
    }

    /// Ends the one that a message belongs to.
    pub(super) fn end(&mut self, peer: &AgentId, correlation: CorrelationId) -> Option<T> {
        let at = self.0.iter().position(|(its, about, _)| its == peer && *about == correlation)?;
        Some(self.0.remove(at).2)
    }

    /// Ends whatever is under way with a peer.
    pub(super) fn end_with(&mut self, peer: &AgentId) {
        self.0.retain(|(its, ..)| its != peer);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
