//! Everyone reaches a parent and up to four children, by the order in which they joined; messages go up to the common ancestor and
//! down.
//!
//! The tree is of those that live: when one of them leaves or fails, its children have another parent at once. Whoever has
//! failed hangs at the root, where it carries nothing.

use super::route::{Cut, Relays, Route};
use super::{Roster, star};

/// How many children one has at the most.
pub(super) const FAN_OUT: usize = 4;

pub(super) const fn parent(rank: usize) -> Option<usize> {
    match rank {
        0 => None,
        rank => Some((rank - 1) / FAN_OUT),
    }
}

pub(super) fn route(roster: &Roster, from: usize, to: usize) -> Result<Route, Cut> {
    if roster.living() == 0 {
        // All hang at the oldest.
        return star::route(roster, from, to);
    }
    let ranks = path(node(roster, from), node(roster, to));
    let hops = ranks.len() + 1;
    let relays: Vec<usize> = ranks.into_iter().filter_map(|rank| roster.of_rank(rank)).collect();
    Ok(Route { hops, relays: if relays.is_empty() { Relays::None } else { Relays::These(relays) } })
}

/// A place in the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Living(usize),
    /// It hangs at the root.
    Failed(usize),
}

fn node(roster: &Roster, place: usize) -> Node {
    if roster.has_failed(place) { Node::Failed(place) } else { Node::Living(roster.rank(place)) }
}

fn above(node: Node) -> Option<usize> {
    match node {
        Node::Living(rank) => parent(rank),
        Node::Failed(_) => Some(0),
    }
}

/// The ranks strictly between two.
fn path(from: Node, to: Node) -> Vec<usize> {
    let up = ancestors(from);
    let down = ancestors(to);
    let is_at = |node: Node, rank: usize| node == Node::Living(rank);
    // The first that both have above them, or are.
    let meets = up.iter().copied().find(|rank| down.contains(rank));
    let Some(meets) = meets else { return Vec::new() };
    let mut ranks: Vec<usize> = up.into_iter().take_while(|rank| *rank != meets).collect();
    ranks.push(meets);
    let mut rest: Vec<usize> = down.into_iter().take_while(|rank| *rank != meets).collect();
    rest.reverse();
    ranks.extend(rest);
    ranks.retain(|rank| !is_at(from, *rank) && !is_at(to, *rank));
    ranks
}

/// Itself, if it lives, and all above it.
fn ancestors(node: Node) -> Vec<usize> {
    let mut all = Vec::new();
    if let Node::Living(rank) = node {
        all.push(rank);
    }
    let mut next = above(node);
    while let Some(rank) = next {
        all.push(rank);
        next = parent(rank);
    }
    all
}

/// The greatest number of hops between two that live.
pub(super) fn widest(living: usize) -> usize {
    // The leftmost of each child of the root is as deep as any below that child.
    let depth = |child: usize| {
        let (mut at, mut depth) = (child, 0);
        while at < living {
            depth += 1;
            at = at * FAN_OUT + 1;
        }
        depth
    };
    let mut depths: Vec<usize> = (1..=FAN_OUT).map(depth).collect();
    depths.sort_unstable_by(|left, right| right.cmp(left));
    depths.iter().take(2).sum()
}
