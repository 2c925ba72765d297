//! Dot stores: data in which every piece carries the dot that made it.
//!
//! A dot that is known (it stands in the causal context) and no longer carries anything was removed. That is how removals
//! are remembered without tombstones.
//!
//! ```text
//!   context {a:1..=3, b:1}          what I know of
//!   store   {"x" → a:2, "y" → b:1}  what is alive; a:1 and a:3 were removed
//! ```
//!
//! Source: Almeida, Shoker, Baquero, "Delta State Replicated Data Types", 2018, section 7.

mod dot_fun;
mod dot_map;
mod keyed;
mod meeting;

use crate::{CausalContext, Dot};

pub use dot_fun::{DotFun, DotFunChange, DotSet};
pub use dot_map::DotMap;
pub use keyed::Keyed;
pub use meeting::Meeting;

/// Data in which every piece carries the dot that made it.
///
/// Implemented by the three shapes from which the types are built ([`DotSet`], [`DotFun`], [`DotMap`]) and by the types
/// that can be nested in an [`OrMap`](crate::OrMap).
pub trait DotStore: Clone + Default {
    /// What a change made and killed, addressed by where it lies.
    type Change: Change;

    /// Whether nothing is alive.
    fn is_bottom(&self) -> bool;

    /// Shows every dot that is alive.
    fn each_dot(&self, visit: &mut impl FnMut(Dot));

    /// Takes in a whole other store, where the two sides know what `meeting` says. Returns whether anything changed.
    fn merge(&mut self, other: &Self, meeting: &Meeting<'_>) -> bool;

    /// Takes in what a change made and killed; `seen` is what was known before. Returns whether anything changed.
    fn apply(&mut self, seen: &CausalContext, change: &Self::Change) -> bool;

    /// Kills the dots that are in `dead`, wherever they lie. Returns whether anything changed.
    fn kill(&mut self, dead: &CausalContext) -> bool;

    /// The change that kills all that is alive.
    fn removal(&self) -> Self::Change;

    /// The change that makes all that is alive and not in `seen`.
    fn made_since(&self, seen: &CausalContext) -> Self::Change;
}

/// What a change made and killed.
pub trait Change: Clone + Default {
    /// Whether it neither made nor killed anything.
    fn is_empty(&self) -> bool;

    /// Takes in another change, as if both were one.
    fn join(&mut self, other: &Self);

    /// Shows every dot that it made or killed.
    fn each_dot(&self, visit: &mut impl FnMut(Dot));
}
