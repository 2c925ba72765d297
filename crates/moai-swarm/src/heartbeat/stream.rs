//! Events, as they come.

use tokio::sync::broadcast::{self, error::RecvError};

use super::HealthEvent;

/// Events that nobody took in time were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed, read the health of all instead; nothing changed")]
pub struct Lagged(pub u64);

/// What changes from the moment on at which it was asked for.
#[derive(Debug)]
pub struct HealthEvents(broadcast::Receiver<HealthEvent>);

impl HealthEvents {
    pub(super) const fn new(events: broadcast::Receiver<HealthEvent>) -> Self {
        Self(events)
    }

    /// Waits for the next event; `None` once the monitor has stopped. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`Lagged`] when it was too slow; the next call goes on with the oldest event that is left.
    pub async fn next(&mut self) -> Result<Option<HealthEvent>, Lagged> {
        match self.0.recv().await {
            Ok(event) => Ok(Some(event)),
            Err(RecvError::Closed) => Ok(None),
            Err(RecvError::Lagged(missed)) => Err(Lagged(missed)),
        }
    }
}
