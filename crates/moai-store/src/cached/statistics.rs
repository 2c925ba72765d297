//! How well a cache does.

/// How well a [`CachedStore`](crate::CachedStore) does: of all its handles together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// How many readers of a key found it kept.
    pub hits: u64,
    /// How many readers of a key had to ask the store.
    pub misses: u64,
    /// How many entries are kept.
    pub entries: usize,
    /// How many bytes they take: keys, values, and a fixed number for each entry.
    pub bytes: usize,
}
