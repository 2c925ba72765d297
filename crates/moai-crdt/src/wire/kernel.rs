//! States, deltas and digests, as bytes.

use std::hash::Hash;

use moai_core::InvalidInput;

use super::{DELTA, Side, Wire, WireForm, WireReader, WireWriter};
use crate::{
    Causal, CausalContext, Change, Delta, Digest, Dot, DotFun, DotFunChange, DotMap, DotSet, DotStore, Keyed, Part,
};

impl<S: DotStore + Wire> WireForm for Causal<S> {
    const KIND: u8 = 1;
}

impl<S: DotStore + Wire> Wire for Causal<S> {
    fn write(&self, to: &mut WireWriter) {
        self.seen().write(to);
        self.store().write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let mark = from.mark();
        let seen = CausalContext::read(from)?;
        let store = S::read(from)?;
        let dots = from.take_dots(mark);
        Self::checked(store, seen, dots).map_err(|why| from.malformed(why))
    }
}

impl<S: DotStore<Change: Wire>> WireForm for Delta<S> {
    const KIND: u8 = DELTA | 1;
}

impl<S: DotStore<Change: Wire>> Wire for Delta<S> {
    fn write(&self, to: &mut WireWriter) {
        self.change.write(to);
        self.dead().write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let mark = from.mark();
        let change = S::Change::read(from)?;
        let dead = CausalContext::read(from)?;
        let dots = from.take_dots(mark);
        Self::checked(change, dead, dots).map_err(|why| from.malformed(why))
    }
}

impl WireForm for Digest {
    const KIND: u8 = 2;
}

impl Wire for Digest {
    fn write(&self, to: &mut WireWriter) {
        self.seen.write(to);
        self.live.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let (seen, live) = Wire::read(from)?;
        Self::checked(seen, live).map_err(|why| from.malformed(why))
    }
}

impl WireForm for CausalContext {
    const KIND: u8 = 3;
}

