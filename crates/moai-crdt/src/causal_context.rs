//! Which changes are known: sets of dots, as runs.

use moai_core::planted::planted;
use serde::{Deserialize, Serialize};

use crate::{Causality, Dot, Merge, ReplicaId};

/// A set of dots, kept as runs: for each replica the changes `1..=n` that are known without a gap, and beside them the
/// runs that came out of order.
///
/// In a swarm where nothing was lost it is as small as a vector clock, whatever its history.
///
/// Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.2.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{CausalContext, Dot, ReplicaId};
///
/// let a = ReplicaId::derive(&agent_id!("a"), 0);
/// let mut seen = CausalContext::new();
/// seen.insert(Dot::new(a, 1)?);
/// seen.insert(Dot::new(a, 3)?); // 2 is still on its way
/// assert!(seen.contains(Dot::new(a, 3)?) && !seen.contains(Dot::new(a, 2)?));
/// seen.insert(Dot::new(a, 2)?);
/// assert_eq!(seen.runs().collect::<Vec<_>>(), [(a, 1, 3)]);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct CausalContext {
    /// Changes `1..=n` of each replica, sorted; no zeros.
    gapless: Vec<(ReplicaId, u64)>,
    /// Runs that do not touch each other nor the gapless ones; sorted.
    ahead: Vec<Run>,
}

/// The changes `first..=last` of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Run {
    replica: ReplicaId,
    first: u64,
    last: u64,
}

impl CausalContext {
    /// No dots.
    #[must_use]
    pub const fn new() -> Self {
        Self { gapless: Vec::new(), ahead: Vec::new() }
    }

