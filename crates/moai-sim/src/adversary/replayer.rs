//! Says again what it heard, in its own name, to whomever.

use super::{Adversary, Scene};
use crate::world::{Input, Node};

/// How much it remembers.
const MOST: usize = 64;

/// Says again what it heard at some time, in its own name, to whomever.
#[derive(Debug)]
pub struct Replayer<M> {
    heard: Vec<M>,
    left: u32,
}

impl<M> Default for Replayer<M> {
    fn default() -> Self {
        Self { heard: Vec::new(), left: 600 }
    }
}

impl<N: Node> Adversary<N> for Replayer<N::Message> {
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        if let Input::Hear { message, .. } = input {
            let place = usize::try_from(scene.seeds.below(MOST as u64)).unwrap_or_default();
            match self.heard.get_mut(place) {
                Some(old) => *old = message,
                None => self.heard.push(message),
            }
        }
        if self.left == 0 || !scene.seeds.chance(50) {
            return;
        }
        let place = usize::try_from(scene.seeds.below(self.heard.len() as u64)).unwrap_or_default();
        if let Some(message) = self.heard.get(place).cloned() {
            self.left -= 1;
            scene.lie("replayed");
            scene.tell_some(&message, 50);
        }
    }
}
