//! The signals that end what would leave something behind.

use crate::failure::Failure;
use crate::watched_signals::{HANG_UP, INTERRUPT, TERMINATE, WatchedSignals};

/// The signals that end a command: whoever sends one wants it to leave nothing behind.
pub(crate) struct Interrupts(WatchedSignals);

impl Interrupts {
    /// Listens to them.
    ///
    /// # Errors
    ///
    /// When they cannot be listened to.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let watched = WatchedSignals::watch(&[INTERRUPT, TERMINATE, HANG_UP]);
        watched.map(Self).map_err(|why| Failure::failed("signals", format!("signals cannot be heard: {why}")))
    }

    /// Waits for one, and gives its number.
    pub(crate) async fn next(&mut self) -> u8 {
        self.0.next().await
    }
}
