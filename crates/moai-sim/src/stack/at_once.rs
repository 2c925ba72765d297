//! What is ready without waiting.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What a future gives that never waits; nothing if it does.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
