//! Leads the next leader on, by a certificate alone.

use std::collections::BTreeMap;

use moai_consensus::one_shot::{Certificate, Kind, Message, Part, Said};
use moai_core::Digest;

use super::{Adversary, Scene};
use crate::one_shot::{Member, Voice};
use crate::world::{Input, Node};

/// Helps to nullify every view, and shows the nullification to whoever leads next, again and again, without those before
/// it: a leader that goes by it cannot show how it came there.
#[derive(Debug)]
pub struct Usher {
    voice: Voice,
    votes: BTreeMap<u64, BTreeMap<u32, Said>>,
    newest: Option<Certificate>,
    left: u32,
}

type Heard = <Member as Node>::Message;

impl Usher {
    /// An usher with this voice.
    pub const fn new(voice: Voice) -> Self {
        Self { voice, votes: BTreeMap::new(), newest: None, left: 400 }
    }

    fn look(&mut self, part: &Part) {
        match part {
            Part::Certificate(certificate) if certificate.kind == Kind::Nullify => self.take(certificate.clone()),
            Part::Said(said) => {
                let Ok(Message::Nullify { view }) = said.message() else { return };
                let voice = &self.voice;
                let votes = self.votes.entry(view).or_default();
                votes.insert(said.by(), said.clone());
                votes.entry(voice.me).or_insert_with(|| voice.say(&Message::Nullify { view }));
                let electors = voice.setting.electorate().electors();
                let weight = |by: &u32| electors.get(*by as usize).map_or(0, |elector| elector.weight);
                if votes.keys().map(weight).sum::<u64>() >= voice.setting.quorum() {
                    let said = votes.values().cloned().collect();
                    self.take(Certificate::new(Kind::Nullify, view, Digest::from_bytes([0; 32]), said));
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, certificate: Certificate) {
        if self.newest.as_ref().is_none_or(|newest| newest.view < certificate.view) {
            self.newest = Some(certificate);
        }
    }
}

impl Adversary<Member> for Usher {
    fn act(&mut self, scene: &mut Scene<'_, Heard>, input: Input<Heard, ()>) {
        if let Input::Hear { message, .. } = &input {
            Part::unpack(message).unwrap_or_default().iter().for_each(|part| self.look(part));
        }
        if let Some(newest) = self.newest.clone().filter(|newest| newest.view > 1 && self.left > 0) {
            self.left -= 1;
            scene.lie("led on");
            let leader = self.voice.setting.leader(newest.view + 1);
            scene.send(leader, Voice::packet(&[Part::Certificate(newest)]));
        }
        // The others are to give up on a view as well.
        let own = self.votes.values().filter_map(|votes| votes.get(&self.voice.me)).next_back();
        if let (Input::Tick, Some(own)) = (&input, own) {
            scene.tell_all(&Voice::packet(&[Part::Said(own.clone())]));
        }
    }
}
