//! Says everything that it hears to everybody, many times.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Says everything that it hears to everybody, three times, until it is tired.
#[derive(Debug, Clone, Copy)]
pub struct Flooder {
    left: u32,
}

impl Default for Flooder {
    fn default() -> Self {
        Self { left: 150 }
    }
}

impl<N: Node> Adversary<N> for Flooder {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        if let Input::Hear { message, .. } = input
            && self.left > 0
        {
            self.left -= 1;
            for _ in 0..3 {
                scene.lie("flooded");
                scene.tell_all(&message);
            }
        }
    }
}
