//! How a write fails.

/// How a write fails, and what it leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The engine does not answer: `Unavailable`. Nothing changed, and the next write may succeed.
    Before,
    /// The engine fails under the write, as when a disk does not confirm that it has written: `Failed`, and from then on
    /// `Poisoned` until [`Faults::reopen`](crate::Faults::reopen). The caller cannot know whether it took effect.
    During {
        /// Whether the write took effect, so that only its answer was lost. When the provider behind refuses the write,
        /// that is the answer, and nothing is poisoned.
        applied: bool,
    },
}
