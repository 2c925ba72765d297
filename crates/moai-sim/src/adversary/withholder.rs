//! Tells some and not others.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Does all that is right, and tells only so many of a hundred.
#[derive(Debug)]
pub struct Withholder<N> {
    inner: N,
    tells: u64,
}

impl<N> Withholder<N> {
    /// An honest node that tells each of the others in so many of a hundred cases.
    pub const fn new(inner: N, tells: u64) -> Self {
        Self { inner, tells }
    }
}

impl<N: Node> Adversary<N> for Withholder<N> {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        let mut effects = Vec::new();
        self.inner.handle(scene.now, input, &mut effects);
        for (to, message) in scene.sends(effects) {
            if scene.seeds.chance(self.tells) {
                scene.send(to, message);
            } else {
                scene.lie("withheld");
            }
        }
    }
}
