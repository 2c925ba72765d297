//! Reading: within limits, and only the one form.

use moai_core::InvalidInput;

use super::number::{self, Cursor};
use super::repeats::RepeatsReader;
use super::runs::RunsReader;
use super::{FIELD, Side, VERSION, Wire, WireLimits, malformed};
use crate::sorted_map::SortedMap;
use crate::{Dot, ReplicaId, Stamp};

/// What [`Wire`] types read themselves from.
#[derive(Debug)]
pub struct WireReader<'a> {
    limits: &'a WireLimits,
    body: Cursor<'a>,
    /// The replicas, and which of them were used.
    table: Vec<(ReplicaId, bool)>,
    replicas: RepeatsReader<'a>,
    expected_replica: u64,
    stamps: Stamps<'a>,
    made: Leaves<'a>,
    killed: Leaves<'a>,
    further: Cursor<'a>,
    expected_further: Vec<u64>,
    /// The dots that were read, of the state that is being read.
    dots: Vec<Dot>,
    dots_in_all: usize,
    items_in_all: usize,
    shared_in_all: usize,
    depth: usize,
    deepest: usize,
}

#[derive(Debug)]
struct Stamps<'a> {
    upper: RepeatsReader<'a>,
    lower: RepeatsReader<'a>,
    last: (u64, u64),
}

#[derive(Debug, Default)]
struct Leaves<'a> {
    counts: RepeatsReader<'a>,
    least: RunsReader<'a>,
}

impl<'a> WireReader<'a> {
    pub(super) fn open(bytes: &'a [u8], kind: u8, limits: &'a WireLimits) -> Result<Self, InvalidInput> {
        if bytes.len() > limits.bytes {
            return Err(InvalidInput::TooLong { field: FIELD, limit: limits.bytes as u64, got: bytes.len() as u64 });
        }
        let mut all = Cursor::new(bytes);
        let version = all.byte()?;
        if version != VERSION {
            return Err(malformed(format!("it is of version {version}, and only {VERSION} is known")));
        }
        let got = all.byte()?;
        if got != kind {
            return Err(malformed(format!("it is of kind {got}, and not {kind}")));
        }
        let table = table(&mut all, limits)?;
        let mut mask = all.byte()?;
        let mut lane = || {
            let there = mask & 1 == 1;
            mask >>= 1;
            if !there {
                return Ok(Cursor::default());
            }
            match all.count(1)? {
                0 => Err(all.malformed("a lane is empty")),
                length => all.part(length),
            }
        };
        let replicas = RepeatsReader::new(lane()?);
        let (upper, lower) = (RepeatsReader::new(lane()?), RepeatsReader::new(lane()?));
        let mut leaves = || {
            let counts = RepeatsReader::new(lane()?);
            Ok::<_, InvalidInput>(Leaves { counts, least: RunsReader::new(lane()?, table.len()) })
        };
        let (made, killed) = (leaves()?, leaves()?);
        let further = lane()?;
        let expected_further = vec![1; if further.left() == 0 { 0 } else { table.len() }];
        Ok(Self {
            limits,
            body: all,
            table,
            replicas,
            expected_replica: 0,
            stamps: Stamps { upper, lower, last: (0, 0) },
            made,
            killed,
            further,
            expected_further,
            dots: Vec::new(),
            dots_in_all: 0,
            items_in_all: 0,
            shared_in_all: 0,
            depth: 0,
            deepest: limits.depth,
        })
    }

    /// Refuses what nobody read.
    pub(super) fn close(&self) -> Result<(), InvalidInput> {
        self.replicas.close()?;
        self.stamps.upper.close()?;
        self.stamps.lower.close()?;
        for leaves in [&self.made, &self.killed] {
            leaves.counts.close()?;
            leaves.least.close()?;
        }
        self.further.close()?;
        self.body.close()?;
        if self.table.iter().all(|&(_, used)| used) {
            return Ok(());
        }
        Err(malformed("a replica is in the table and not used"))
    }

