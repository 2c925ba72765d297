//! Futures that are polled by hand, and a journal that stops half way.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use async_trait::async_trait;
use moai_core::{Head, Journal, JournalError, NewRecord, Persistence, Record};
use moai_store::MemoryJournal;
use tokio::sync::watch;

#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A future that runs only when somebody says so.
pub(super) struct Held<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    calls: Arc<Calls>,
}

impl<T> Held<T> {
    pub(super) fn new(future: impl Future<Output = T> + 'static) -> Self {
        // All are polled within one task: none must have to wait because the others have used up its turn.
        Self { future: Box::pin(tokio::task::unconstrained(future)), calls: Arc::default() }
    }

    /// Polls it once, unasked.
    pub(super) fn poll(&mut self) -> Option<T> {
        self.calls.0.store(0, Ordering::SeqCst);
        let waker = Waker::from(self.calls.clone());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    /// Whether it was woken since it was polled.
    pub(super) fn is_woken(&self) -> bool {
        self.calls.0.load(Ordering::SeqCst) > 0
    }
}

/// A journal that can stop before an append has been done, or before it is acknowledged.
pub(super) struct SlowJournal {
    inner: MemoryJournal,
    pub(super) before: watch::Sender<bool>,
    pub(super) after: watch::Sender<bool>,
    /// The next append panics.
    pub(super) panics: AtomicBool,
}

impl SlowJournal {
    pub(super) fn new() -> Self {
        let (before, after) = (watch::Sender::new(true), watch::Sender::new(true));
        Self { inner: MemoryJournal::new(), before, after, panics: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Journal for SlowJournal {
    fn persistence(&self) -> Persistence {
        self.inner.persistence()
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        self.before.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        assert!(!self.panics.swap(false, Ordering::SeqCst), "as it was told");
        let head = self.inner.append(records).await?;
        self.after.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        Ok(head)
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.inner.read(from, limit).await
    }

    async fn head(&self) -> Result<Head, JournalError> {
        self.inner.head().await
    }
}
