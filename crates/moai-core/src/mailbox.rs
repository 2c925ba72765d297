//! Where a participant's messages wait for it.

use async_trait::async_trait;

use crate::{AgentId, Envelope};

/// The receiving end that [`Coordinator::join`](crate::Coordinator::join) gives: bounded, and owned by one participant.
///
/// # What an implementation promises
///
/// - Messages come out in the order in which they were accepted, each once.
/// - **Dropping a future of `recv` or `recv_many` loses nothing**: what it has not returned is still in the mailbox.
/// - **A waiting receiver is woken** when a message comes or its owner leaves; the task that polled last is.
/// - After its owner left, the mailbox yields what it still holds and then ends for good.
/// - **Dropping the mailbox leaves the swarm**, unless its owner has left before; it never takes out somebody who has
///   joined under the same name since. Dropping does not wait: where the word of it has a way to go, the others may still
///   see the owner for a while.
#[async_trait]
pub trait Mailbox: Send {
    /// Whose mailbox it is.
    fn owner(&self) -> &AgentId;

    /// Waits for the next message; `None` once the owner has left and nothing is left.
    async fn recv(&mut self) -> Option<Envelope>;

    /// Waits for at least one message, and appends up to `limit` of those that are there to `into`. Returns how many;
    /// 0 once the owner has left and nothing is left, or when `limit` is 0.
    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize;
}
