//! What a replica's exchanges have done so far.

/// What a replica's exchanges have done so far, of both sides: for a metric, or a test.
///
/// ```
/// use moai_core::{agent_id, swarm_id};
/// use moai_sync::{ConflictResolver, Exchange, Replica};
///
/// let replica = Replica::new(agent_id!("agent-1"));
/// let peers = [agent_id!("agent-2")];
/// let mut half = Exchange::new(swarm_id!("s"), replica, ConflictResolver::crdt()).with_peers(peers);
/// // Nobody answers: the second takes the place of the first.
/// for _ in 0..2 {
///     let _lost = half.begin(&agent_id!("agent-2"))?;
/// }
/// assert_eq!((half.counts().begun, half.counts().same, half.under_way()), (2, 0, 1));
/// # Ok::<(), moai_sync::ExchangeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExchangeCounts {
    /// Exchanges that were begun here.
    pub begun: u64,
    /// Of them those at whose begin the peer held the same.
    pub same: u64,
    /// Of them those in which too much differed, so that all keys were gone through in pages.
    pub paged: u64,
    /// States that were sent.
    pub given: u64,
    /// States that changed what is held here.
    pub taken: u64,
    /// Messages and states that were refused; the log says why.
    pub refused: u64,
}
