//! Others' futures, with their panics caught.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Waits for somebody else's future; nothing when it panics.
pub(super) async fn calm<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    let polled = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Err(_) => Poll::Ready(None),
    });
    polled.await
}
