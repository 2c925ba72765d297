//! What a row counts.

/// What a row counts; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Nanoseconds of processor time.
    Time,
    Bytes,
    /// Seconds of a simulation: the same in each run.
    Simulated,
    /// How often in an hour of a simulation.
    PerHour,
    /// Messages, each counted for each receiver.
    Messages,
}

impl Unit {
    /// The name that suits a value of this size, and how many of the unit it stands for.
    pub(crate) fn scale(self, value: f64) -> (&'static str, f64) {
        match self {
            Self::Time if value < 1e4 => ("ns", 1.0),
            Self::Time if value < 1e6 => ("us", 1e3),
            Self::Time => ("ms", 1e6),
            Self::Bytes if value < 1e4 => ("B", 1.0),
            Self::Bytes if value < 1e6 => ("KB", 1e3),
            Self::Bytes => ("MB", 1e6),
            Self::Simulated => ("s", 1.0),
            Self::PerHour => ("/h", 1.0),
            Self::Messages => (" messages", 1.0),
        }
    }
}
