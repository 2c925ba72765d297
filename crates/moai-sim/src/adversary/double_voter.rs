//! Votes twice, for two things.

use moai_consensus::Choice;
use moai_consensus::one_shot::{Kind, Message, Part, Statement};

use super::{Adversary, Scene};
use crate::one_shot::{Member, Voice};
use crate::world::{Input, Node};

/// Votes twice: for it and against it, in favour of every proposal that it sees, and to nullify the same view.
#[derive(Debug)]
pub struct DoubleVoter {
    voice: Voice,
    left: u32,
}

impl DoubleVoter {
    /// A voter with this voice.
    pub const fn new(voice: Voice) -> Self {
        Self { voice, left: 200 }
    }

    fn statement(&self, choice: Choice) -> Part {
        Part::Said(self.voice.say(&Message::Statement(Statement::ballot(choice))))
    }
}

type Heard = <Member as Node>::Message;

impl Adversary<Member> for DoubleVoter {
    fn act(&mut self, scene: &mut Scene<'_, Heard>, input: Input<Heard, ()>) {
        match input {
            Input::Do(()) => {
                for choice in [Choice::For, Choice::Against] {
                    scene.lie("voted twice");
                    scene.tell_some(&Voice::packet(&[self.statement(choice)]), 60);
                }
            }
            Input::Hear { message, .. } if self.left > 0 => {
                for part in Part::unpack(&message).unwrap_or_default() {
                    let Part::Said(said) = part else { continue };
                    let Ok(Message::Propose(it)) = said.message() else { continue };
                    self.left = self.left.saturating_sub(1);
                    let (view, record, proposal) = (it.view, it.record.digest(), said.digest());
                    let [notarize, nullify, finalize] = [
                        Message::Notarize { view, record, proposal },
                        Message::Nullify { view },
                        Message::Finalize { view, record },
                    ]
                    .map(|message| Part::Said(self.voice.say(&message)));
                    debug_assert_eq!(said.kind(), Kind::Propose);
                    for parts in [[notarize.clone(), finalize], [notarize, nullify]] {
                        scene.lie("voted twice");
                        scene.tell_some(&Voice::packet(&parts), 60);
                    }
                }
            }
            _ => {}
        }
    }
}
