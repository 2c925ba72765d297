//! Says nothing at all.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Says nothing at all: what it owes an answer to is counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl<N: Node> Adversary<N> for Silent {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        if matches!(input, Input::Do(_)) {
            scene.lie("silent");
        }
    }
}
