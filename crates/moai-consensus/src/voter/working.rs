//! Work that goes on at the same time in one task.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use moai_core::{Outgoing, Work};

/// Work in progress. Only what was woken is polled, in the order in which it was woken: so a thousand of them cost no more
/// than those that move, and nothing depends on chance.
#[derive(Default)]
pub(crate) struct Working {
    begun: u64,
    /// In the order of their numbers, for a new one has the highest. Most agents have one at a time, or none.
    going: Vec<(Work, Arc<Bell>)>,
    woken: Arc<Woken>,
}

/// What is to be polled, and whom to tell that there is something.
#[derive(Default)]
struct Woken(Mutex<(VecDeque<u64>, Option<Waker>)>);

impl Woken {
    /// Only the standard library's own code runs while it is held.
    fn held(&self) -> MutexGuard<'_, (VecDeque<u64>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What wakes one piece of work.
struct Bell {
    number: u64,
    rung: AtomicBool,
    woken: Arc<Woken>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let task = {
            let mut woken = self.woken.held();
            woken.0.push_back(self.number);
            woken.1.take()
        };
        // Foreign code, so nothing is held.
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl Working {
    pub(super) fn len(&self) -> usize {
        self.going.len()
    }

    /// Begins it: it is polled by the next [`next`](Self::next).
    pub(crate) fn begin(&mut self, work: Work) {
        self.begun += 1;
        let bell = Arc::new(Bell { number: self.begun, rung: AtomicBool::new(false), woken: self.woken.clone() });
        self.going.push((work, bell.clone()));
        bell.wake();
    }

    /// What the next work to end ends with. It may be dropped, and called again; without work it waits for ever.
    pub(crate) async fn next(&mut self) -> Vec<Outgoing> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        // Those that are woken while they are polled come again at the next poll, so that the others get their turn.
        let mut turn = self.woken.held().0.len();
        loop {
            let number = {
                let mut woken = self.woken.held();
                match woken.0.pop_front() {
                    Some(number) if turn > 0 => number,
                    again => {
                        let more = again.is_some();
                        again.into_iter().for_each(|number| woken.0.push_front(number));
                        woken.1 = Some(context.waker().clone());
                        drop(woken);
                        if more {
                            context.waker().wake_by_ref();
                        }
                        return Poll::Pending;
                    }
                }
            };
            turn -= 1;
            let Ok(place) = self.going.binary_search_by_key(&number, |(_, bell)| bell.number) else { continue };
            let Some((work, bell)) = self.going.get_mut(place) else { continue };
            bell.rung.store(false, Ordering::Release);
            let waker = Waker::from(bell.clone());
            if let Poll::Ready(outgoing) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                drop(self.going.remove(place));
                if self.going.is_empty() {
                    // A burst must not hold memory for ever.
                    self.going = Vec::new();
                }
                return Poll::Ready(outgoing);
            }
        }
    }
}
