//! Waiting without a runtime and without time: turns, races, and many at once.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake};

use super::check::{Task, Verdict};

/// How often patience lets all others go first, unless a fixture says otherwise.
const PATIENCE: usize = 256;

/// Lets everybody else go first, once.
pub(super) async fn turn() {
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The patience of a fixture that has no clock of its own: enough where nothing but polling moves things on.
pub(super) async fn patience() {
    for _ in 0..PATIENCE {
        turn().await;
    }
}

/// What `due` gives, unless `patience` ends first.
pub(super) async fn before<T>(due: impl Future<Output = T>, patience: impl Future<Output = ()>) -> Option<T> {
    let (mut due, mut patience) = (pin!(due), pin!(patience));
    poll_fn(|cx| match due.as_mut().poll(cx) {
        Poll::Ready(given) => Poll::Ready(Some(given)),
        Poll::Pending => patience.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Polls once, with the waker of the running task.
pub(super) async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Polls up to `polls` times with a turn behind each, then drops the future.
pub(super) async fn poll_a_few<T>(mut future: impl Future<Output = T> + Unpin, polls: usize) -> Option<T> {
    for _ in 0..polls {
        if let Poll::Ready(given) = poll_once(&mut future).await {
            return Some(given);
        }
        turn().await;
    }
    None
}

/// Runs tasks turn by turn until all are done, or one of them finds something broken.
pub(super) async fn together(mut tasks: Vec<Task<'_>>) -> Verdict {
    poll_fn(|cx| {
        let mut broken = None;
        tasks.retain_mut(|task| match task.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(verdict) => {
                broken = broken.take().or(verdict.err());
                false
            }
        });
        match broken {
            Some(miss) => Poll::Ready(Err(miss)),
            None if tasks.is_empty() => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    })
    .await
}

/// A waker that counts how often it rang.
#[derive(Default)]
pub(super) struct Alarm(AtomicUsize);

impl Alarm {
    /// How often it rang.
    pub(super) fn rang(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Alarm {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
