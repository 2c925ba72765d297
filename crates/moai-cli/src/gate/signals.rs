//! Signals that end a gate, or go to its command.

use tokio::signal::unix::{SignalKind, signal};

use crate::watched_signals::{HANG_UP, TERMINATE, WatchedSignals};
pub(super) use crate::watched_signals::{INTERRUPT, QUIT};

/// The signals that whoever runs a gate can send it.
#[derive(Debug)]
pub(super) struct Signals(WatchedSignals);

/// The limit on the size of files.
const FILE_SIZE: i32 = 25;

impl Signals {
    /// # Errors
    ///
    /// When they cannot be watched.
    pub(super) fn watch() -> std::io::Result<Self> {
        WatchedSignals::watch(&[INTERRUPT, QUIT, TERMINATE, HANG_UP]).map(Self)
    }

    /// One that has come already.
    pub(super) async fn pending(&mut self) -> Option<u8> {
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> u8 {
        self.0.next().await
    }
}

/// From here on a write beyond the limit on the size of files is an error like any other; else it would end this process. And
/// how children end is known, also where whoever began this process ignored that.
///
/// # Errors
///
/// When that cannot be.
pub(super) fn take_over() -> std::io::Result<()> {
    // What is watched once stays watched.
    signal(SignalKind::from_raw(FILE_SIZE)).and_then(|_| signal(SignalKind::child())).map(drop)
}
