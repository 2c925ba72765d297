//! Recorded before it is done, one after the other, and finished whoever is dropped over it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{AgentId, Clock, Head, Journal, JournalError, NewRecord, record_kind};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::record::Event;
use super::state::State;
use super::waiters::Waiters;
use super::watching::Watching;
use super::{TaskError, TaskQueue};

pub(super) struct Shared {
    /// Never held while somebody waits.
    state: std::sync::Mutex<State>,
    /// Held by who writes, and by who changes what a write relies on.
    writer: Mutex<Option<Write>>,
    began: Instant,
    journal: Option<(Arc<dyn Journal>, Arc<dyn Clock>)>,
}

type Append = Pin<Box<dyn Future<Output = Result<Head, JournalError>> + Send>>;

/// An append that has begun, and what is to be done when it has ended.
pub(super) struct Write {
    append: Append,
    events: Vec<Event>,
    rests: bool,
}

pub(super) type Turn<'a> = MutexGuard<'a, Option<Write>>;

/// The most records of one append.
const RECORDS: usize = 100;

impl Shared {
    pub(super) fn new(mut queue: TaskQueue, journal: Option<(Arc<dyn Journal>, Arc<dyn Clock>)>) -> Self {
        queue.notes = Some(super::notes::Notes::default());
        let (waiters, watching) = (Waiters::default(), Watching::default());
        let state = State { queue, waiters, watching, is_abandoned: false };
        Self { state: std::sync::Mutex::new(state), writer: Mutex::new(None), began: Instant::now(), journal }
    }

    pub(super) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// When that is on the runtime's clock.
    pub(super) fn at(&self, time: Duration) -> Instant {
        self.began.checked_add(time).unwrap_or_else(Instant::now)
    }

    /// Waits for its turn to write; what another began is finished first, and what became of it is that one's affair.
    pub(super) async fn turn(&self) -> Turn<'_> {
        let mut turn = self.writer.lock().await;
        let _ = self.finish(&mut turn).await;
        turn
    }

    /// The same, and all leases that have run out have ended.
    pub(super) async fn tidy(&self) -> Result<Turn<'_>, TaskError> {
        let mut turn = self.turn().await;
        loop {
            let ended: Vec<_> = {
                let state = self.state();
                state.queue.overdue(self.now()).take(RECORDS).map(|task| state.queue.ended(task)).collect()
            };
            if ended.is_empty() {
                let mut state = self.state();
                state.queue.wake(self.now());
                state.settle();
                drop(state);
                return Ok(turn);
            }
            self.write(&mut turn, ended, false).await?;
        }
    }

    /// Records something, then does it. Dropped, it is finished by whoever comes next.
    pub(super) async fn write(&self, turn: &mut Turn<'_>, events: Vec<Event>, rests: bool) -> Result<(), TaskError> {
        let Some((journal, clock)) = &self.journal else {
            self.state().apply(events, rests, self.now());
            return Ok(());
        };
        if planted("acknowledging_before_recording") && journal.head().await.is_ok_and(|head| head.seq % 3 == 1) {
            self.state().apply(events, rests, self.now());
            return Ok(());
        }
        let (journal, time) = (journal.clone(), clock.now());
        let record = |event: &Event| NewRecord::new(record_kind!("task"), time, event.encode());
        let records = events.iter().map(record).collect();
        let append = Box::pin(async move { journal.append(records).await });
        **turn = Some(Write { append, events, rests });
        self.finish(turn).await
    }

    async fn finish(&self, turn: &mut Turn<'_>) -> Result<(), TaskError> {
        let Some(write) = turn.as_mut() else { return Ok(()) };
        let abandoned = Abandoned(self);
        // One that panics is not polled again: what it wrote is as unknown as after any failure.
        let panicked = || JournalError::Failed { why: "the journal panicked".to_owned() };
        let result = poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| write.append.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(Err(panicked())))
        })
        .await;
        std::mem::forget(abandoned);
        let done = turn.take();
        let mut state = self.state();
        state.is_abandoned = false;
        result?;
        if let Some(Write { events, rests, .. }) = done {
            state.apply(events, rests, self.now());
        }
        Ok(())
    }

    /// Ends all leases of an agent and forgets it.
    pub(super) async fn take_back(&self, agent: &AgentId) -> Result<(), TaskError> {
        let mut turn = self.turn().await;
        loop {
            let ended: Vec<_> = {
                let mut state = self.state();
                let leased = state.queue.close(agent);
                if leased.is_empty() {
                    state.queue.forget(agent);
                }
                state.settle();
                leased.into_iter().take(RECORDS).map(|task| state.queue.ended(task)).collect()
            };
            if ended.is_empty() {
                return Ok(());
            }
            self.write(&mut turn, ended, false).await?;
        }
    }
}

/// Who is dropped while it writes lets another finish it.
struct Abandoned<'a>(&'a Shared);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_abandoned = true;
        state.waiters.call_keeper();
        state.watching.ring();
    }
}
