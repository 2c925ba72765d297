//! What an agent that lies can say: everything that fits, about whatever is proposed.

use std::sync::Arc;

use moai_consensus::one_shot::{Justification, Message, Part, Proposition, Record, Said, Setting, Statement};
use moai_consensus::{Choice, Decision};

use crate::table::signer;

/// The packets that a liar may send to anybody, at any time, about views up to one.
pub(crate) struct Lies {
    setting: Setting,
    me: u32,
    /// All who lie together.
    liars: Vec<u32>,
    views: u64,
}

impl Lies {
    pub(crate) fn new(setting: &Setting, me: u32, liars: &[u32], views: u64) -> Self {
        Self { setting: setting.clone(), me, liars: liars.to_vec(), views }
    }

    fn say(&self, message: &Message) -> Part {
        self.say_as(self.me, message)
    }

    fn say_as(&self, by: u32, message: &Message) -> Part {
        Part::Said(Said::sign(&self.setting, by, signer(by).as_ref(), message))
    }

    fn statement(&self, by: u32, choice: Choice) -> Said {
        Said::sign(&self.setting, by, signer(by).as_ref(), &Message::Statement(Statement::ballot(choice)))
    }

    /// Two statements; as leader of the first view two proposals, each valid by itself; and its votes for these. Several who
    /// lie send all that belongs together in one packet: they have arranged it.
    pub(crate) fn at_the_start(&self, honest: &[(u32, Choice)]) -> Vec<Arc<[u8]>> {
        let mut lies = Vec::new();
        if self.liars.len() == 1 {
            lies.push(vec![self.say(&Message::Statement(Statement::ballot(Choice::For)))]);
            lies.push(vec![self.say(&Message::Statement(Statement::ballot(Choice::Against)))]);
            lies.extend((1..=self.views).map(|view| vec![self.say(&Message::Nullify { view })]));
        }
        if self.setting.leader(1) == self.me {
            for (choice, verdict) in [(Choice::For, Decision::Approved), (Choice::Against, Decision::Rejected)] {
                let alike = honest.iter().filter(|(_, other)| *other == choice).map(|(by, _)| *by);
                let said = alike.chain(self.liars.iter().copied()).map(|by| self.statement(by, choice));
                let record = Record::new(verdict, said.collect());
                let proposal = Proposition::new(1, record, Justification::default());
                let proposed = self.say(&Message::Propose(Box::new(proposal)));
                lies.push(vec![proposed.clone()]);
                lies.extend(self.about(&proposed));
            }
        }
        lies.iter().map(|parts| Part::pack(parts).into()).collect()
    }

    /// Its votes for what is proposed in a packet.
    pub(crate) fn after(&self, packet: &[u8]) -> Vec<Arc<[u8]>> {
        let parts = Part::unpack(packet).unwrap();
        parts.iter().flat_map(|part| self.about(part)).map(|parts| Part::pack(&parts).into()).collect()
    }

    fn about(&self, part: &Part) -> Vec<Vec<Part>> {
        let Part::Said(said) = part else { return Vec::new() };
        let Ok(Message::Propose(proposition)) = said.message() else { return Vec::new() };
        let (view, record, proposal) = (proposition.view, proposition.record.digest(), said.digest());
        if view > self.views {
            return Vec::new();
        }
        let votes = [Message::Notarize { view, record, proposal }, Message::Finalize { view, record }];
        let by_all = |vote: &Message| self.liars.iter().map(|by| self.say_as(*by, vote)).collect();
        votes.iter().map(by_all).collect()
    }
}
