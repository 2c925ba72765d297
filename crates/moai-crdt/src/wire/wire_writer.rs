//! Writing: what repeats itself into lanes, the rest into the body.

use super::number;
use super::repeats::Repeats;
use super::runs::Runs;
use super::{Side, VERSION, Wire};
use crate::{Dot, ReplicaId, Stamp};

/// Where [`Wire`] types write themselves.
#[derive(Debug, Default)]
pub struct WireWriter {
    body: Vec<u8>,
    replicas: Vec<ReplicaId>,
    stamps: Stamps,
    made: Leaves,
    killed: Leaves,
    further: Vec<Dot>,
}

/// The upper 48 bits of stamps, and the lower 16: a clock's time, and its count within it. Each changes steadily.
#[derive(Debug, Default)]
struct Stamps {
    upper: Repeats,
    lower: Repeats,
    last: (u64, u64),
}

/// One side of the leaves.
#[derive(Debug, Default)]
struct Leaves {
    counts: Repeats,
    least: Runs,
}

impl WireWriter {
    /// Writes a byte.
    pub fn byte(&mut self, byte: u8) {
        self.body.push(byte);
    }

    /// Writes bytes as they are; how many is for you to tell, with [`number`](Self::number).
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
    }

    /// Writes a number: one byte up to 247, and one more than it needs above.
    pub fn number(&mut self, number: u64) {
        number::put(&mut self.body, number);
    }

    /// Writes a stamp: it costs what its difference to the one before does, and nothing while the difference stays the
    /// same.
    pub fn stamp(&mut self, stamp: Stamp) {
        let stamp = stamp.to_bits();
        let (upper, lower) = (stamp >> 16, stamp & 0xffff);
        self.stamps.upper.push(number::apart(upper, self.stamps.last.0));
        self.stamps.lower.push(number::apart(lower, self.stamps.last.1));
        self.stamps.last = (upper, lower);
    }

    /// Writes a replica: eight bytes the first time, and about one from then on.
    pub fn replica(&mut self, replica: ReplicaId) {
        self.replicas.push(replica);
    }

    /// Writes one of many, behind the one before it: it takes at least one byte, so that a count never stands for more
    /// than is there.
    pub fn item<T: Wire>(&mut self, item: &T, before: Option<&T>) {
        let start = self.body.len();
        match before {
            Some(before) => item.write_after(before, self),
            None => item.write(self),
        }
        if self.body.len() == start {
            self.byte(0);
        }
    }

    /// Writes how many there are, and each as an [`item`](Self::item).
    pub fn items<'t, T: Wire + 't>(&mut self, items: impl ExactSizeIterator<Item = &'t T>) {
        self.number(items.len() as u64);
        let mut before = None;
        for item in items {
            self.item(item, before);
            before = Some(item);
        }
    }

    /// Writes the dots of one side of a leaf, which rise.
    pub(super) fn leaf(&mut self, side: Side, mut dots: impl ExactSizeIterator<Item = Dot>) {
        let leaves = match side {
            Side::Made => &mut self.made,
            Side::Killed => &mut self.killed,
        };
        leaves.counts.push(dots.len() as u64);
        if let Some(least) = dots.next() {
            leaves.least.push(least);
        }
        self.further.extend(dots);
    }

    pub(super) fn finish(self, kind: u8) -> Vec<u8> {
        let mut table: Vec<ReplicaId> = self.replicas.clone();
        table.extend(self.made.least.replicas().chain(self.killed.least.replicas()));
        table.extend(self.further.iter().map(|dot| dot.replica()));
        table.sort_unstable();
        table.dedup();

        let lanes = [
            replicas_lane(&self.replicas, &table),
            self.stamps.upper.finish(),
            self.stamps.lower.finish(),
            self.made.counts.finish(),
            self.made.least.finish(&table),
            self.killed.counts.finish(),
            self.killed.least.finish(&table),
            further_lane(&self.further, &table),
        ];
        let size: usize = lanes.iter().map(|lane| lane.len() + 5).sum();
        let mut bytes = Vec::with_capacity(11 + 8 * table.len() + size + self.body.len());
        bytes.extend([VERSION, kind]);
        number::put(&mut bytes, table.len() as u64);
        table.iter().for_each(|replica| bytes.extend(replica.get().to_be_bytes()));
        bytes.push(lanes.iter().rev().fold(0, |mask, lane| mask << 1 | u8::from(!lane.is_empty())));
        for lane in lanes.iter().filter(|lane| !lane.is_empty()) {
            number::put(&mut bytes, lane.len() as u64);
            bytes.extend(lane);
        }
        bytes.extend(self.body);
        bytes
    }
}

fn place(table: &[ReplicaId], replica: ReplicaId) -> usize {
    table.partition_point(|&known| known < replica)
}

fn replicas_lane(replicas: &[ReplicaId], table: &[ReplicaId]) -> Vec<u8> {
    let (mut lane, mut expected) = (Repeats::default(), 0);
    for &replica in replicas {
        let place = place(table, replica) as u64;
        lane.push(number::apart(place, expected));
        expected = place + 1;
    }
    lane.finish()
}

fn further_lane(further: &[Dot], table: &[ReplicaId]) -> Vec<u8> {
    let mut lane = Vec::new();
    let mut expected = vec![1_u64; if further.is_empty() { 0 } else { table.len() }];
    for dot in further {
        let place = place(table, dot.replica());
        let Some(expected) = expected.get_mut(place) else { continue };
        number::put(&mut lane, place as u64);
        number::put(&mut lane, number::apart(dot.seq(), *expected));
        *expected = dot.seq().wrapping_add(1);
    }
    lane
}