    /// Whether no dot is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gapless.is_empty() && self.ahead.is_empty()
    }

    /// How many dots are in it.
    #[must_use]
    pub fn len(&self) -> u128 {
        self.runs().map(|(_, first, last)| u128::from(last - first) + 1).sum()
    }

    /// Whether `dot` is in it.
    #[inline]
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        let too_many = u64::from(planted("a_context_that_knows_one_too_many"));
        dot.seq() <= self.gapless_of(dot.replica()) + too_many || self.run_with(dot).is_ok()
    }

    /// Adds a dot. Returns whether it was new.
    pub fn insert(&mut self, dot: Dot) -> bool {
        let (replica, seq) = (dot.replica(), dot.seq());
        let place = self.find(replica);
        let known = place.ok().and_then(|at| self.gapless.get(at)).map_or(0, |&(_, n)| n);
        if seq <= known {
            return false;
        }
        if seq == known + 1 {
            let reach = self.absorb(replica, seq);
            self.set_gapless(replica, reach);
            return true;
        }
        match self.run_with(dot) {
            Ok(_) => false,
            Err(at) => {
                self.insert_ahead(at, Run { replica, first: seq, last: seq });
                true
            }
        }
    }

    /// The name of `replica`'s next change: behind everything that is known of it.
    #[inline]
    pub(crate) fn next_dot(&mut self, replica: ReplicaId) -> Dot {
        // Nearly always nothing of ours came out of order.
        if self.ahead.is_empty() {
            let seq = match self.find(replica) {
                Ok(at) => self.gapless.get_mut(at).map_or(1, |(_, n)| {
                    *n += 1;
                    *n
                }),
                Err(at) => {
                    self.gapless.insert(at, (replica, 1));
                    1
                }
            };
            return Dot::at(replica, seq);
        }
        let dot = Dot::at(replica, self.last_of(replica) + 1);
        self.insert(dot);
        dot
    }

    /// The greatest number that is known of `replica`; 0 when nothing is.
    #[must_use]
    pub fn last_of(&self, replica: ReplicaId) -> u64 {
        let behind = self.ahead.partition_point(|run| run.replica <= replica);
        let ahead = behind.checked_sub(1).and_then(|at| self.ahead.get(at)).filter(|run| run.replica == replica);
        // What came out of order lies behind what is known without a gap.
        ahead.map_or_else(|| self.gapless_of(replica), |run| run.last)
    }

    /// The dots as runs `(replica, first, last)`, sorted; no two of them touch.
    pub fn runs(&self) -> impl Iterator<Item = (ReplicaId, u64, u64)> + '_ {
        let mut gapless = self.gapless.iter().map(|&(replica, n)| (replica, 1, n)).peekable();
        let mut ahead = self.ahead.iter().map(|run| (run.replica, run.first, run.last)).peekable();
        std::iter::from_fn(move || match (gapless.peek(), ahead.peek()) {
            (Some(low), Some(high)) if high < low => ahead.next(),
            (Some(_), _) => gapless.next(),
            (None, _) => ahead.next(),
        })
    }

    /// From runs in any order, touching and overlapping as they may.
    pub(crate) fn from_runs(runs: impl IntoIterator<Item = (ReplicaId, u64, u64)>) -> Self {
        let mut runs: Vec<_> = runs.into_iter().filter(|&(_, first, last)| first <= last).collect();
        if !runs.is_sorted() {
            runs.sort_unstable();
        }
        let mut context = Self::new();
        for (replica, first, last) in runs {
            context.push_run(replica, first, last);
        }
        context
    }

    /// From dots in any order.
    pub(crate) fn from_dots(dots: impl IntoIterator<Item = Dot>) -> Self {
        Self::from_runs(dots.into_iter().map(|dot| (dot.replica(), dot.seq(), dot.seq())))
    }

    /// From dots in any order, each of which must stand once.
    pub(crate) fn from_distinct_dots(dots: Vec<Dot>) -> Result<Self, &'static str> {
        let count = dots.len() as u128;
        let context = Self::from_dots(dots);
        if context.len() == count { Ok(context) } else { Err("a dot stands twice") }
    }

    /// Puts a run behind all others: `(replica, first)` is not before that of any run so far.
    fn push_run(&mut self, replica: ReplicaId, first: u64, last: u64) {
        if let Some(run) = self.ahead.last_mut().filter(|run| run.replica == replica) {
            if first <= run.last.saturating_add(1) {
                run.last = run.last.max(last);
            } else {
                self.ahead.push(Run { replica, first, last });
            }
            return;
        }
        if let Some((_, n)) = self.gapless.last_mut().filter(|(known, _)| *known == replica) {
            if first <= n.saturating_add(1) {
                *n = (*n).max(last);
            } else {
                self.ahead.push(Run { replica, first, last });
            }
            return;
        }
        if first == 1 {
            self.gapless.push((replica, last));
        } else {
            self.ahead.push(Run { replica, first, last });
        }
    }

    /// The dots of this set that are not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::new();
        let mut taken = other.runs().peekable();
        for (replica, mut first, last) in self.runs() {
            // Runs of the other set that end before this one begins take nothing from it, nor from any after it.
            while taken.next_if(|&(r, _, end)| (r, end) < (replica, first)).is_some() {}
            while let Some(&(r, start, end)) = taken.peek() {
                if r != replica || start > last || first > last {
                    break;
                }
                if first < start {
                    rest.push_run(replica, first, start - 1);
                }
                first = end.saturating_add(1);
                if end >= last {
                    break;
                }
                taken.next();
            }
            if first <= last {
                rest.push_run(replica, first, last);
            }
        }
        rest
    }

    /// The dots that are in both sets.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut both = Self::new();
        let (mut left, mut right) = (self.runs().peekable(), other.runs().peekable());
        while let (Some(&(l, l_first, l_last)), Some(&(r, r_first, r_last))) = (left.peek(), right.peek()) {
            if l == r && l_first.max(r_first) <= l_last.min(r_last) {
                both.push_run(l, l_first.max(r_first), l_last.min(r_last));
            }
            if (l, l_last) <= (r, r_last) {
                left.next();
            } else {
                right.next();
            }
        }
        both
    }

    /// Whether no dot is in both sets.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.both(other).is_empty()
    }

    /// How this set stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Causality {
        if self == other {
            return Causality::Equal;
        }
        Causality::from_surplus(!self.without(other).is_empty(), !other.without(self).is_empty())
    }

    fn find(&self, replica: ReplicaId) -> Result<usize, usize> {
        self.gapless.binary_search_by_key(&replica, |&(known, _)| known)
    }

    /// How many of `replica`'s changes are known without a gap.
    fn gapless_of(&self, replica: ReplicaId) -> u64 {
        self.find(replica).ok().and_then(|at| self.gapless.get(at)).map_or(0, |&(_, n)| n)
    }

    fn set_gapless(&mut self, replica: ReplicaId, reach: u64) {
        match self.find(replica) {
            Ok(at) => {
                if let Some((_, n)) = self.gapless.get_mut(at) {
                    *n = reach;
                }
            }
            Err(at) => self.gapless.insert(at, (replica, reach)),
        }
    }

    /// The run ahead that holds `dot`, or where one would have to be put.
    fn run_with(&self, dot: Dot) -> Result<usize, usize> {
        if self.ahead.is_empty() {
            return Err(0);
        }
        self.ahead.binary_search_by(|run| {
            if (run.replica, run.last) < (dot.replica(), dot.seq()) {
                std::cmp::Ordering::Less
            } else if (run.replica, run.first) > (dot.replica(), dot.seq()) {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
    }

    /// Takes the run that now follows `seq` without a gap out of those ahead, and returns how far it reaches.
    fn absorb(&mut self, replica: ReplicaId, seq: u64) -> u64 {
        match self.run_with(Dot::at(replica, seq + 1)) {
            Ok(at) => self.ahead.remove(at).last,
            Err(_) => seq,
        }
    }

    /// Puts a run of one dot at its place, and joins it with the runs that it touches.
    fn insert_ahead(&mut self, at: usize, run: Run) {
        let follows = |left: &Run, right: &Run| left.replica == right.replica && left.last + 1 == right.first;
        let joins_left = at.checked_sub(1).and_then(|before| self.ahead.get(before)).is_some_and(|l| follows(l, &run));
        let joins_right = self.ahead.get(at).is_some_and(|right| follows(&run, right));
        if joins_left {
            let last = if joins_right { self.ahead.remove(at).last } else { run.last };
            if let Some(left) = self.ahead.get_mut(at - 1) {
                left.last = last;
            }
        } else if joins_right {
            if let Some(right) = self.ahead.get_mut(at) {
                right.first = run.first;
            }
        } else {
            self.ahead.insert(at, run);
        }
    }
}

impl Merge for CausalContext {
    fn merge(&mut self, other: &Self) -> bool {
        // In a calm swarm nothing is out of order, and both sides know the same replicas.
        let calm = self.ahead.is_empty() && other.ahead.is_empty() && self.gapless.len() == other.gapless.len();
        if calm && self.gapless.iter().zip(&other.gapless).all(|(l, r)| l.0 == r.0) {
            let mut grew = false;
            for ((_, n), (_, known)) in self.gapless.iter_mut().zip(&other.gapless) {
                grew |= *n < *known;
                *n = (*n).max(*known);
            }
            return grew;
        }
        if other.is_empty() {
            return false;
        }
        let mut merged = Self::new();
        {
            let (mut left, mut right) = (self.runs().peekable(), other.runs().peekable());
            loop {
                let next = match (left.peek(), right.peek()) {
                    (Some(l), Some(r)) if r < l => right.next(),
                    (Some(_), _) => left.next(),
                    (None, _) => right.next(),
                };
                let Some((replica, first, last)) = next else { break };
                merged.push_run(replica, first, last);
            }
        }
        let grew = merged != *self;
        *self = merged;
        grew
    }
}

impl std::fmt::Debug for CausalContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut set = f.debug_set();
        for (replica, first, last) in self.runs() {
            set.entry(&format_args!("{replica:?}:{first}..={last}"));
        }
        set.finish()
    }
}

impl Serialize for CausalContext {
    /// A list of `[replica, first, last]`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.runs())
    }
}

impl<'de> Deserialize<'de> for CausalContext {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let runs = Vec::<(ReplicaId, u64, u64)>::deserialize(deserializer)?;
        for &(replica, first, last) in &runs {
            Dot::new(replica, first).and(Dot::new(replica, last)).map_err(D::Error::custom)?;
        }
        let context = Self::from_runs(runs.iter().copied());
        // One form for each set: the same runs must come out again.
        if !context.runs().eq(runs) {
            return Err(D::Error::custom("runs of dots must be sorted, and must not touch each other"));
        }
        Ok(context)
    }
}
