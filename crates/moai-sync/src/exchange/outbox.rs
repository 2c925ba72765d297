//! States that are still to be sent to a peer, a message at a time.

use std::collections::{BTreeSet, VecDeque};

use moai_core::{CorrelationId, StateKey};
use moai_crdt::{Digest, WireForm};

use super::message::{Bytes, Item, MOST_ENTRIES, Room, States};
use crate::replica::Given;
use crate::{ConflictResolver, Replica};

/// What is still to be sent to a peer, and whether the peer's states are still to come. **The next message goes when
/// the one before has come**, so that neither side holds more than one at a time.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// What this side has found to differ.
    own: VecDeque<Job>,
    /// What the peer asks for: it goes first.
    asked: VecDeque<Job>,
    /// Whether the last message is on its way, and more may be sent when it has come.
    pub(super) waits: bool,
    /// Whether the last message of the peer's states has come.
    pub(super) has_all: bool,
    /// The documents of which the peer was shown a digest.
    shown: BTreeSet<StateKey>,
    /// Of how many of them it has not answered what is lacking.
    unanswered: usize,
    /// How many bytes the digests have that the peer has shown.
    bytes: usize,
}

/// What is to be sent.
#[derive(Debug)]
pub(super) enum Job {
    /// A state; of a large document at first its digest.
    Give(StateKey),
    /// A whole state.
    Whole(StateKey),
    /// The digest of a document, whatever its size.
    Show(StateKey),
    /// What the peer lacks of a document, by its digest, which has so many bytes.
    Part(StateKey, Box<Digest>, usize),
    /// That nothing is there of which the peer has shown a digest.
    Lacks(StateKey),
}

/// What becomes of one job.
pub(super) enum Gives {
    Item(Item),
    /// The state is not there any more, or fits into no message.
    Nothing,
    /// It is for the next message.
    Full,
}

impl Outbox {
    /// States that a peer lacks, or holds otherwise.
    pub(super) fn of(keys: Vec<StateKey>) -> Self {
        Self { own: keys.into_iter().map(Job::Give).collect(), ..Self::default() }
    }

    /// The same for a peer that keeps nothing of this exchange.
    pub(super) fn whole(keys: Vec<StateKey>) -> Self {
        Self { own: keys.into_iter().map(Job::Whole).collect(), ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.asked.is_empty()
    }

    /// Whether nothing more is to be sent, and nothing more is expected.
    pub(super) fn is_over(&self) -> bool {
        self.is_empty() && self.has_all && self.unanswered == 0
    }

    /// The peer has said what it lacks of a document.
    pub(super) fn is_answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
    }

    /// What the peer asks for; what is beyond all bounds is left for the next exchange. Digests take so many bytes at
    /// the most.
    pub(super) fn push(&mut self, job: Job, limit: usize) {
        let bytes = if let Job::Part(_, _, bytes) = job { bytes } else { 0 };
        if self.asked.len() >= 4 * MOST_ENTRIES || self.bytes.saturating_add(bytes) > limit {
            return;
        }
        self.bytes += bytes;
        // Where one side finds a document large and the other one does not, it must not go one way alone.
        let back = match &job {
            Job::Part(key, ..) if !self.shown.contains(key) => Some(Job::Show(key.clone())),
            _ => None,
        };
        self.asked.push_back(job);
        self.asked.extend(back);
    }

