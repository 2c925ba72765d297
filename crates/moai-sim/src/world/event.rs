//! What stands in a world's queue.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::History;

/// Something that will happen.
pub(super) enum Event<M, C> {
    Hear {
        to: u32,
        from: u32,
        mark: u64,
        message: M,
    },
    Do {
        place: u32,
        command: C,
    },
    /// For the life that asked for it.
    Tick {
        place: u32,
        life: u32,
    },
    Restart {
        place: u32,
    },
    AllCrash,
}

/// An event at its time; of two at one time the one that was put in first comes first.
pub(super) struct Queued<M, C> {
    pub(super) time: i64,
    pub(super) number: u64,
    pub(super) event: Event<M, C>,
}

impl<M, C> PartialEq for Queued<M, C> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<M, C> Eq for Queued<M, C> {}

impl<M, C> PartialOrd for Queued<M, C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest: that is what a heap hands out.
impl<M, C> Ord for Queued<M, C> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, other.number).cmp(&(self.time, self.number))
    }
}

/// A message as a number, for the history: the same on every machine.
pub(crate) fn mark(message: &impl Hash) -> u64 {
    let mut mark = Mark::default();
    message.hash(&mut mark);
    mark.finish()
}

#[derive(Default)]
struct Mark(History);

impl Hasher for Mark {
    fn finish(&self) -> u64 {
        self.0.fold()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.note(0, bytes);
    }

    fn write_u8(&mut self, word: u8) {
        self.0.word(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.0.word(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.0.word(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0.word(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.0.word(word as u64);
    }

    fn write_i64(&mut self, word: i64) {
        self.0.word(word.cast_unsigned());
    }
}
