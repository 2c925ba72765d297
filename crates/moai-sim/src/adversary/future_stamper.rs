//! Lives in the future.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Does all that is right by a clock that is ahead by so much: its deadlines have passed, its stamps win.
#[derive(Debug)]
pub struct FutureStamper<N> {
    inner: N,
    ahead: i64,
}

impl<N> FutureStamper<N> {
    /// An honest node with a clock that is ahead by so many microseconds.
    pub const fn new(inner: N, ahead: i64) -> Self {
        Self { inner, ahead }
    }
}

impl<N: Node> Adversary<N> for FutureStamper<N> {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        let mut effects = Vec::new();
        self.inner.handle(scene.now.saturating_add(self.ahead), input, &mut effects);
        for (to, message) in scene.sends(effects) {
            scene.lie("said in the future");
            scene.send(to, message);
        }
    }
}
