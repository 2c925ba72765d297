//! Real threads, which a fixture lends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::check::{Miss, Task, Verdict, demand};

/// What a fixture runs on a thread of its own.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Runs every task on a thread of its own, if the fixture `lends` them; then all must have found what was due.
pub(super) fn race(lends: impl FnOnce(Vec<Job>) -> bool, tasks: Vec<Task<'static>>) -> Verdict {
    let due = tasks.len();
    let verdicts = Arc::new(Mutex::new(Vec::new()));
    let job = |task: Task<'static>| -> Job {
        let verdicts = Arc::clone(&verdicts);
        Box::new(move || {
            let verdict = wait_for(task);
            verdicts.lock().unwrap_or_else(PoisonError::into_inner).push(verdict);
        })
    };
    if !lends(tasks.into_iter().map(job).collect()) {
        return Err(Miss::NotPromised("its fixture lends no threads"));
    }
    let verdicts = std::mem::take(&mut *verdicts.lock().unwrap_or_else(PoisonError::into_inner));
    demand!(verdicts.len() == due, "the fixture was given {due} jobs to run, and ran {}", verdicts.len());
    verdicts.into_iter().collect()
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Drives a future to its end; this thread is parked while there is nothing to do.
fn wait_for<T>(mut future: Pin<Box<dyn Future<Output = T> + Send>>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(given) => return given,
            Poll::Pending => thread::park(),
        }
    }
}
