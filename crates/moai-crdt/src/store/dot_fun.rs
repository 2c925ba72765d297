//! Values, each with the dot that made it: the leaf of every store.

use super::{Change, DotStore, Meeting};
use crate::{CausalContext, Dot};

/// A set of dots.
pub type DotSet = DotFun<()>;

/// Values, each with the dot that made it, sorted by dot.
///
/// Nearly always it holds one, and one takes no memory beyond itself.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{Dot, DotFun, ReplicaId};
///
/// let me = ReplicaId::derive(&agent_id!("agent-1"), 0);
/// let (first, second) = (Dot::new(me, 1)?, Dot::new(me, 2)?);
/// let mut value = DotFun::one(first, "red");
/// let change = value.replace(second, "blue"); // made the second, killed the first
/// assert_eq!(value.as_slice(), [(second, "blue")]);
/// # let _ = change;
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DotFun<V>(Few<V>);

/// One entry stands in place; more, or none, behind a pointer that fits into the niche of the one.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Few<V> {
    One((Dot, V)),
    /// `None` or at least two.
    #[expect(clippy::box_collection, reason = "a boxed slice is too wide for the niche, a vector too")]
    More(Option<Box<Vec<(Dot, V)>>>),
}

impl<V> DotFun<V> {
    /// No value.
    #[must_use]
    pub const fn new() -> Self {
        Self(Few::More(None))
    }

    /// One value.
    #[must_use]
    pub const fn one(dot: Dot, value: V) -> Self {
        Self(Few::One((dot, value)))
    }

    /// All of them, sorted by dot.
    #[must_use]
    pub fn as_slice(&self) -> &[(Dot, V)] {
        match &self.0 {
            Few::One(one) => std::slice::from_ref(one),
            Few::More(Some(all)) => all,
            Few::More(None) => &[],
        }
    }

    /// The values with their dots, sorted by dot.
    pub fn iter(&self) -> std::slice::Iter<'_, (Dot, V)> {
        self.as_slice().iter()
    }

    /// The values, sorted by dot.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The last entry of each replica, sorted by dot: what a read looks at.
    ///
    /// Whoever writes replaces what they wrote before. So an earlier entry of the same replica is here only while the
    /// delta that killed it is on its way. Reading passes over it; merging must not drop it, or the order of merges
    /// would show.
    pub fn newest(&self) -> impl Iterator<Item = &(Dot, V)> {
        let mut rest = self.iter().peekable();
        std::iter::from_fn(move || {
            loop {
                let entry = rest.next()?;
                if rest.peek().is_none_or(|(next, _)| next.replica() != entry.0.replica()) {
                    return Some(entry);
                }
            }
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.0, Few::More(None))
    }

    /// The value that `dot` made.
    #[must_use]
    pub fn get(&self, dot: Dot) -> Option<&V> {
        let all = self.as_slice();
        all.binary_search_by_key(&dot, |entry| entry.0).ok().and_then(|at| all.get(at)).map(|(_, value)| value)
    }

    /// Puts a value in; one that its dot made already stays.
    pub(crate) fn insert(&mut self, dot: Dot, value: V) {
        if self.is_empty() {
            *self = Self::one(dot, value);
            return;
        }
        let mut all = self.take();
        if let Err(at) = all.binary_search_by_key(&dot, |entry| entry.0) {
            all.insert(at, (dot, value));
        }
        *self = Self::from_sorted(all);
    }

    /// Puts values in that are sorted by dot. Returns whether there were any.
    ///
    /// Many are put in together: one by one, each could have to be put in before all that are there.
    fn extend<'v>(&mut self, mut new: impl Iterator<Item = &'v (Dot, V)>) -> bool
    where
        V: Clone + 'v,
    {
        let Some((dot, value)) = new.next() else { return false };
        let Some(second) = new.next() else {
            self.insert(*dot, value.clone());
            return true;
        };
        let mut all = self.take();
        all.push((*dot, value.clone()));
        all.push(second.clone());
        all.extend(new.cloned());
        // Two sorted runs, which this sort merges; of equal dots the one that was there comes first, and stays.
        all.sort_by_key(|entry| entry.0);
        all.dedup_by_key(|entry| entry.0);
        *self = Self::from_sorted(all);
        true
    }

    /// Keeps what `keep` says. Returns whether anything went.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(Dot) -> bool) -> bool {
        match &mut self.0 {
            Few::One((dot, _)) if keep(*dot) => false,
            Few::One(_) => {
                *self = Self::new();
                true
            }
            Few::More(None) => false,
            Few::More(Some(_)) => {
                let mut all = self.take();
                let before = all.len();
                all.retain(|entry| keep(entry.0));
                let went = all.len() < before;
                *self = Self::from_sorted(all);
                went
            }
        }
    }

    /// Replaces everything by one value, and returns the change.
    #[inline]
    pub fn replace(&mut self, dot: Dot, value: V) -> DotFunChange<V>
    where
        V: Clone,
    {
        let killed = match std::mem::replace(&mut self.0, Few::One((dot, value.clone()))) {
            Few::One((old, _)) => DotSet::one(old, ()),
            Few::More(None) => DotSet::new(),
            Few::More(Some(all)) => dots_of(&all),
        };
        DotFunChange { made: Self::one(dot, value), killed }
    }

    /// Takes everything out, and returns the change.
    pub fn clear(&mut self) -> DotFunChange<V> {
        let killed = self.dots();
        *self = Self::new();
        DotFunChange { made: Self::new(), killed }
    }

    /// The dots alone.
    #[must_use]
    pub fn dots(&self) -> DotSet {
        match &self.0 {
            Few::One((dot, _)) => DotSet::one(*dot, ()),
            Few::More(None) => DotSet::new(),
            Few::More(Some(all)) => dots_of(all),
        }
    }

    fn take(&mut self) -> Vec<(Dot, V)> {
        match std::mem::replace(&mut self.0, Few::More(None)) {
            Few::One(one) => vec![one],
            Few::More(all) => all.map_or_else(Vec::new, |all| *all),
        }
    }

    /// From values that are sorted by dot.
    pub(crate) fn from_sorted(mut all: Vec<(Dot, V)>) -> Self {
        if all.len() > 1 {
            return Self(Few::More(Some(Box::new(all))));
        }
        all.pop().map_or_else(Self::new, |(dot, value)| Self::one(dot, value))
    }
}

