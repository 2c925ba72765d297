//! Stretches of keys whose values are gone, though they still lie there.

use std::collections::BTreeMap;

use moai_core::{KeyRange, StateKey};

use super::edge::Edge;

/// Stretches of keys in which **every value that lies there is gone**: deleted with a range and not yet swept out.
///
/// That is what makes the deletion of a range cheap: it is noted here once, however many keys it hits. A key that is
/// written again is [cut out](Cleared::cut). Stretches neither overlap nor touch, so each note costs O(log n) amortised.
///
/// ```text
///  clear b..y      ├──────────────────────┤
///  put k           ├────────┤ k ├─────────┤
///  sweep               ├────┤ k ├─────────┤      the values before it are out of the map
/// ```
#[derive(Debug, Default)]
pub(super) struct Cleared {
    /// Where a stretch begins → where it ends.
    stretches: BTreeMap<Edge, Edge>,
}

impl Cleared {
    pub(super) fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Whether the value under `key` is gone.
    pub(super) fn covers(&self, key: &StateKey) -> bool {
        !self.is_empty() && self.around(&Edge::Before(key.clone())).is_some()
    }

    /// Notes that every value in the range is gone.
    pub(super) fn clear(&mut self, range: &KeyRange) {
        let (mut from, mut to) = Edge::of(range);
        // Whatever begins before the end and ends behind the beginning melts into the new stretch.
        while let Some((first, last)) = self.stretches.range(..=&to).next_back()
            && *last >= from
        {
            let (first, last) = (first.clone(), last.clone());
            self.stretches.remove(&first);
            from = from.min(first);
            to = to.max(last);
        }
        self.note(from, to);
    }

    /// Notes that `key` has a value again.
    pub(super) fn cut(&mut self, key: &StateKey) {
        if self.is_empty() {
            return;
        }
        let before = Edge::Before(key.clone());
        if let Some((first, last)) = self.around(&before) {
            let (first, last) = (first.clone(), last.clone());
            self.stretches.remove(&first);
            self.note(first, before);
            self.note(Edge::Behind(key.clone()), last);
        }
    }

    /// Takes the first stretch out.
    pub(super) fn pop(&mut self) -> Option<(Edge, Edge)> {
        self.stretches.pop_first()
    }

    /// Puts back what is left of a stretch that was taken out.
    pub(super) fn note(&mut self, from: Edge, to: Edge) {
        if from < to {
            self.stretches.insert(from, to);
        }
    }

    /// What lies between the stretches, from `from` on: there, every value is alive. Some gaps hold no key.
    pub(super) fn gaps(&self, from: Edge) -> impl Iterator<Item = (Edge, Edge)> {
        let from = match self.around(&from) {
            Some((_, last)) => last.clone(),
            None => from,
        };
        let mut behind = self.stretches.range(&from..);
        let mut next = Some(from.clone());
        std::iter::from_fn(move || {
            let from = next.take()?;
            let Some((first, last)) = behind.next() else { return Some((from, Edge::End)) };
            next = Some(last.clone());
            Some((from, first.clone()))
        })
    }

    /// The stretch in which the first key behind `edge` lies.
    fn around(&self, edge: &Edge) -> Option<(&Edge, &Edge)> {
        self.stretches.range(..=edge).next_back().filter(|(_, last)| *last > edge)
    }
}
