//! Is for it until that matters, and against it then.

use moai_consensus::Choice;
use moai_consensus::one_shot::{Kind, Message, Part, Statement};

use super::{Adversary, Scene};
use crate::one_shot::{Member, Voice};
use crate::world::{Input, Node};

/// Is for it until a view fails, and against it from then on: what was certain is open again. It does not lead.
#[derive(Debug)]
pub struct Turncoat {
    voice: Voice,
    turned: bool,
}

impl Turncoat {
    /// A voter with this voice.
    pub const fn new(voice: Voice) -> Self {
        Self { voice, turned: false }
    }

    fn say(&self, choice: Choice, scene: &mut Scene<'_, Heard>) {
        let said = self.voice.say(&Message::Statement(Statement::ballot(choice)));
        scene.tell_all(&Voice::packet(&[Part::Said(said)]));
    }
}

type Heard = <Member as Node>::Message;

impl Adversary<Member> for Turncoat {
    fn act(&mut self, scene: &mut Scene<'_, Heard>, input: Input<Heard, ()>) {
        match input {
            Input::Start => self.say(Choice::For, scene),
            Input::Hear { message, .. } if !self.turned => {
                let parts = Part::unpack(&message).unwrap_or_default();
                self.turned = parts.iter().any(|part| matches!(part, Part::Said(said) if said.kind() == Kind::Nullify));
                if self.turned {
                    scene.lie("turned");
                    self.say(Choice::Against, scene);
                }
            }
            _ => {}
        }
    }
}
