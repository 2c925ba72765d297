//! The shape that suits: by size, and by how many messages need a relay.

use super::{Roster, Shape};

/// A topology that changes its shape: a mesh while the swarm is small, a star from 5 members on, a tree from 11 on; back at 8
/// and at 3, so that one who comes and goes does not turn it over each time.
///
/// Where most messages would go over a relay, the shape is the one with fewer hops: a star in place of the tree, a mesh in
/// place of the star.
pub(crate) struct Adaptive {
    by_size: Shape,
    is_loaded: bool,
    /// Messages of this window, and how many of them would go over a relay in the shape that goes by size.
    seen: u32,
    relayed: u32,
}

/// How many messages are looked at before the shape may change.
const WINDOW: u32 = 1_024;

impl Adaptive {
    pub(crate) const fn new() -> Self {
        Self { by_size: Shape::Mesh, is_loaded: false, seen: 0, relayed: 0 }
    }

    /// The swarm has so many members now.
    pub(crate) fn resize(&mut self, members: usize) {
        self.by_size = match (self.by_size, members) {
            (_, 11..) => Shape::Hierarchical,
            (Shape::Mesh, 5..) | (Shape::Hierarchical, 4..=8) => Shape::Star,
            (_, ..=3) => Shape::Mesh,
            (shape, _) => shape,
        };
    }

    /// A message goes from one to another.
    pub(crate) fn observe(&mut self, roster: &Roster, from: usize, to: usize) {
        self.seen += 1;
        self.relayed += u32::from(self.by_size.route(roster, from, to).is_ok_and(|route| route.hops > 1));
        if self.seen < WINDOW {
            return;
        }
        // More than half is a load; under a quarter it is gone.
        let bound = if self.is_loaded { WINDOW / 4 } else { WINDOW / 2 };
        self.is_loaded = self.relayed > bound;
        (self.seen, self.relayed) = (0, 0);
    }

    /// The shape of this moment.
    pub(crate) const fn shape(&self) -> Shape {
        match (self.by_size, self.is_loaded) {
            (Shape::Hierarchical, true) => Shape::Star,
            (Shape::Star, true) => Shape::Mesh,
            (shape, _) => shape,
        }
    }
}
