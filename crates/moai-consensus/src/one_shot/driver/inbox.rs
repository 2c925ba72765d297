//! Packets that wait for an agreement, a few of each sender.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use bytes::Bytes;

/// How many packets of one sender wait, and how many bytes unless it is a single one.
const MOST_PACKETS: usize = 32;
const MOST_BYTES: usize = 1 << 20;

/// Packets that wait, a few of each sender. Who sends more than is read displaces its own, and the latest of a sender says
/// what those before it said. Senders are served in turn.
#[derive(Default)]
pub(super) struct Inbox(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    senders: BTreeMap<u32, VecDeque<Bytes>>,
    /// Whose turn it was last.
    last: u32,
    ended: bool,
    waker: Option<Waker>,
}

impl Waiting {
    fn pop(&mut self) -> Option<(u32, Bytes)> {
        let behind = self.senders.range(self.last.saturating_add(1)..).map(|(sender, _)| *sender).next();
        let sender = behind.or_else(|| self.senders.first_key_value().map(|(sender, _)| *sender))?;
        let queue = self.senders.get_mut(&sender)?;
        let packet = queue.pop_front();
        if queue.is_empty() {
            self.senders.remove(&sender);
        }
        self.last = sender;
        packet.map(|packet| (sender, packet))
    }
}

/// What comes next.
pub(super) enum Next {
    /// A packet.
    Packet(u32, Bytes),
    /// The agreement is to end.
    End,
}

impl Inbox {
    /// Only the standard library's own code runs while it is held.
    fn held(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a packet in; how many of the same sender it displaces.
    pub(super) fn push(&self, from: u32, packet: Bytes) -> u64 {
        let mut waiting = self.held();
        let queue = waiting.senders.entry(from).or_default();
        queue.push_back(packet);
        let mut displaced = 0;
        while queue.len() > MOST_PACKETS || queue.len() > 1 && queue.iter().map(Bytes::len).sum::<usize>() > MOST_BYTES
        {
            queue.pop_front();
            displaced += 1;
        }
        wake(waiting);
        displaced
    }

    /// Lets the agreement end.
    pub(super) fn end(&self) {
        let mut waiting = self.held();
        waiting.ended = true;
        wake(waiting);
    }

    /// A packet that is there, of whoever's turn it is.
    pub(super) fn pop(&self) -> Option<(u32, Bytes)> {
        self.held().pop()
    }

    /// Waits for what comes next. May be dropped: nothing is lost.
    pub(super) async fn next(&self) -> Next {
        poll_fn(|context| {
            // In one go: what comes in between would wake nobody.
            let mut waiting = self.held();
            if waiting.ended {
                return Poll::Ready(Next::End);
            }
            if let Some((from, packet)) = waiting.pop() {
                return Poll::Ready(Next::Packet(from, packet));
            }
            waiting.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Waits until the agreement is to end.
    pub(super) async fn ended(&self) {
        poll_fn(|context| {
            let mut waiting = self.held();
            if waiting.ended {
                return Poll::Ready(());
            }
            waiting.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Foreign code, so nothing is held.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_holds_up_a_sender_or_the_memory() {
        let inbox = Inbox::default();
        let displaced: u64 = (0..1_000).map(|n: u32| inbox.push(3, n.to_be_bytes().to_vec().into())).sum();
        assert_eq!(displaced, 1_000 - 32);
        inbox.push(1, Bytes::from_static(b"one"));
        inbox.push(7, Bytes::from_static(b"seven"));
        let order: Vec<u32> = std::iter::from_fn(|| inbox.pop()).map(|(from, _)| from).collect();
        assert_eq!(order[..4], [1, 3, 7, 3], "in turn");
        assert_eq!(order.len(), 34);
    }

    #[test]
    fn large_packets_of_one_sender_fill_the_memory() {
        let inbox = Inbox::default();
        let large = || Bytes::from(vec![0; MOST_BYTES / 2 + 1]);
        assert_eq!([inbox.push(0, large()), inbox.push(0, large()), inbox.push(1, large())], [0, 1, 0]);
    }
}
