//! Says one thing to some and another thing to the others.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Two honest nodes under one name, each of which talks to a half of the others: both keep to the protocol, and together
/// they break it. What one is told both are told.
#[derive(Debug)]
pub struct Equivocator<N> {
    twins: [N; 2],
    half: u64,
    slips: u64,
}

impl<N> Equivocator<N> {
    /// Two nodes, whom the second one talks to (a bit for each place), and in how many of a hundred cases that is not
    /// kept to.
    pub const fn new(twins: [N; 2], half: u64, slips: u64) -> Self {
        Self { twins, half, slips }
    }
}

impl<N: Node> Adversary<N> for Equivocator<N>
where
    N::Command: Clone,
{
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        for (which, twin) in (0..).zip(&mut self.twins) {
            let mut effects = Vec::new();
            twin.handle(scene.now, input.clone(), &mut effects);
            for (to, message) in scene.sends(effects) {
                if self.half >> (to % 64) & 1 == which || scene.seeds.chance(self.slips) {
                    if which == 1 {
                        scene.lie("said something else to some");
                    }
                    scene.send(to, message);
                }
            }
        }
    }
}
