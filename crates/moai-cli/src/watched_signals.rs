//! Signals that are waited for.

use std::future::poll_fn;
use std::task::Poll;
use std::{fs, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Interrupt, quit, terminate, hang up.
pub(crate) const INTERRUPT: u8 = 2;
pub(crate) const QUIT: u8 = 3;
pub(crate) const TERMINATE: u8 = 15;
pub(crate) const HANG_UP: u8 = 1;

/// Signals that are waited for. Who ignored one when the program began ignores it still: `nohup` does.
#[derive(Debug)]
pub(crate) struct WatchedSignals(Vec<(u8, Signal)>);

impl WatchedSignals {
    /// Watches these.
    ///
    /// # Errors
    ///
    /// When they cannot be watched.
    pub(crate) fn watch(wanted: &[u8]) -> io::Result<Self> {
        let ignored = ignored();
        let heeded = wanted.iter().copied().filter(|number| ignored & (1 << (number - 1)) == 0);
        let watched = heeded.map(|number| Ok((number, signal(SignalKind::from_raw(number.into()))?)));
        Ok(Self(watched.collect::<io::Result<Vec<_>>>()?))
    }

    /// Waits for the next one, and gives its number; of several that have come, the one that was named first.
    pub(crate) async fn next(&mut self) -> u8 {
        poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The signals that this process ignores, as bits; none where that is not known.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or_default()
}