    /// The next message; one without states when nothing is left.
    pub(super) fn next(
        &mut self,
        replica: &Replica,
        resolver: &ConflictResolver,
        about: CorrelationId,
        given: &mut u64,
    ) -> States {
        let mut room = Room::of(replica.limits());
        let (mut items, mut shown) = (Vec::new(), 0);
        while let Some((job, is_asked)) = self.pop() {
            let gives = match &job {
                Job::Give(key) | Job::Show(key) if self.shown.contains(key) => Gives::Nothing,
                _ if shown >= MOST_ENTRIES => Gives::Full,
                job => gives(replica, resolver, job, about, &mut room),
            };
            match gives {
                Gives::Item(item) => {
                    *given += u64::from(matches!(item, Item::Whole(_) | Item::Part(_)));
                    if let Item::Shown(key, _) = &item {
                        self.shown.insert(key.clone());
                        self.unanswered += 1;
                        shown += 1;
                    }
                    items.push(item);
                }
                Gives::Nothing => {}
                Gives::Full => {
                    let queue = if is_asked { &mut self.asked } else { &mut self.own };
                    queue.push_front(job);
                    break;
                }
            }
            if let Job::Part(_, _, bytes) = job {
                self.bytes = self.bytes.saturating_sub(bytes);
            }
        }
        self.waits = !self.is_empty();
        States { more: self.waits, items }
    }

    fn pop(&mut self) -> Option<(Job, bool)> {
        let asked = self.asked.pop_front().map(|job| (job, true));
        asked.or_else(|| self.own.pop_front().map(|job| (job, false)))
    }
}

fn gives(replica: &Replica, resolver: &ConflictResolver, job: &Job, about: CorrelationId, room: &mut Room) -> Gives {
    match job {
        Job::Give(key) if !replica.holds_large_document(key) => give(replica, key, about, room),
        Job::Give(key) | Job::Show(key) => match replica.digest_of_document(key, resolver) {
            Some(digest) => shown(replica, key, &digest, about, room),
            None => give(replica, key, about, room),
        },
        Job::Whole(key) => give(replica, key, about, room),
        Job::Part(key, digest, _) => {
            let part = replica.give_part_to_peer(key, digest, about, |bytes| room.take(bytes));
            given(replica, key, part, Item::Part)
        }
        Job::Lacks(key) if room.take(key.as_str().len()) => Gives::Item(Item::Lacks(key.clone())),
        Job::Lacks(_) => Gives::Full,
    }
}

/// Shows a digest, or gives the whole where that fits into no message.
fn shown(replica: &Replica, key: &StateKey, digest: &Digest, about: CorrelationId, room: &mut Room) -> Gives {
    let digest = digest.to_bytes();
    let bytes = key.as_str().len() + digest.len();
    match room.take(bytes) {
        true => Gives::Item(Item::Shown(key.clone(), Bytes(digest))),
        false if Room::of(replica.limits()).take(bytes) => Gives::Full,
        false => give(replica, key, about, room),
    }
}

/// Gives a state, if there is room for it.
pub(super) fn give(replica: &Replica, key: &StateKey, about: CorrelationId, room: &mut Room) -> Gives {
    given(replica, key, replica.give_to_peer(key, about, |bytes| room.take(bytes)), Item::Whole)
}

/// What fits into no message is told to the log.
fn given(replica: &Replica, key: &StateKey, given: Given, item: impl FnOnce(Bytes) -> Item) -> Gives {
    match given {
        Given::State(bytes) => Gives::Item(item(Bytes(bytes))),
        Given::Nothing => Gives::Nothing,
        Given::TooLong(bytes) if Room::of(replica.limits()).take(bytes) => Gives::Full,
        Given::TooLong(bytes) => {
            tracing::warn!(agent = %replica.agent(), %key, bytes, "a state fits into no message");
            Gives::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_asks_for_takes_all_the_memory_there_is() {
        let key = StateKey::new("key").unwrap();
        let mut outbox = Outbox::default();
        for _ in 0..100_000 {
            outbox.push(Job::Lacks(key.clone()), 1_000);
        }
        assert_eq!(outbox.asked.len(), 4 * MOST_ENTRIES);
        let mut outbox = Outbox::default();
        for _ in 0..100 {
            outbox.push(Job::Part(key.clone(), Box::default(), 300), 1_000);
        }
        assert_eq!((outbox.bytes, outbox.asked.len()), (900, 6), "each with a digest of our own");
    }
}
