//! As a leader proposes something else than it should.

use moai_consensus::Decision;
use moai_consensus::one_shot::{Justification, Kind, Message, Part, Proposition, Record};

use super::{Adversary, Scene};
use crate::Seeds;
use crate::one_shot::{Member, Voice};
use crate::world::{Input, Node};

/// Does all that is right, but as a leader proposes something else, and never shows the whole chain.
#[derive(Debug)]
pub struct Corrupter {
    voice: Voice,
    inner: Member,
    way: u64,
}

impl Corrupter {
    /// An honest agent that lies as a leader; there are seven ways.
    pub const fn new(voice: Voice, inner: Member, way: u64) -> Self {
        Self { voice, inner, way }
    }

    /// Something else in place of a proposal.
    fn corrupt(&self, it: &Proposition, seeds: &mut Seeds) -> Vec<Part> {
        let (record, justification) = (it.record.clone(), it.justification.clone());
        let fewer = |by| Record::new(record.verdict(), record.said().iter().skip(by).cloned().collect());
        let verdict = [Decision::Approved, Decision::Rejected, Decision::Timeout];
        let verdict = seeds.pick(&verdict).unwrap_or(Decision::Timeout);
        let (record, justification) = match self.way {
            0 => (fewer(2), justification),
            1 => (Record::new(verdict, record.said().to_vec()), justification),
            2 => (record, Justification::default()),
            3 => (fewer(1), Justification::default()),
            4 => (fewer(1), Justification::new(None, justification.nullified)),
            5 => (record, Justification::new(justification.parent, Vec::new())),
            _ => (fewer(2), Justification::default()),
        };
        let (view, digest) = (it.view, record.digest());
        let proposal = Proposition::new(view, record, justification);
        let said = self.voice.say(&Message::Propose(Box::new(proposal)));
        let notarized = self.voice.say(&Message::Notarize { view, record: digest, proposal: said.digest() });
        let finalized = self.voice.say(&Message::Finalize { view, record: digest });
        vec![Part::Said(notarized), Part::Said(finalized), Part::Said(said)]
    }

    /// Only the last certificate, and no honest vote beside a proposal of its own.
    fn rewrite(&self, bytes: &[u8], scene: &mut Scene<'_, Heard>) -> Vec<Part> {
        let mut parts = Part::unpack(bytes).unwrap_or_default();
        let last = parts.iter().rposition(|part| matches!(part, Part::Certificate(_)));
        let mut place = 0;
        parts.retain(|part| {
            place += 1;
            !matches!(part, Part::Certificate(it) if it.kind != Kind::Finalize) || last == Some(place - 1)
        });
        let proposed = parts.iter().find_map(|part| match part {
            Part::Said(said) if said.kind() == Kind::Propose => said.message().ok(),
            _ => None,
        });
        if let Some(Message::Propose(it)) = proposed {
            let own = |part: &Part| matches!(part, Part::Said(said) if said.by() == self.voice.me && said.kind() != Kind::Statement);
            parts.retain(|part| !own(part));
            scene.lie("proposed something else");
            parts.extend(self.corrupt(&it, scene.seeds));
        }
        parts
    }
}

type Heard = <Member as Node>::Message;

impl Adversary<Member> for Corrupter {
    fn act(&mut self, scene: &mut Scene<'_, Heard>, input: Input<Heard, ()>) {
        let mut effects = Vec::new();
        self.inner.handle(scene.now, input, &mut effects);
        for effect in effects {
            let crate::world::Effect::Send { to, message } = effect else { continue };
            let rewritten = Voice::packet(&self.rewrite(&message, scene));
            match to {
                Some(to) => scene.send(to, rewritten),
                None => scene.tell_all(&rewritten),
            }
        }
    }
}
