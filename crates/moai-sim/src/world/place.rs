//! Who stands at a place of a world.

use super::{Clock, Disk, Node};
use crate::adversary::Adversary;

/// Who stands at a place.
pub(super) enum Place<N: Node> {
    Honest(Honest<N>),
    Liar(Box<dyn Adversary<N>>),
}

/// An honest node and what outlives it.
pub(super) struct Honest<N> {
    /// Nothing while it is down.
    pub(super) node: Option<N>,
    pub(super) disk: Disk,
    pub(super) clock: Clock,
    /// How often it has come back.
    pub(super) life: u32,
    /// For when it is armed: the same time again needs no entry of its own.
    pub(super) armed: i64,
}

impl<N> Honest<N> {
    pub(super) fn new(clock: Clock) -> Self {
        Self { node: None, disk: Disk::default(), clock, life: 0, armed: i64::MIN }
    }
}
