//! A lane of dots, as runs.

use moai_core::InvalidInput;

use super::number::{self, Cursor};
use crate::{Dot, ReplicaId};

/// Dots with the same replica and rising numbers.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: Dot,
    /// How many dots follow the first.
    more: u64,
}

/// Gathers dots into runs, each as long as it can be, and writes them when all replicas are known.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<Run>);

impl Runs {
    pub(super) fn push(&mut self, dot: Dot) {
        if let Some(run) = self.0.last_mut().filter(|run| run.first.replica() == dot.replica())
            && run.first.seq().wrapping_add(run.more).wrapping_add(1) == dot.seq()
        {
            run.more += 1;
        } else {
            self.0.push(Run { first: dot, more: 0 });
        }
    }

    pub(super) fn replicas(&self) -> impl Iterator<Item = ReplicaId> + '_ {
        self.0.iter().map(|run| run.first.replica())
    }

    pub(super) fn finish(self, table: &[ReplicaId]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut before = 0;
        let mut expected = vec![1_u64; if self.0.is_empty() { 0 } else { table.len() }];
        for Run { first, more } in self.0 {
            let place = table.partition_point(|&replica| replica < first.replica());
            let Some(expected) = expected.get_mut(place) else { continue };
            let (back, distance) = match first.seq().checked_sub(*expected) {
                Some(forward) => (false, forward),
                None => (true, *expected - first.seq() - 1),
            };
            let other = place != before;
            number::put(&mut bytes, more << 2 | u64::from(back) << 1 | u64::from(other));
            if other {
                number::put(&mut bytes, place as u64);
            }
            number::put(&mut bytes, distance);
            *expected = first.seq().saturating_add(more).saturating_add(1);
            before = place;
        }
        bytes
    }
}

/// Reads what [`Runs`] wrote, one dot at a time.
#[derive(Debug, Default)]
pub(super) struct RunsReader<'a> {
    rest: Cursor<'a>,
    /// For each replica of the table, the number that is expected next.
    expected: Vec<u64>,
    /// The place of the run's replica, and the next of its dots.
    place: usize,
    next: u64,
    /// How many dots of the run are left.
    left: u64,
    begun: bool,
}

impl<'a> RunsReader<'a> {
    pub(super) fn new(rest: Cursor<'a>, replicas: usize) -> Self {
        let expected = vec![1; if rest.left() == 0 { 0 } else { replicas }];
        Self { rest, expected, ..Self::default() }
    }

    /// The next dot, as the place of its replica in the table, and its number.
    pub(super) fn next(&mut self) -> Result<(usize, u64), InvalidInput> {
        if self.left == 0 {
            self.begin()?;
        }
        let seq = self.next;
        self.left -= 1;
        self.next += 1;
        Ok((self.place, seq))
    }

    fn begin(&mut self) -> Result<(), InvalidInput> {
        let head = self.rest.number()?;
        let (more, back, other) = (head >> 2, head & 2 != 0, head & 1 != 0);
        if other {
            let place = usize::try_from(self.rest.number()?).unwrap_or(usize::MAX);
            if place == self.place {
                return Err(self.rest.malformed("a replica is named again"));
            }
            self.place = place;
        }
        let distance = self.rest.number()?;
        if self.begun && !other && !back && distance == 0 {
            return Err(self.rest.malformed("a run of dots is written in two parts"));
        }
        let Some(expected) = self.expected.get_mut(self.place) else {
            return Err(self.rest.malformed("a replica is not in the table"));
        };
        let first = if back {
            expected.checked_sub(distance).and_then(|above| above.checked_sub(1))
        } else {
            expected.checked_add(distance)
        };
        let range = first.filter(|&first| first > 0).and_then(|first| Some((first, first.checked_add(more)?)));
        let Some((first, last)) = range.filter(|&(_, last)| last <= Dot::MAX_SEQ) else {
            return Err(self.rest.malformed("a dot is out of range"));
        };
        *expected = last + 1;
        (self.next, self.left, self.begun) = (first, more + 1, true);
        Ok(())
    }

    /// Refuses dots that nobody asked for.
    pub(super) fn close(&self) -> Result<(), InvalidInput> {
        if self.left > 0 {
            return Err(self.rest.malformed("dots are left over"));
        }
        self.rest.close()
    }
}