    /// Reads a byte.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn byte(&mut self) -> Result<u8, InvalidInput> {
        self.body.byte()
    }

    /// Reads `count` bytes.
    ///
    /// # Errors
    ///
    /// When there are fewer.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], InvalidInput> {
        self.body.take(count)
    }

    /// Reads a number.
    ///
    /// # Errors
    ///
    /// When bytes are missing, or a shorter form would do.
    pub fn number(&mut self) -> Result<u64, InvalidInput> {
        self.body.number()
    }

    /// Reads how many bytes follow: no more than there are.
    ///
    /// # Errors
    ///
    /// When bytes are missing, and as [`number`](Self::number).
    pub fn length(&mut self) -> Result<usize, InvalidInput> {
        self.body.count(1)
    }

    /// Reads how many items follow: no more than there are bytes.
    ///
    /// # Errors
    ///
    /// When bytes are missing, beyond the limit, and as [`number`](Self::number).
    pub fn count(&mut self) -> Result<usize, InvalidInput> {
        let count = self.body.count(1)?;
        self.items_in_all = within("items", self.items_in_all, count, self.limits.items)?;
        Ok(count)
    }

    /// Reads a stamp.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn stamp(&mut self) -> Result<Stamp, InvalidInput> {
        let upper = number::away(self.stamps.upper.next()?, self.stamps.last.0);
        let lower = number::away(self.stamps.lower.next()?, self.stamps.last.1);
        if upper >> 48 > 0 || lower >> 16 > 0 {
            return Err(malformed("a stamp is out of range"));
        }
        self.stamps.last = (upper, lower);
        Ok(Stamp::from_bits(upper << 16 | lower))
    }

    /// Reads a replica.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn replica(&mut self) -> Result<ReplicaId, InvalidInput> {
        let place = number::away(self.replicas.next()?, self.expected_replica);
        self.expected_replica = place.wrapping_add(1);
        self.replica_at(usize::try_from(place).unwrap_or(usize::MAX))
    }

    /// Reads one of many, behind the one before it.
    ///
    /// # Errors
    ///
    /// As the item says.
    pub fn item<T: Wire>(&mut self, before: Option<&T>) -> Result<T, InvalidInput> {
        let left = self.body.left();
        let item = match before {
            Some(before) => T::read_after(before, self)?,
            None => T::read(self)?,
        };
        if self.body.left() == left && self.byte()? != 0 {
            return Err(self.malformed("an item without bytes is not one zero byte"));
        }
        Ok(item)
    }

    /// Reads how many there are, and each as an [`item`](Self::item); they nest one deeper.
    ///
    /// # Errors
    ///
    /// As the items say, and beyond the limits.
    pub fn items<T: Wire>(&mut self) -> Result<Vec<T>, InvalidInput> {
        self.nested(|from| {
            let count = from.count()?;
            let mut items = Vec::with_capacity(from.room_for::<T>(count));
            for _ in 0..count {
                items.push(from.item(items.last())?);
            }
            Ok(items)
        })
    }

    /// As [`items`](Self::items), for those that rise.
    ///
    /// # Errors
    ///
    /// The same, and when they do not rise.
    pub fn rising_items<T: Wire + Ord>(&mut self) -> Result<Vec<T>, InvalidInput> {
        let items: Vec<T> = self.items()?;
        if items.is_sorted_by(|left, right| left < right) {
            Ok(items)
        } else {
            Err(self.malformed("items do not rise"))
        }
    }

    /// As [`items`](Self::items), for slots under rising keys, each of which must be one that a state can hold.
    pub(crate) fn slots<K: Wire + Ord, V: Wire>(
        &mut self,
        can_be: impl Fn(&K, &V) -> bool,
    ) -> Result<SortedMap<K, V>, InvalidInput> {
        let slots: Vec<(K, V)> = self.items()?;
        if !slots.is_sorted_by(|left, right| left.0 < right.0) {
            return Err(self.malformed("keys do not rise"));
        }
        if !slots.iter().all(|(key, value)| can_be(key, value)) {
            return Err(self.malformed("a slot holds what no state can hold, such as a count of zero"));
        }
        Ok(SortedMap::from_sorted(slots))
    }

    /// Reads something that lies one deeper: every type that can hold itself must read through this.
    ///
    /// # Errors
    ///
    /// Beyond the limit of depth, and what `read` says.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, InvalidInput>) -> Result<T, InvalidInput> {
        self.room_below(1)?;
        self.depth += 1;
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    /// Reads something that goes no more than so many levels deep, whatever the limits say.
    pub(crate) fn no_deeper<T>(
        &mut self,
        levels: usize,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidInput>,
    ) -> Result<T, InvalidInput> {
        let deepest = self.deepest;
        self.deepest = deepest.min(self.depth.saturating_add(levels));
        let inner = read(self)?;
        self.deepest = deepest;
        Ok(inner)
    }

    /// Refuses what goes so many levels deep from here, if that is too deep.
    pub(crate) fn room_below(&self, levels: usize) -> Result<(), InvalidInput> {
        if levels <= self.depth_left() {
            return Ok(());
        }
        let got = self.depth.saturating_add(levels) as u64;
        Err(InvalidInput::TooDeep { field: FIELD, limit: self.deepest as u64, got })
    }

    /// How much deeper it may go.
    #[must_use]
    pub fn depth_left(&self) -> usize {
        self.deepest - self.depth
    }

    /// The error that says what is wrong here, and at which byte.
    #[must_use]
    pub fn malformed(&self, what: &str) -> InvalidInput {
        self.body.malformed(what)
    }

    /// How many of `count` things to take memory for at once: no more than bytes are left. More is taken as they come.
    pub(super) fn room_for<T>(&self, count: usize) -> usize {
        count.min(self.body.left() / size_of::<T>().max(1))
    }

    /// Reads how many bytes are shared with `before`, and returns these: all of them count towards the limit, before
    /// memory is taken for them.
    pub(super) fn shared<'t>(&mut self, before: &'t [u8]) -> Result<&'t [u8], InvalidInput> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        let Some(shared) = before.get(..count).filter(|shared| !shared.is_empty()) else {
            return Err(self.malformed("a text shares nothing with the one before, or more than that has"));
        };
        let (limit, got) = (self.limits.shared, self.shared_in_all.saturating_add(count));
        if got > limit {
            return Err(InvalidInput::TooLong { field: "what texts share", limit: limit as u64, got: got as u64 });
        }
        self.shared_in_all = got;
        Ok(shared)
    }

    /// Reads the dots of one side of a leaf; they are behind those that were read so far. Returns how many.
    pub(super) fn leaf(&mut self, side: Side) -> Result<usize, InvalidInput> {
        let leaves = match side {
            Side::Made => &mut self.made,
            Side::Killed => &mut self.killed,
        };
        let count = leaves.counts.next()?;
        if count == 0 {
            return Ok(0);
        }
        let least = leaves.least.next()?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.dots_in_all = within("dots", self.dots_in_all, count, self.limits.dots)?;
        let mut last = self.dot(least)?;
        self.dots.push(last);
        for _ in 1..count {
            let place = usize::try_from(self.further.number()?).unwrap_or(usize::MAX);
            let apart = self.further.number()?;
            let Some(expected) = self.expected_further.get_mut(place) else {
                return Err(self.further.malformed("a replica is not in the table"));
            };
            let seq = number::away(apart, *expected);
            *expected = seq.wrapping_add(1);
            let dot = self.dot((place, seq))?;
            if dot <= last {
                return Err(self.further.malformed("the dots of a leaf are not sorted"));
            }
            self.dots.push(dot);
            last = dot;
        }
        Ok(count)
    }

    /// How many dots were read so far.
    pub(super) fn mark(&self) -> usize {
        self.dots.len()
    }

    /// The dots that were read since.
    pub(super) fn dots_since(&self, mark: usize) -> &[Dot] {
        self.dots.get(mark..).unwrap_or_default()
    }

    /// Takes out the dots that were read since: their state is complete.
    pub(super) fn take_dots(&mut self, mark: usize) -> Vec<Dot> {
        self.dots.split_off(mark.min(self.dots.len()))
    }

    fn dot(&mut self, (place, seq): (usize, u64)) -> Result<Dot, InvalidInput> {
        Dot::new(self.replica_at(place)?, seq)
    }

    fn replica_at(&mut self, place: usize) -> Result<ReplicaId, InvalidInput> {
        let (replica, used) = self.table.get_mut(place).ok_or_else(|| malformed("a replica is not in the table"))?;
        *used = true;
        Ok(*replica)
    }
}

fn table(all: &mut Cursor<'_>, limits: &WireLimits) -> Result<Vec<(ReplicaId, bool)>, InvalidInput> {
    let count = all.count(size_of::<u64>())?;
    within("replicas", 0, count, limits.replicas)?;
    let mut table = Vec::with_capacity(count);
    for _ in 0..count {
        let number = all.take(size_of::<u64>())?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let replica = ReplicaId::new(number)?;
        if table.last().is_some_and(|&(last, _)| last >= replica) {
            return Err(all.malformed("the replicas are not sorted"));
        }
        table.push((replica, false));
    }
    Ok(table)
}

/// The sum, if it is within the limit.
fn within(field: &'static str, so_far: usize, more: usize, limit: usize) -> Result<usize, InvalidInput> {
    let got = so_far.saturating_add(more);
    if got > limit {
        return Err(InvalidInput::TooMany { field, limit: limit as u64, got: got as u64 });
    }
    Ok(got)
}