/// The dots of several values. Apart, so that what nearly always happens stays short.
#[cold]
fn dots_of<V>(all: &[(Dot, V)]) -> DotSet {
    DotFun::from_sorted(all.iter().map(|(dot, _)| (*dot, ())).collect())
}

impl<V> Default for DotFun<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Clone> DotStore for DotFun<V> {
    type Change = DotFunChange<V>;

    fn is_bottom(&self) -> bool {
        self.is_empty()
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        self.iter().for_each(|(dot, _)| visit(*dot));
    }

    // (s ∩ s') ∪ (s \ c') ∪ (s' \ c): section 7.2, figure 3.
    fn merge(&mut self, other: &Self, meeting: &Meeting<'_>) -> bool {
        let (seen, theirs) = (meeting.ours(), meeting.theirs());
        let changed = self.retain(|dot| !theirs.contains(dot) || other.get(dot).is_some());
        self.extend(other.iter().filter(|(dot, _)| !seen.contains(*dot))) | changed
    }

    fn apply(&mut self, seen: &CausalContext, change: &DotFunChange<V>) -> bool {
        let changed = !change.killed.is_empty() && self.retain(|dot| change.killed.get(dot).is_none());
        self.extend(change.made.iter().filter(|(dot, _)| !seen.contains(*dot))) | changed
    }

    fn kill(&mut self, dead: &CausalContext) -> bool {
        self.retain(|dot| !dead.contains(dot))
    }

    fn removal(&self) -> DotFunChange<V> {
        DotFunChange { made: Self::new(), killed: self.dots() }
    }

    fn made_since(&self, seen: &CausalContext) -> DotFunChange<V> {
        let mut made = self.clone();
        made.kill(seen);
        DotFunChange { made, killed: DotSet::new() }
    }
}

/// What a change made, with its values, and which dots it killed.
#[derive(Clone, PartialEq, Eq)]
pub struct DotFunChange<V> {
    /// New values.
    pub(crate) made: DotFun<V>,
    /// Dots that carry nothing any more.
    pub(crate) killed: DotSet,
}

impl<V> Default for DotFunChange<V> {
    fn default() -> Self {
        Self { made: DotFun::new(), killed: DotSet::new() }
    }
}

impl<V: Clone> Change for DotFunChange<V> {
    fn is_empty(&self) -> bool {
        self.made.is_empty() && self.killed.is_empty()
    }

    fn join(&mut self, other: &Self) {
        // What either side killed is dead, whoever made it.
        self.made.retain(|dot| other.killed.get(dot).is_none());
        self.made.extend(other.made.iter().filter(|(dot, _)| self.killed.get(*dot).is_none()));
        self.killed.extend(other.killed.iter());
    }

    fn each_dot(&self, visit: &mut impl FnMut(Dot)) {
        self.made.each_dot(visit);
        self.killed.each_dot(visit);
    }
}

impl<V: std::fmt::Debug> std::fmt::Debug for DotFun<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|(dot, value)| (dot, value))).finish()
    }
}

impl<V: std::fmt::Debug> std::fmt::Debug for DotFunChange<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("made", &self.made).field("killed", &self.killed).finish()
    }
}
