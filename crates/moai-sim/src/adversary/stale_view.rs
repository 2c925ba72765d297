//! Goes by what was true long ago.

use std::collections::VecDeque;

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// What will be heard, and when.
#[derive(Debug)]
struct Unheard<M, C> {
    due: i64,
    input: Input<M, C>,
}

/// Hears everything so much later, and acts on it as if it were news: it leads, votes and repairs by a view of the world
/// that the others have left.
#[derive(Debug)]
pub struct StaleView<N: Node> {
    inner: N,
    by: i64,
    unheard: VecDeque<Unheard<N::Message, N::Command>>,
}

impl<N: Node> StaleView<N> {
    /// An honest node that hears everything later by so many microseconds.
    pub const fn new(inner: N, by: i64) -> Self {
        Self { inner, by, unheard: VecDeque::new() }
    }
}

impl<N: Node> Adversary<N> for StaleView<N> {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        // It begins in time.
        let due = if matches!(input, Input::Start) { scene.now } else { scene.now.saturating_add(self.by) };
        self.unheard.push_back(Unheard { due, input });
        while self.unheard.front().is_some_and(|next| next.due <= scene.now) {
            let Some(Unheard { input, .. }) = self.unheard.pop_front() else { return };
            let mut effects = Vec::new();
            self.inner.handle(scene.now, input, &mut effects);
            for (to, message) in scene.sends(effects) {
                scene.lie("said what is stale");
                scene.send(to, message);
            }
        }
    }
}
