//! Liars that keep to the protocol until it matters: as leaders, and with their ballots.

use std::sync::Arc;

use moai_consensus::one_shot::{
    Agent, Input, Justification, Kind, Message, Output, Part, Proposition, Record, Said, Setting, Statement,
};
use moai_consensus::{Choice, Decision};

use crate::liars::{Liar, Sends};
use crate::seeds::Seeds;
use crate::world::{agent, at, signer};

/// Is for it until a view fails, and against it from then on. It does not lead.
pub(crate) struct Turncoat {
    setting: Setting,
    me: u32,
    turned: bool,
}

impl Turncoat {
    pub(crate) fn new(setting: &Setting, me: u32) -> Self {
        Self { setting: setting.clone(), me, turned: false }
    }

    fn say(&self, choice: Choice) -> Sends {
        let message = Message::Statement(Statement::ballot(choice));
        let said = Said::sign(&self.setting, self.me, signer(self.me).as_ref(), &message);
        let bytes: Arc<[u8]> = Part::pack(&[Part::Said(said)]).into();
        (0..self.setting.electorate().len() as u32).map(|other| (other, bytes.clone())).collect()
    }
}

impl Liar for Turncoat {
    fn handle(&mut self, _: i64, input: &Input, _: &mut Seeds) -> Sends {
        match input {
            Input::Start => self.say(Choice::For),
            Input::Packet { bytes, .. } if !self.turned => {
                let parts = Part::unpack(bytes).unwrap_or_default();
                self.turned = parts.iter().any(|part| matches!(part, Part::Said(said) if said.kind() == Kind::Nullify));
                if self.turned { self.say(Choice::Against) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }
}

/// Does all that is right, but as a leader proposes something else, and never shows the whole chain.
pub(crate) struct Corrupter {
    setting: Setting,
    me: u32,
    inner: Agent,
    way: u64,
}

impl Corrupter {
    pub(crate) fn new(setting: &Setting, me: u32, seeds: &mut Seeds) -> Self {
        Self { setting: setting.clone(), me, inner: agent(setting, me), way: seeds.below(6) }
    }

    fn say(&self, message: &Message) -> Part {
        Part::Said(Said::sign(&self.setting, self.me, signer(self.me).as_ref(), message))
    }

    /// Something else in place of a proposal.
    fn corrupt(&self, it: &Proposition, seeds: &mut Seeds) -> Vec<Part> {
        let (record, justification) = (it.record.clone(), it.justification.clone());
        let fewer = || Record::new(record.verdict(), record.said().iter().skip(2).cloned().collect());
        let verdict = seeds.pick(&[Decision::Approved, Decision::Rejected, Decision::Timeout]).unwrap();
        let (record, justification) = match self.way {
            0 => (fewer(), justification),
            1 => (Record::new(verdict, record.said().to_vec()), justification),
            2 => (record, Justification::default()),
            3 => (fewer(), Justification::default()),
            4 => (fewer(), Justification::new(None, justification.nullified)),
            _ => (record, Justification::new(justification.parent, Vec::new())),
        };
        let (view, digest) = (it.view, record.digest());
        let proposal = Proposition::new(view, record, justification);
        let proposed = self.say(&Message::Propose(Box::new(proposal)));
        let Part::Said(said) = &proposed else { return Vec::new() };
        let notarized = self.say(&Message::Notarize { view, record: digest, proposal: said.digest() });
        vec![notarized, self.say(&Message::Finalize { view, record: digest }), proposed]
    }
}

impl Liar for Corrupter {
    fn handle(&mut self, now: i64, input: &Input, seeds: &mut Seeds) -> Sends {
        let mut outputs = self.inner.handle(at(now), input.clone());
        if matches!(input, Input::Start) {
            outputs.extend(self.inner.handle(at(now), Input::Vote(Statement::ballot(Choice::For))));
        }
        let mut sends = Vec::new();
        for output in outputs {
            let Output::Send { to, bytes } = output else { continue };
            let mut parts = Part::unpack(&bytes).unwrap();
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
                parts.retain(
                    |part| !matches!(part, Part::Said(said) if said.by() == self.me && said.kind() != Kind::Statement),
                );
                parts.extend(self.corrupt(&it, seeds));
            }
            let bytes: Arc<[u8]> = Part::pack(&parts).into();
            let all = 0..self.setting.electorate().len() as u32;
            sends.extend(all.filter(|other| to.is_none_or(|to| to == *other)).map(|other| (other, bytes.clone())));
        }
        sends
    }
}
