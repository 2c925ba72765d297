//! What a liar has at hand.

use crate::world::{Effect, Input, Node};
use crate::{Seeds, Seen};

/// Somebody who does not keep to the protocol.
///
/// ```
/// use moai_sim::adversary::{Adversary, Scene};
/// use moai_sim::world::{Input, Node};
///
/// /// Says to everybody what it is told.
/// struct Gossip;
///
/// impl<N: Node> Adversary<N> for Gossip {
///     fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
///         if let Input::Hear { message, .. } = input {
///             scene.lie("told a secret");
///             scene.tell_all(&message);
///         }
///     }
/// }
/// ```
pub trait Adversary<N: Node> {
    /// Something happened to it: it was told something, or it was woken.
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>);
}

/// What a liar has at hand: the true time, chance of its own, and a voice.
#[derive(Debug)]
pub struct Scene<'a, M> {
    /// What time it is.
    pub now: i64,
    /// Its own place.
    pub me: u32,
    /// How many places there are.
    pub members: u32,
    /// Chance of its own.
    pub seeds: &'a mut Seeds,
    seen: &'a mut Seen,
    sends: &'a mut Vec<(u32, M)>,
}

impl<'a, M: Clone> Scene<'a, M> {
    pub(crate) const fn new(
        now: i64,
        me: u32,
        members: u32,
        seeds: &'a mut Seeds,
        seen: &'a mut Seen,
        sends: &'a mut Vec<(u32, M)>,
    ) -> Self {
        Self { now, me, members, seeds, seen, sends }
    }

    /// Counts a lie under a name.
    pub fn lie(&mut self, name: &'static str) {
        self.seen.fault(name);
    }

    /// Says this to one.
    pub fn send(&mut self, to: u32, message: M) {
        if to != self.me {
            self.sends.push((to, message));
        }
    }

    /// Says this to all others.
    pub fn tell_all(&mut self, message: &M) {
        (0..self.members).for_each(|to| self.send(to, message.clone()));
    }

    /// Says this to each of the others in so many of a hundred cases.
    pub fn tell_some(&mut self, message: &M, percent: u64) {
        for to in 0..self.members {
            if self.seeds.chance(percent) {
                self.send(to, message.clone());
            }
        }
    }

    /// What an honest node of its own would send, and to whom.
    pub fn sends<E>(&self, effects: Vec<Effect<M, E>>) -> Vec<(u32, M)> {
        let mut sends = Vec::new();
        for effect in effects {
            let Effect::Send { to, message } = effect else { continue };
            match to {
                Some(to) => sends.push((to, message)),
                None => sends.extend((0..self.members).filter(|to| *to != self.me).map(|to| (to, message.clone()))),
            }
        }
        sends
    }
}
