//! Waiting for the outside world while the time of the story stands still.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

/// Rings for a thread that sleeps.
struct Bell(Thread);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for what goes on in another thread. The story's clock goes on when everybody in the story waits: this does not
/// count as waiting, so no deadline passes because a disk is slow.
pub(super) fn stand_still<T>(future: impl Future<Output = T>) -> T {
    let waker = Arc::new(Bell(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