impl Wire for CausalContext {
    fn write(&self, to: &mut WireWriter) {
        let runs: Vec<_> = self.runs().collect();
        let of_one_replica = || runs.chunk_by(|left, right| left.0 == right.0);
        to.number(of_one_replica().count() as u64);
        for runs in of_one_replica() {
            let mut free = 1;
            for (at, &(replica, first, last)) in runs.iter().enumerate() {
                if at == 0 {
                    to.replica(replica);
                }
                to.number(first - free);
                // A run that is longer than others take must not come out as a short one.
                to.number((last - first).min(u64::MAX >> 1) << 1 | u64::from(at + 1 < runs.len()));
                // The next run begins behind a gap of one at least.
                free = last.saturating_add(2);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let (mut runs, mut last_replica) = (Vec::new(), None);
        for _ in 0..from.length()? {
            let replica = from.replica()?;
            if last_replica >= Some(replica) {
                return Err(from.malformed("the replicas are not sorted"));
            }
            last_replica = Some(replica);
            let (mut free, mut more) = (1_u64, true);
            while more {
                let gap = from.number()?;
                let length = from.number()?;
                let first = free.checked_add(gap);
                let range = first.and_then(|first| Some((first, first.checked_add(length >> 1)?)));
                let Some((first, last)) = range.filter(|&(_, last)| last <= Dot::MAX_SEQ) else {
                    return Err(from.malformed("a dot is out of range"));
                };
                runs.push((replica, first, last));
                (free, more) = (last + 2, length & 1 == 1);
            }
        }
        Ok(Self::from_runs(runs))
    }
}

impl<T: WireForm> WireForm for Part<T> {
    const KIND: u8 = DELTA | T::KIND;
}

impl<T: Wire> Wire for Part<T> {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        T::read(from).map(Self)
    }
}

impl<V: Wire> Wire for DotFun<V> {
    fn write(&self, to: &mut WireWriter) {
        to.leaf(Side::Made, self.iter().map(|(dot, _)| *dot));
        self.values().for_each(|value| value.write(to));
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let mark = from.mark();
        let count = from.leaf(Side::Made)?;
        // Nearly always it is one.
        if let [dot] = *from.dots_since(mark) {
            return Ok(Self::one(dot, V::read(from)?));
        }
        let mut all = Vec::with_capacity(from.room_for::<(Dot, V)>(count));
        for at in mark..mark + count {
            let Some(&dot) = from.dots_since(at).first() else { break };
            all.push((dot, V::read(from)?));
        }
        Ok(Self::from_sorted(all))
    }
}

impl<V: Wire> Wire for DotFunChange<V> {
    fn write(&self, to: &mut WireWriter) {
        self.made.write(to);
        to.leaf(Side::Killed, self.killed.iter().map(|(dot, ())| *dot));
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let made = DotFun::read(from)?;
        let mark = from.mark();
        from.leaf(Side::Killed)?;
        let killed = from.dots_since(mark).iter().map(|dot| (*dot, ()));
        Ok(Self { made, killed: DotSet::from_sorted(killed.collect()) })
    }
}

impl<K: Ord + Hash + Clone + Wire, S: DotStore + Wire> Wire for DotMap<K, S> {
    fn write(&self, to: &mut WireWriter) {
        let least = |store: &S| {
            let mut least = None;
            store.each_dot(&mut |dot| lower(&mut least, dot));
            least
        };
        write_keys(self.unordered(), least, to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let all = read_keys(from)?;
        Self::from_distinct(all).ok_or_else(|| from.malformed("a key stands twice"))
    }
}

impl<K: Ord + Clone + Wire, C: Change + Wire> Wire for Keyed<K, C> {
    fn write(&self, to: &mut WireWriter) {
        let least = |change: &C| {
            let mut least = None;
            change.each_dot(&mut |dot| lower(&mut least, dot));
            least
        };
        write_keys(self.iter().map(|(key, change)| (key, change)), least, to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let all = read_keys(from)?;
        let count = all.len();
        let keyed = Self::from_vec(all);
        if keyed.as_slice().len() < count { Err(from.malformed("a key stands twice")) } else { Ok(keyed) }
    }
}

/// Writes what lies under keys, sorted by the least dot; those without one are left out.
fn write_keys<'s, K: Ord + Wire + 's, T: Wire + 's>(
    all: impl Iterator<Item = (&'s K, &'s T)>,
    least: impl Fn(&T) -> Option<Dot>,
    to: &mut WireWriter,
) {
    let mut keys: Vec<_> = all.filter_map(|(key, under)| Some((least(under)?, key, under))).collect();
    keys.sort_unstable_by(|left, right| (left.0, left.1).cmp(&(right.0, right.1)));
    to.number(keys.len() as u64);
    let mut before = None;
    for (_, key, under) in keys {
        to.item(key, before);
        under.write(to);
        before = Some(key);
    }
}

fn lower(least: &mut Option<Dot>, dot: Dot) {
    *least = Some(least.map_or(dot, |least| least.min(dot)));
}

/// Reads what lies under keys, and holds their order against their dots.
fn read_keys<K: Wire, T: Wire>(from: &mut WireReader<'_>) -> Result<Vec<(K, T)>, InvalidInput> {
    from.nested(|from| {
        let count = from.count()?;
        let mut all: Vec<(K, T)> = Vec::with_capacity(from.room_for::<(K, T)>(count));
        let mut last = None;
        for _ in 0..count {
            let key = from.item(all.last().map(|(before, _)| before))?;
            let mark = from.mark();
            let under = T::read(from)?;
            let least = from.dots_since(mark).iter().min().copied();
            // None is below every dot: a key with nothing under it is refused with those out of order.
            if least <= last {
                return Err(from.malformed("the keys are not sorted by their least dots"));
            }
            last = least;
            all.push((key, under));
        }
        Ok(all)
    })
}
