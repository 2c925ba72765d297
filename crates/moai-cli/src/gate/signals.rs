//! Signals that end a gate, or go to its command.

use std::fs;
use std::future::poll_fn;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that whoever runs a gate can send it. Who ignored one when the gate began ignores it still: `nohup` does.
#[derive(Debug)]
pub(super) struct Signals {
    watched: Vec<(u8, Signal)>,
}

/// Interrupt, quit, terminate, hang up; and the limit on the size of files.
pub(super) const INTERRUPT: u8 = 2;
pub(super) const QUIT: u8 = 3;
const TERMINATE: u8 = 15;
const HANG_UP: u8 = 1;
const FILE_SIZE: i32 = 25;

impl Signals {
    /// # Errors
    ///
    /// When they cannot be watched.
    pub(super) fn watch() -> std::io::Result<Self> {
        let ignored = ignored();
        let wanted =
            [INTERRUPT, QUIT, TERMINATE, HANG_UP].into_iter().filter(|number| ignored & (1 << (number - 1)) == 0);
        let watched = wanted.map(|number| Ok((number, signal(SignalKind::from_raw(number.into()))?)));
        Ok(Self { watched: watched.collect::<std::io::Result<Vec<_>>>()? })
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
        poll_fn(|context| {
            for (number, signal) in &mut self.watched {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
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

/// The signals that this process ignores, as bits; none where that is not known.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or_default()
}
