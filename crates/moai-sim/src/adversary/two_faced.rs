//! Lives in two worlds at once, together with its kind.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Adversary, Scene};
use crate::world::{Input, Node, mark};

/// What the two-faced of a world have agreed on: who they are, and whom each face shows itself to.
#[derive(Debug, Clone)]
pub struct Pact(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Who belongs to it: a bit for each place.
    members: u64,
    /// Who lives in the second world.
    half: u64,
    /// What was said among themselves, in each of the worlds.
    said: [RefCell<BTreeSet<u64>>; 2],
}

impl Pact {
    /// A pact of these, which shows its second face to a half; a bit for each place.
    #[must_use]
    pub fn new(members: u64, half: u64) -> Self {
        Self(Rc::new(Inner { members, half, said: Default::default() }))
    }

    fn has(&self, place: u32) -> bool {
        self.0.members >> (place % 64) & 1 == 1
    }

    fn side(&self, place: u32) -> u64 {
        self.0.half >> (place % 64) & 1
    }
}

/// Two honest nodes under one name in two worlds: each hears and tells one half of the others, and the same face of its
/// fellows. With enough of them each half decides for itself.
#[derive(Debug)]
pub struct TwoFaced<N> {
    faces: [N; 2],
    pact: Pact,
}

impl<N> TwoFaced<N> {
    /// Two nodes, in a pact.
    pub const fn new(faces: [N; 2], pact: Pact) -> Self {
        Self { faces, pact }
    }
}

impl<N: Node> Adversary<N> for TwoFaced<N>
where
    N::Command: Clone,
{
    fn act(&mut self, scene: &mut Scene<'_, N::Message>, input: Input<N::Message, N::Command>) {
        let heard = match &input {
            Input::Hear { from, message } => Some((*from, mark(message))),
            _ => None,
        };
        let pact = &self.pact;
        for ((which, face), said) in (0..).zip(&mut self.faces).zip(&pact.0.said) {
            let hears = match heard {
                Some((from, mark)) if pact.has(from) => said.borrow().contains(&mark),
                Some((from, _)) => pact.side(from) == which,
                None => true,
            };
            if !hears {
                continue;
            }
            let mut effects = Vec::new();
            face.handle(scene.now, input.clone(), &mut effects);
            for (to, message) in scene.sends(effects) {
                if pact.has(to) {
                    said.borrow_mut().insert(mark(&message));
                    scene.send(to, message);
                } else if pact.side(to) == which {
                    scene.lie("showed two faces");
                    scene.send(to, message);
                }
            }
        }
    }
}
