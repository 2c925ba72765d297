//! What a replica's exchanges have done so far.

/// What a replica's exchanges have done so far, of both sides: for a metric, or a test.
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
