//! Agents that lie, each in its way. They see what is sent to them, and sign with their own key only.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_consensus::one_shot::{
    Agent, Certificate, Input, Justification, Kind, Message, Output, Part, Proposition, Record, Said, Setting,
    Statement,
};
use moai_consensus::{Choice, Decision};
use moai_core::Digest;

use crate::scheme::Named;
use crate::seeds::Seeds;
use crate::world::{agent, at, signer};

pub(crate) type Sends = Vec<(u32, Arc<[u8]>)>;

pub(crate) trait Liar {
    fn handle(&mut self, now: i64, input: &Input, seeds: &mut Seeds) -> Sends;
}

/// Says nothing.
pub(crate) struct Silent;

impl Liar for Silent {
    fn handle(&mut self, _: i64, _: &Input, _: &mut Seeds) -> Sends {
        Vec::new()
    }
}

/// Two honest agents under one key, which say different things to different halves.
pub(crate) struct Twins {
    twins: [Agent; 2],
    members: u32,
    /// Whom the first one talks to, and in how many of a hundred cases that is not kept to.
    half: u64,
    slips: u64,
}

impl Twins {
    pub(crate) fn new(setting: &Setting, me: u32, seeds: &mut Seeds) -> Self {
        let members = setting.electorate().len() as u32;
        let slips = seeds.pick(&[0, 0, 10, 50]).unwrap();
        Self { twins: [agent(setting, me), agent(setting, me)], members, half: seeds.next(), slips }
    }
}

impl Liar for Twins {
    fn handle(&mut self, now: i64, input: &Input, seeds: &mut Seeds) -> Sends {
        let mut sends = Vec::new();
        for (which, twin) in self.twins.iter_mut().enumerate() {
            let outputs = twin.handle(at(now), input.clone());
            let vote = [Choice::For, Choice::Against][which];
            let voted = match input {
                Input::Start => twin.handle(at(now), Input::Vote(Statement::ballot(vote))),
                _ => Vec::new(),
            };
            for output in outputs.into_iter().chain(voted) {
                if let Output::Send { to, bytes } = output {
                    for other in 0..self.members {
                        let mine = (self.half >> (other % 64)) & 1 == which as u64;
                        if to.is_none_or(|to| to == other) && (mine || seeds.chance(self.slips)) {
                            sends.push((other, bytes.clone()));
                        }
                    }
                }
            }
        }
        sends
    }
}

/// Does all that is right, and tells only some of the others.
pub(crate) struct Withholder {
    inner: Agent,
    members: u32,
    tells: u64,
}

impl Withholder {
    pub(crate) fn new(setting: &Setting, me: u32, seeds: &mut Seeds) -> Self {
        let tells = seeds.pick(&[10, 30, 60]).unwrap();
        Self { inner: agent(setting, me), members: setting.electorate().len() as u32, tells }
    }
}

impl Liar for Withholder {
    fn handle(&mut self, now: i64, input: &Input, seeds: &mut Seeds) -> Sends {
        let mut outputs = self.inner.handle(at(now), input.clone());
        if matches!(input, Input::Start) {
            outputs.extend(self.inner.handle(at(now), Input::Vote(Statement::ballot(Choice::For))));
        }
        let mut sends = Vec::new();
        for output in outputs {
            if let Output::Send { bytes, .. } = output {
                let told = (0..self.members).filter(|_| seeds.chance(self.tells));
                sends.extend(told.map(|other| (other, bytes.clone())).collect::<Vec<_>>());
            }
        }
        sends
    }
}

/// Signs whatever can be signed: votes for everything, proposals without a reason, ballots that come late, other agents'
/// votes without their key, and bytes that mean nothing.
pub(crate) struct Forger {
    setting: Setting,
    me: u32,
    signer: Arc<Named>,
    records: BTreeMap<Digest, Record>,
    proposals: BTreeMap<u64, Vec<(Digest, Digest)>>,
    certificates: BTreeMap<(u64, Kind), Certificate>,
    statements: Vec<Said>,
    parts: Vec<Part>,
    highest: u64,
    /// A nullification that is new.
    alone: Option<Certificate>,
    loud: u64,
    left: u32,
}

impl Forger {
    pub(crate) fn new(setting: &Setting, me: u32, seeds: &mut Seeds) -> Self {
        Self {
            setting: setting.clone(),
            me,
            signer: signer(me),
            records: BTreeMap::new(),
            proposals: BTreeMap::new(),
            certificates: BTreeMap::new(),
            statements: Vec::new(),
            parts: Vec::new(),
            highest: 1,
            alone: None,
            loud: seeds.pick(&[10, 40, 80]).unwrap(),
            left: 3_000,
        }
    }

