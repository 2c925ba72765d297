//! How much is read at the most.

/// The limits that bytes are read within. What is at a limit passes; one more is refused.
///
/// **Write it as below, with what is left to the default behind `..`**: a further limit is a further field, and that counts as
/// no breaking change.
///
/// Memory is bound by the bytes that are there in any case, and by what texts share: a claim alone never takes any.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Causal, OrSet, ReplicaId, WireForm, WireLimits};
///
/// let mut set = Causal::<OrSet<u64>>::default();
/// for element in 0..3 {
///     let _nobody_else_is_here = set.add(ReplicaId::derive(&agent_id!("agent-1"), 0), element);
/// }
/// let narrow = WireLimits { items: 2, ..WireLimits::default() };
/// assert!(Causal::<OrSet<u64>>::from_bytes_within(&set.to_bytes(), &narrow).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireLimits {
    /// Bytes in all. Default: 64 MiB.
    pub bytes: usize,
    /// Replicas that are named. Default: 100,000.
    pub replicas: usize,
    /// Dots that carry a value or were killed, at every depth together. Default: 10,000,000.
    pub dots: usize,
    /// Keys, and items of lists, at every depth together. Default: 10,000,000.
    pub items: usize,
    /// Bytes of texts that do not stand there because the text before begins with them, at every depth together: without
    /// this limit one long text and many short ones behind it would stand for very much memory. Default: 64 MiB, so that
    /// whatever could be read if it were written out in full can be read.
    pub shared: usize,
    /// How deep maps, lists and options nest in each other: a set of numbers is 1 deep. Values and documents count as they
    /// count for themselves, on top of where they stand; no document is deeper than
    /// [`Document::MAX_DEPTH`](crate::Document::MAX_DEPTH) in any case. Default: 32.
    pub depth: usize,
}

impl Default for WireLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20, replicas: 100_000, dots: 10_000_000, items: 10_000_000, shared: 64 << 20, depth: 32 }
    }
}
