//! The way from one member to another.

use moai_core::Topology;

use super::{Roster, hierarchical, ring, star};

/// A shape that messages travel in at this moment: an adaptive topology is one of them at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Mesh,
    Star,
    Ring,
    Hierarchical,
}

impl Shape {
    pub(crate) const fn as_topology(self) -> Topology {
        match self {
            Self::Mesh => Topology::Mesh,
            Self::Star => Topology::Star,
            Self::Ring => Topology::Ring,
            Self::Hierarchical => Topology::Hierarchical,
        }
    }

    /// The way from one place to another.
    ///
    /// # Errors
    ///
    /// Where the way ends, when there is none: at whom, on each side.
    pub(crate) fn route(self, roster: &Roster, from: usize, to: usize) -> Result<Route, Cut> {
        if from == to {
            return Ok(Route::NONE);
        }
        match self {
            Self::Mesh => Ok(Route::DIRECT),
            Self::Star => star::route(roster, from, to),
            Self::Ring => ring::route(roster, from, to),
            Self::Hierarchical => hierarchical::route(roster, from, to),
        }
    }
}

/// A way: over how many hops, and over whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) hops: usize,
    pub(crate) relays: Relays,
}

/// Over whom, without writing down each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relays {
    None,
    /// This one.
    One(usize),
    /// Those, in this order.
    These(Vec<usize>),
    /// The next so many places behind this one, around the end.
    Up(usize),
    /// The same before it.
    Down(usize),
}

impl Route {
    /// To itself.
    pub(crate) const NONE: Self = Self { hops: 0, relays: Relays::None };

    pub(crate) const DIRECT: Self = Self { hops: 1, relays: Relays::None };

    /// The relays' places, in order, of a way that begins at `from` in a swarm of so many.
    pub(crate) fn places(&self, from: usize, len: usize) -> Vec<usize> {
        match &self.relays {
            Relays::None => Vec::new(),
            Relays::One(place) => vec![*place],
            Relays::These(places) => places.clone(),
            Relays::Up(count) => (1..=*count).map(|step| (from + step) % len).collect(),
            Relays::Down(count) => (1..=*count).map(|step| (from + len - step) % len).collect(),
        }
    }
}

/// There is no way: on both sides somebody has failed, the same where there is but one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) one: usize,
    pub(crate) other: usize,
}
