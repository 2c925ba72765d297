//! How much of everything an exchange may take.

/// The limits of an exchange. What is at a limit passes.
///
/// ```
/// use moai_sync::reconcile::ReconcileLimits;
///
/// let limits = ReconcileLimits::default();
/// assert_eq!(limits.differences_of(1_000_000, 999_000), 70_000);
/// assert_eq!(limits.differences_of(10, 10), 128);
/// assert_eq!(limits.with_free(200).differences_of(10, 10), 200);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileLimits {
    /// Symbols of one exchange, at most [`SYMBOLS`](Self::SYMBOLS). Default: 131,072, which is 2.6 MB.
    pub symbols: u32,
    /// Symbols in one message. Default: 4,096, which is 82 KB.
    pub batch: u16,
    /// Thousandths of the greater set that may differ: above, pages of a snapshot cost less. Default: 70.
    pub share: u16,
    /// Differences that are decoded in any case, also if that is all of a small set. Default: 128.
    pub free: u32,
    /// Entries that a set may claim to have. Default: 2^32.
    pub entries: u64,
}

impl ReconcileLimits {
    /// More symbols are never sent: 2^20. Fixed, so that a set keeps no more.
    pub const SYMBOLS: u32 = 1 << 20;

    /// So many symbols in one exchange.
    #[must_use]
    pub const fn with_symbols(mut self, symbols: u32) -> Self {
        self.symbols = symbols;
        self
    }

    /// So many symbols in one message.
    #[must_use]
    pub const fn with_batch(mut self, batch: u16) -> Self {
        self.batch = batch;
        self
    }

    /// So many thousandths of the greater set may differ.
    #[must_use]
    pub const fn with_share(mut self, share: u16) -> Self {
        self.share = share;
        self
    }

    /// So many differences are decoded in any case.
    #[must_use]
    pub const fn with_free(mut self, free: u32) -> Self {
        self.free = free;
        self
    }

    /// A set may claim to have so many entries.
    #[must_use]
    pub const fn with_entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }

    /// How many differences between sets of these sizes are worth decoding.
    #[must_use]
    pub fn differences_of(&self, ours: u64, theirs: u64) -> u64 {
        (ours.max(theirs) / 1_000).saturating_mul(self.share.into()).max(self.free.into())
    }

    /// How many symbols are sent for sets of these sizes, before the exchange is given up. A few differences take up to three
    /// times as many, hundreds half as many again.
    pub(super) fn symbols_for(&self, ours: u64, theirs: u64) -> usize {
        let enough = self.differences_of(ours, theirs).saturating_mul(3) / 2 + 64;
        let most = self.symbols.min(Self::SYMBOLS);
        usize::try_from(enough.min(most.into())).unwrap_or(usize::MAX)
    }
}

impl Default for ReconcileLimits {
    fn default() -> Self {
        Self { symbols: 1 << 17, batch: 4_096, share: 70, free: 128, entries: 1 << 32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_takes_symbols_without_a_limit() {
        let limits = ReconcileLimits::default();
        assert_eq!(limits.symbols_for(0, 0), 256);
        assert_eq!(limits.symbols_for(1_000_000, 0), 105_064);
        assert_eq!(limits.symbols_for(u64::MAX, 1), 1 << 17);
        let none = ReconcileLimits { symbols: u32::MAX, ..limits };
        assert_eq!(none.symbols_for(u64::MAX, 1), 1 << 20);
    }
}
