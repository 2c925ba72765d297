//! The open file: who reads it, who writes it, and who holds its lock.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use moai_core::{Chance, Limits, StoreError};
use tokio::sync::oneshot;

use super::open::{Opened, open};
use super::open_error::OpenError;
use super::reader::Reader;
use super::reply::Reply;
use super::writer::{Job, Made, Work, Writer};

/// Something to read on a thread that may wait for the disk.
type Ask = Box<dyn FnOnce(&Reader) + Send>;

/// The open file. Its last handle closes it, and waits until it is closed.
///
/// ```text
///  blocking handle ──────────────▶ reader: connections    on the caller's own thread
///  async handle ──▶ reading threads ──▶ the same
///  both ──▶ writing thread: one connection, the lock
/// ```
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) reader: Arc<Reader>,
    jobs: Option<Sender<Job>>,
    asks: Option<Sender<Ask>>,
    writing: Option<JoinHandle<()>>,
    reading: Vec<JoinHandle<()>>,
}

impl Engine {
    pub(super) fn open(path: &Path, chance: &dyn Chance, limits: Limits) -> Result<Self, OpenError> {
        let Opened { path, epoch, total, lock, writing, reading } = open(path, chance)?;
        let no_thread =
            |error: std::io::Error| OpenError::Unavailable { path: path.clone(), why: format!("no thread: {error}") };
        let threads = reading.len();
        let reader = Arc::new(Reader::new(path.clone(), epoch, limits, reading));
        let (jobs, coming) = mpsc::channel();
        let writer = Writer::new(writing, Arc::clone(&reader), lock, total);
        let mut engine = Self { reader, jobs: Some(jobs), asks: None, writing: None, reading: Vec::new() };
        engine.writing = Some(spawn("moai-store-write", move || writer.run(&coming)).map_err(no_thread)?);
        let (asks, asked) = mpsc::channel();
        engine.asks = Some(asks);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..threads {
            let (asked, reader) = (Arc::clone(&asked), Arc::clone(&engine.reader));
            engine.reading.push(spawn("moai-store-read", move || answer(&asked, &reader)).map_err(no_thread)?);
        }
        Ok(engine)
    }

    /// Writes, while this thread waits.
    pub(super) fn write(&self, work: Work) -> Result<Made, StoreError> {
        self.reader.admit()?;
        let (reply, answer) = Reply::to_thread();
        self.send(Job { work, reply })?;
        answer.recv().unwrap_or_else(|_| Err(self.lost()))
    }

    /// Writes, while this task waits.
    pub(super) async fn write_soon(&self, work: Work) -> Result<Made, StoreError> {
        self.reader.admit()?;
        let (reply, answer) = Reply::to_task();
        self.send(Job { work, reply })?;
        answer.await.unwrap_or_else(|_| Err(self.lost()))
    }

    /// Reads on another thread, while this task waits.
    pub(super) async fn read_soon<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.reader.admit()?;
        let (reply, answer) = oneshot::channel();
        let ask: Ask = Box::new(move |reader| drop(reply.send(read(reader))));
        let gone = || StoreError::Unavailable { why: "the reading threads are gone".to_owned() };
        self.asks.as_ref().ok_or_else(gone)?.send(ask).map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let gone = || StoreError::Unavailable { why: "the writing thread is gone".to_owned() };
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())
    }

    /// The thread ended before it answered: nobody knows what it did.
    fn lost(&self) -> StoreError {
        let why = "the writing thread ended before it answered".to_owned();
        self.reader.poison(&why);
        StoreError::Failed { why }
    }
}

impl Drop for Engine {
    /// Whoever opens the file next may come right behind: everything is closed when this returns. Readers go first, so
    /// that the writer can bring the whole log into the file.
    fn drop(&mut self) {
        self.asks = None;
        self.reading.drain(..).for_each(wait_for);
        self.reader.close();
        self.jobs = None;
        if let Some(writing) = self.writing.take() {
            wait_for(writing);
        }
    }
}

/// Waits until a thread has ended, unless it is this one: waking a task may drop what the task held, a last handle too.
fn wait_for(thread: JoinHandle<()>) {
    if thread.thread().id() != std::thread::current().id() {
        let _ = thread.join();
    }
}

/// Answers what is asked until nobody can ask any more.
fn answer(asked: &Mutex<Receiver<Ask>>, reader: &Reader) {
    loop {
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(ask) => ask(reader),
            Err(_) => return,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what waits for a disk needs threads of its own; they end with the store"
)]
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}