    fn say(&self, message: &Message) -> Said {
        Said::sign(&self.setting, self.me, self.signer.as_ref(), message)
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
            Part::Certificate(certificate) => {
                if certificate.kind == Kind::Nullify && certificate.view >= self.highest {
                    self.alone = Some(certificate.clone());
                }
                self.highest = self.highest.max(certificate.view + 1);
                self.certificates.insert((certificate.view, certificate.kind), certificate.clone());
            }
            Part::Said(said) => match said.message() {
                Ok(Message::Propose(proposition)) => {
                    let known = self.proposals.entry(proposition.view).or_default();
                    known.push((proposition.record.digest(), said_digest(said)));
                    self.records.insert(proposition.record.digest(), proposition.record.clone());
                    self.highest = self.highest.max(proposition.view);
                }
                Ok(Message::Statement(_)) if self.statements.len() < 100 => self.statements.push(said.clone()),
                Ok(message) => self.highest = self.highest.max(message.view().unwrap_or(0).min(self.highest + 1)),
                Err(_) => {}
            },
            _ => {}
        }
        if self.parts.len() < 200 {
            self.parts.push(part);
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
            // Enough for a quorum, all of itself.
            let kind = seeds.pick(&[Kind::Notarize, Kind::Nullify, Kind::Finalize]).unwrap();
            let (message, about) = match kind {
                Kind::Notarize => (Message::Notarize { view, record, proposal: record }, record),
                Kind::Nullify => (Message::Nullify { view }, Digest::from_bytes([0; 32])),
                _ => (Message::Finalize { view, record }, record),
            };
            let said = vec![self.say(&message); self.setting.quorum() as usize];
            let whole = self.records.get(&record).cloned().map(Part::Record);
            return [Some(Part::Certificate(Certificate::new(kind, view, about, said))), whole]
                .into_iter()
                .flatten()
                .collect();
        }
        let lie = match seeds.below(10) {
            0 => Some(Message::Nullify { view }),
            1 | 2 => proposed.map(|(record, proposal)| Message::Notarize { view, record, proposal }),
            3 => record.map(|record| Message::Notarize { view, record, proposal: record }),
            4 | 5 => proposed.map(|(record, _)| record).or(record).map(|record| Message::Finalize { view, record }),
            6 => {
                let choice = seeds.pick(&Choice::ALL).unwrap();
                Some(Message::Statement(Statement::ballot(choice).because(["a", "b"][seeds.below(2) as usize])))
            }
            7 | 8 => Some(Message::Propose(Box::new(self.proposal(view, seeds)))),
            _ => None,
        };
        match lie {
            Some(lie) => vec![Part::Said(self.say(&lie))],
            None if seeds.chance(50) => {
                // In the name of another.
                let other = seeds.below(self.setting.electorate().len() as u64) as u32;
                let forged = Said::sign(&self.setting, other, self.signer.as_ref(), &Message::Nullify { view });
                vec![Part::Said(forged)]
            }
            None => {
                let place = seeds.below(self.parts.len() as u64) as usize;
                self.parts.get(place).cloned().into_iter().collect()
            }
        }
    }

    /// A proposal that may be right, wrong, or in nobody's turn.
    fn proposal(&self, view: u64, seeds: &mut Seeds) -> Proposition {
        let view = if seeds.chance(70) {
            (1..=self.highest + 2).rev().find(|view| self.setting.leader(*view) == self.me).unwrap_or(view)
        } else {
            view
        };
        let known: Vec<Digest> = self.records.keys().copied().collect();
        let record = match seeds.pick(&known).filter(|_| seeds.chance(50)) {
            Some(digest) => self.records[&digest].clone(),
            None => {
                let share = seeds.pick(&[0, 40, 80, 100]).unwrap();
                let mut said: Vec<Said> = self.statements.iter().filter(|_| seeds.chance(share)).cloned().collect();
                said.sort();
                said.dedup_by(|left, right| left.by() == right.by());
                let verdict = [Decision::Approved, Decision::Rejected, Decision::Timeout];
                Record::new(seeds.pick(&verdict).unwrap(), said)
            }
        };
        let parent = (1..view).rev().find_map(|parent| self.certificates.get(&(parent, Kind::Notarize)));
        let parent = parent.filter(|_| seeds.chance(60)).cloned();
        let from = parent.as_ref().map_or(1, |parent| parent.view + 1);
        let nullified = (from..view).filter_map(|view| self.certificates.get(&(view, Kind::Nullify)).cloned());
        let nullified = if seeds.chance(70) { nullified.collect() } else { Vec::new() };
        Proposition::new(view, record, Justification::new(parent, nullified))
    }
}

/// As everybody can work it out.
fn said_digest(said: &Said) -> Digest {
    said.digest()
}

impl Liar for Forger {
    fn handle(&mut self, _: i64, input: &Input, seeds: &mut Seeds) -> Sends {
        if let Input::Packet { bytes, .. } = input
            && let Ok(parts) = Part::unpack(bytes)
        {
            parts.into_iter().for_each(|part| self.look(part));
        }
        let members = self.setting.electorate().len() as u32;
        if let Some(alone) = self.alone.take()
            && seeds.chance(self.loud)
        {
            // Without what comes before it: who goes by it cannot show how it came there.
            let bytes: Arc<[u8]> = Part::pack(&[Part::Certificate(alone)]).into();
            return (0..members).filter(|_| seeds.chance(50)).map(|other| (other, bytes.clone())).collect();
        }
        if self.left == 0 || !seeds.chance(self.loud) {
            return Vec::new();
        }
        self.left -= 1;
        let lie = match seeds.below(20) {
            0 => (0..seeds.below(60)).map(|_| seeds.next() as u8).collect(),
            _ => Part::pack(&self.lie(seeds)),
        };
        let mut lie = lie;
        if seeds.chance(5)
            && let Some(byte) = lie.len().checked_sub(1).map(|last| seeds.below(last as u64 + 1) as usize)
        {
            lie[byte] ^= 1 << seeds.below(8);
        }
        let lie: Arc<[u8]> = lie.into();
        (0..members).filter(|_| seeds.chance(50)).map(|other| (other, lie.clone())).collect()
    }
}
