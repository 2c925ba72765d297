//! Signs whatever can be signed, and what it cannot.

use std::collections::BTreeMap;

use moai_consensus::one_shot::{Certificate, Justification, Kind, Message, Part, Proposition, Record, Said, Statement};
use moai_consensus::{Choice, Decision};
use moai_core::Digest;

use super::{Adversary, Scene};
use crate::Seeds;
use crate::one_shot::{Member, Voice};
use crate::world::{Input, Node};

/// Signs votes for everything, proposals without a reason, ballots that come late, other agents' votes without their key,
/// certificates all of its own, and bytes that mean nothing; and shows certificates without what led to them.
#[derive(Debug)]
pub struct Forger {
    voice: Voice,
    records: BTreeMap<Digest, Record>,
    proposals: BTreeMap<u64, Vec<(Digest, Digest)>>,
    certificates: BTreeMap<(u64, Kind), Certificate>,
    nullify: BTreeMap<u64, BTreeMap<u32, Said>>,
    statements: Vec<Said>,
    parts: Vec<Part>,
    highest: u64,
    /// A nullification that is new.
    alone: Option<Certificate>,
    loud: u64,
    left: u32,
}

type Heard = <Member as Node>::Message;

impl Forger {
    /// A forger that lies in so many of a hundred cases.
    pub const fn new(voice: Voice, loud: u64) -> Self {
        Self {
            voice,
            records: BTreeMap::new(),
            proposals: BTreeMap::new(),
            certificates: BTreeMap::new(),
            nullify: BTreeMap::new(),
            statements: Vec::new(),
            parts: Vec::new(),
            highest: 1,
            alone: None,
            loud,
            left: 800,
        }
    }

    fn look(&mut self, part: Part) {
        let view = match &part {
            Part::Certificate(certificate) => certificate.view,
            Part::Said(said) => said.message().ok().and_then(|message| message.view()).unwrap_or_default(),
            _ => 0,
        };
        // Another liar's fancy.
        if view > self.highest + 50 {
            return;
        }
        match &part {
            Part::Record(record) => {
                self.records.insert(record.digest(), record.clone());
            }
            Part::Certificate(certificate) => self.learn(certificate),
            Part::Said(said) => self.listen(said),
            _ => {}
        }
        if self.parts.len() < 200 {
            self.parts.push(part);
        }
    }

    fn learn(&mut self, certificate: &Certificate) {
        let known = (certificate.view, certificate.kind);
        if certificate.kind == Kind::Nullify && !self.certificates.contains_key(&known) {
            self.alone = Some(certificate.clone());
        }
        self.highest = self.highest.max(certificate.view + 1);
        self.certificates.insert(known, certificate.clone());
    }

    fn listen(&mut self, said: &Said) {
        match said.message() {
            Ok(Message::Propose(proposition)) => {
                let known = self.proposals.entry(proposition.view).or_default();
                known.push((proposition.record.digest(), said.digest()));
                self.records.insert(proposition.record.digest(), proposition.record.clone());
                self.highest = self.highest.max(proposition.view);
            }
            Ok(Message::Statement(_)) if self.statements.len() < 100 => self.statements.push(said.clone()),
            Ok(Message::Nullify { view }) => {
                self.highest = self.highest.max(view.min(self.highest + 1));
                self.assemble(view, said);
            }
            Ok(message) => self.highest = self.highest.max(message.view().unwrap_or(0).min(self.highest + 1)),
            Err(_) => {}
        }
    }

    /// Puts a nullification together, with a vote of its own, as soon as there is enough.
    fn assemble(&mut self, view: u64, said: &Said) {
        let voice = &self.voice;
        let votes = self.nullify.entry(view).or_default();
        votes.insert(said.by(), said.clone());
        votes.entry(voice.me).or_insert_with(|| voice.say(&Message::Nullify { view }));
        let electors = voice.setting.electorate().electors();
        let weight = |by: &u32| electors.get(*by as usize).map_or(0, |elector| elector.weight);
        let enough = votes.keys().map(weight).sum::<u64>() >= voice.setting.quorum();
        if enough && !self.certificates.contains_key(&(view, Kind::Nullify)) {
            let said = votes.values().cloned().collect();
            let certificate = Certificate::new(Kind::Nullify, view, Digest::from_bytes([0; 32]), said);
            self.learn(&certificate);
        }
    }

    fn lie(&self, seeds: &mut Seeds) -> Vec<Part> {
        let view = (self.highest + 1).saturating_sub(seeds.below(3)).max(1);
        let known: Vec<Digest> = self.records.keys().copied().collect();
        let record = seeds.pick(&known);
        let proposed = self.proposals.get(&view).and_then(|all| seeds.pick(all));
        if seeds.chance(10)
            && let Some(record) = record
        {
            return self.alone_a_quorum(view, record, seeds);
        }
        let lie = match seeds.below(10) {
            0 => Some(Message::Nullify { view }),
            1 | 2 => proposed.map(|(record, proposal)| Message::Notarize { view, record, proposal }),
            3 => record.map(|record| Message::Notarize { view, record, proposal: record }),
            4 | 5 => proposed.map(|(record, _)| record).or(record).map(|record| Message::Finalize { view, record }),
            6 => {
                let choice = seeds.pick(&Choice::ALL).unwrap_or(Choice::For);
                let why = if seeds.chance(50) { "a" } else { "b" };
                Some(Message::Statement(Statement::ballot(choice).because(why)))
            }
            7 | 8 => Some(Message::Propose(Box::new(self.proposal(view, seeds)))),
            _ => None,
        };
        match lie {
            Some(lie) => vec![Part::Said(self.voice.say(&lie))],
            None if seeds.chance(50) => {
                // In the name of another.
                let other = place(seeds, self.voice.setting.electorate().len());
                let other = u32::try_from(other).unwrap_or_default();
                vec![Part::Said(self.voice.say_as(other, &Message::Nullify { view }))]
            }
            None => self.parts.get(place(seeds, self.parts.len())).cloned().into_iter().collect(),
        }
    }

