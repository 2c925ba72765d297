//! How an answer comes back from another thread.

use std::sync::mpsc;

use tokio::sync::oneshot;

/// Takes an answer to whoever waits for it. Nobody may wait any more.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// To a thread that blocks.
    Thread(mpsc::SyncSender<T>),
    /// To a task.
    Task(oneshot::Sender<T>),
}

impl<T> Reply<T> {
    /// For a thread that is going to block.
    pub(super) fn to_thread() -> (Self, mpsc::Receiver<T>) {
        let (reply, answer) = mpsc::sync_channel(1);
        (Self::Thread(reply), answer)
    }

    /// For a task that is going to wait.
    pub(super) fn to_task() -> (Self, oneshot::Receiver<T>) {
        let (reply, answer) = oneshot::channel();
        (Self::Task(reply), answer)
    }

    /// Hands the answer over.
    pub(super) fn send(self, answer: T) {
        match self {
            Self::Thread(reply) => drop(reply.send(answer)),
            Self::Task(reply) => drop(reply.send(answer)),
        }
    }
}
