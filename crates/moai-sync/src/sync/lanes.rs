//! Whose round is next: by how much it matters, and by how long it has waited.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Priority;

/// Bounds how many rounds are under way at once. What is critical has room of its own, and so never waits for what matters
/// less. The others share theirs: what matters more comes first, and what has waited long comes before what has just come.
pub(super) struct Lanes {
    most: usize,
    inner: Mutex<[Lane; 2]>,
}

#[derive(Default)]
struct Lane {
    under_way: usize,
    /// How many have come so far.
    count: u64,
    /// Who waits, by rank and by when it came.
    waiting: BTreeMap<(u64, u64), oneshot::Sender<Turn>>,
}

/// Behind how many that matter more, and come later, one that matters less waits at the most.
const PATIENCE: u64 = 64;

/// The right to one round. Dropping it gives it on.
pub(super) struct Turn {
    /// None once it is given on.
    lanes: Option<Arc<Lanes>>,
    at: usize,
}

impl Lanes {
    pub(super) fn new(most: usize) -> Self {
        Self { most, inner: Mutex::default() }
    }

    fn lane<T>(&self, at: usize, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut inner: MutexGuard<'_, [Lane; 2]> = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let [critical, others] = &mut *inner;
        act(if at == 0 { critical } else { others })
    }

    /// Waits for a turn. May be dropped half way.
    pub(super) async fn turn(self: &Arc<Self>, priority: Priority) -> Turn {
        let (at, handicap) = match priority {
            Priority::Critical => (0, 0),
            Priority::High => (1, 0),
            Priority::Medium => (1, PATIENCE),
        };
        loop {
            let waits = self.lane(at, |lane| {
                if lane.under_way < self.most {
                    lane.under_way += 1;
                    return None;
                }
                lane.count += 1;
                let (tell, told) = oneshot::channel();
                // Now and then those are dropped that wait no more.
                if lane.waiting.len().is_power_of_two() {
                    lane.waiting.retain(|_, waiting| !waiting.is_closed());
                }
                // Whoever comes later ranks behind, by as many as came between.
                lane.waiting.insert((lane.count.saturating_add(handicap), lane.count), tell);
                Some(told)
            });
            let Some(told) = waits else { return Turn { lanes: Some(self.clone()), at } };
            // Who is passed over without being given a turn asks again.
            if let Ok(turn) = told.await {
                return turn;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(lanes) = self.lanes.take() else { return };
        loop {
            let next = lanes.lane(self.at, |lane| {
                let next = lane.waiting.pop_first();
                if next.is_none() {
                    lane.under_way -= 1;
                }
                next
            });
            let Some((_, waiting)) = next else { return };
            // Whoever waits no more is passed over; whoever stops waiting from here on gives it on by dropping it.
            match waiting.send(Self { lanes: Some(lanes.clone()), at: self.at }) {
                Ok(()) => return,
                Err(mut turn) => turn.lanes = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    async fn is_waiting<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> bool {
        std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn what_is_critical_waits_for_nothing_that_matters_less() {
        let lanes = Arc::new(Lanes::new(1));
        let _medium = lanes.turn(Priority::Medium).await;
        let critical = lanes.turn(Priority::Critical).await;
        let mut next = Box::pin(lanes.turn(Priority::Critical));
        assert!(is_waiting(&mut next).await);
        drop(critical);
        assert!(!is_waiting(&mut next).await);
    }

    #[tokio::test]
    async fn what_matters_more_comes_first_until_the_other_has_waited_long() {
        let lanes = Arc::new(Lanes::new(1));
        let mut at_work = lanes.turn(Priority::High).await;
        let mut medium = Box::pin(lanes.turn(Priority::Medium));
        assert!(is_waiting(&mut medium).await);
        let mut passed = 0;
        loop {
            // One that matters more comes each time.
            let mut high = Box::pin(lanes.turn(Priority::High));
            assert!(is_waiting(&mut high).await);
            drop(at_work);
            if !is_waiting(&mut medium).await {
                break;
            }
            at_work = high.await;
            passed += 1;
        }
        // The one that comes at the same rank came later.
        assert_eq!(passed, PATIENCE - 1);
    }

    #[tokio::test]
    async fn whoever_waits_no_more_is_passed_over() {
        let lanes = Arc::new(Lanes::new(1));
        let at_work = lanes.turn(Priority::High).await;
        let mut all: Vec<_> = (0..3).map(|_| Box::pin(lanes.turn(Priority::High))).collect();
        for waiting in &mut all {
            assert!(is_waiting(waiting).await);
        }
        let last = all.pop();
        let mut given = all.pop();
        // The first stops waiting before its turn comes, the second after it has come and before it has seen that.
        all.clear();
        drop(at_work);
        drop(given.take());
        assert!(!is_waiting(&mut last.unwrap()).await);
        assert_eq!(lanes.lane(1, |lane| (lane.under_way, lane.waiting.len())), (0, 0));
    }

    #[tokio::test]
    async fn whoever_waits_no_more_takes_room_for_ever() {
        let lanes = Arc::new(Lanes::new(1));
        let _at_work = lanes.turn(Priority::High).await;
        for _ in 0..1_000 {
            assert!(is_waiting(&mut Box::pin(lanes.turn(Priority::High))).await);
        }
        assert!(lanes.lane(1, |lane| lane.waiting.len()) <= 2);
    }
}