    /// Enough votes for a quorum, all of itself.
    fn alone_a_quorum(&self, view: u64, record: Digest, seeds: &mut Seeds) -> Vec<Part> {
        let kinds = [Kind::Notarize, Kind::Nullify, Kind::Finalize];
        let kind = seeds.pick(&kinds).unwrap_or(Kind::Nullify);
        let (message, about) = match kind {
            Kind::Notarize => (Message::Notarize { view, record, proposal: record }, record),
            Kind::Nullify => (Message::Nullify { view }, Digest::from_bytes([0; 32])),
            _ => (Message::Finalize { view, record }, record),
        };
        let times = usize::try_from(self.voice.setting.quorum()).unwrap_or_default();
        let said = vec![self.voice.say(&message); times];
        let whole = self.records.get(&record).cloned().map(Part::Record);
        [Some(Part::Certificate(Certificate::new(kind, view, about, said))), whole].into_iter().flatten().collect()
    }

    /// A proposal that may be right, wrong, or in nobody's turn.
    fn proposal(&self, view: u64, seeds: &mut Seeds) -> Proposition {
        let mine = |view: &u64| self.voice.setting.leader(*view) == self.voice.me;
        let turn = (1..=self.highest + 2).rev().find(mine).filter(|_| seeds.chance(70));
        let view = turn.unwrap_or(view);
        let known: Vec<Digest> = self.records.keys().copied().collect();
        let old = seeds.pick(&known).filter(|_| seeds.chance(50)).and_then(|digest| self.records.get(&digest));
        let record = old.cloned().unwrap_or_else(|| self.record(seeds));
        let parent = (1..view).rev().find_map(|parent| self.certificates.get(&(parent, Kind::Notarize)));
        let parent = parent.filter(|_| seeds.chance(60)).cloned();
        let from = parent.as_ref().map_or(1, |parent| parent.view + 1);
        let nullified = (from..view).filter_map(|view| self.certificates.get(&(view, Kind::Nullify)).cloned());
        let nullified = if seeds.chance(70) { nullified.collect() } else { Vec::new() };
        Proposition::new(view, record, Justification::new(parent, nullified))
    }

    /// Some of the ballots, and any verdict.
    fn record(&self, seeds: &mut Seeds) -> Record {
        let share = seeds.pick(&[0, 40, 80, 100]).unwrap_or_default();
        let mut said: Vec<Said> = self.statements.iter().filter(|_| seeds.chance(share)).cloned().collect();
        said.sort();
        said.dedup_by(|left, right| left.by() == right.by());
        let verdict = [Decision::Approved, Decision::Rejected, Decision::Timeout];
        Record::new(seeds.pick(&verdict).unwrap_or(Decision::Timeout), said)
    }
}

fn place(seeds: &mut Seeds, end: usize) -> usize {
    usize::try_from(seeds.below(end as u64)).unwrap_or_default()
}

impl Adversary<Member> for Forger {
    fn act(&mut self, scene: &mut Scene<'_, Heard>, input: Input<Heard, ()>) {
        if let Input::Hear { message, .. } = &input {
            Part::unpack(message).unwrap_or_default().into_iter().for_each(|part| self.look(part));
        }
        if let Some(alone) = self.alone.take()
            && scene.seeds.chance(self.loud)
        {
            // Without what comes before it: who goes by it cannot show how it came there. Who leads next is told first.
            scene.lie("showed a certificate alone");
            let leader = self.voice.setting.leader(alone.view + 1);
            let bytes = Voice::packet(&[Part::Certificate(alone)]);
            if scene.seeds.chance(50) {
                return scene.send(leader, bytes);
            }
            return scene.tell_some(&bytes, 50);
        }
        if self.left == 0 || !scene.seeds.chance(self.loud) {
            return;
        }
        self.left -= 1;
        let mut lie: Vec<u8> = match scene.seeds.below(20) {
            0 => (0..scene.seeds.below(60)).map(|_| scene.seeds.next().to_le_bytes()[0]).collect(),
            _ => Part::pack(&self.lie(scene.seeds)),
        };
        if scene.seeds.chance(5) {
            let place = place(scene.seeds, lie.len());
            let bit = scene.seeds.below(8);
            if let Some(byte) = lie.get_mut(place) {
                *byte ^= 1 << bit;
            }
        }
        scene.lie("forged");
        scene.tell_some(&lie.into(), 50);
    }
}
