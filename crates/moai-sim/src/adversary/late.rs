//! Does all that is right, much too late.

use std::collections::VecDeque;

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// Does all that is right, and says it so much later.
#[derive(Debug)]
pub struct Late<N: Node> {
    inner: N,
    by: i64,
    held: VecDeque<(i64, u32, N::Message)>,
}

impl<N: Node> Late<N> {
    /// An honest node whose word comes later by so many microseconds.
    pub const fn new(inner: N, by: i64) -> Self {
        Self { inner, by, held: VecDeque::new() }
    }
}

impl<N: Node> Adversary<N> for Late<N> {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        let mut effects = Vec::new();
        self.inner.handle(scene.now, input, &mut effects);
        let due = scene.now.saturating_add(self.by);
        self.held.extend(scene.sends(effects).into_iter().map(|(to, message)| (due, to, message)));
        while self.held.front().is_some_and(|(due, ..)| *due <= scene.now) {
            let Some((_, to, message)) = self.held.pop_front() else { return };
            scene.lie("said late");
            scene.send(to, message);
        }
    }
}
