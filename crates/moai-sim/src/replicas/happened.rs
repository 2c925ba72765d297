//! A change that a replica has made, as it is written down.

use std::sync::Arc;

use moai_crdt::{ReplicaId, Stamp};

/// A change that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Who makes it: the place.
    pub place: u32,
    /// The same as a replica.
    pub by: ReplicaId,
    /// Which operation of the type.
    pub op: u8,
    /// Its number in the world.
    pub number: u32,
    /// When, on its own clock.
    pub stamp: Stamp,
}

/// A change that was made, and what its author knew then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The change.
    pub turn: Turn,
    /// The changes that its author knew: a bit for each number.
    pub knew: u128,
    /// The first and the last of the dots that it gave out; none when the first is behind the last.
    pub dots: (u64, u64),
    /// What it did, as bytes.
    pub delta: Arc<[u8]>,
}

impl Happened {
    /// The record of it.
    #[must_use]
    pub fn to_record(&self) -> Arc<[u8]> {
        let mut bytes = Vec::with_capacity(53 + self.delta.len());
        bytes.extend(self.turn.place.to_le_bytes());
        bytes.extend(self.turn.by.get().to_le_bytes());
        bytes.push(self.turn.op);
        bytes.extend(self.turn.number.to_le_bytes());
        bytes.extend(self.turn.stamp.to_bits().to_le_bytes());
        bytes.extend(self.knew.to_le_bytes());
        bytes.extend(self.dots.0.to_le_bytes());
        bytes.extend(self.dots.1.to_le_bytes());
        bytes.extend(&*self.delta);
        bytes.into()
    }

    /// Reads a record; nothing when it is none.
    #[must_use]
    pub fn read(record: &[u8]) -> Option<Self> {
        let mut rest = record;
        let place = u32::from_le_bytes(take(&mut rest)?);
        let by = ReplicaId::new(u64::from_le_bytes(take(&mut rest)?)).ok()?;
        let [op] = take(&mut rest)?;
        let number = u32::from_le_bytes(take(&mut rest)?);
        let stamp = Stamp::from_bits(u64::from_le_bytes(take(&mut rest)?));
        let knew = u128::from_le_bytes(take(&mut rest)?);
        let dots = (u64::from_le_bytes(take(&mut rest)?), u64::from_le_bytes(take(&mut rest)?));
        Some(Self { turn: Turn { place, by, op, number, stamp }, knew, dots, delta: rest.into() })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_something_else() {
        let turn = Turn { place: 2, by: ReplicaId::new(3).unwrap(), op: 4, number: 5, stamp: Stamp::from_bits(6) };
        let happened = Happened { turn, knew: 7, dots: (8, 9), delta: b"ten"[..].into() };
        assert_eq!(Happened::read(&happened.to_record()), Some(happened));
        assert_eq!(Happened::read(b"short"), None);
    }
}
