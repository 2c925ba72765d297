//! Honest agents on a good network: it delivers within a time, and nothing is lost. Worlds that lose, crash and lie are those
//! of moai-sim.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{Agent, Agreed, Input, Output, Setting, Statement};
use moai_consensus::{Choice, Draft, Elector, Electorate, SharedRule};
use moai_core::{AgentId, Limits, Timestamp, agent_id, value};

use crate::scheme::{Hashes, Named, key, name};
use crate::seeds::Seeds;

/// How long a message takes at the most, in microseconds.
pub(crate) const DELTA: i64 = 100_000;

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap()
}

pub(crate) fn setting(content: u64, weights: &[u64], faults: u64, rule: SharedRule, deadline: i64) -> Setting {
    let draft = Draft::from(value!({"world": (content as i64 & i64::MAX)}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let electors = weights.iter().enumerate().map(|(place, weight)| {
        Elector::new(AgentId::new(name(place)).unwrap()).weighing(*weight).with_key(key(&name(place)))
    });
    let electorate = Electorate::new(electors).unwrap();
    Setting::new(&proposal, electorate, rule, faults, at(deadline), Duration::from_micros(DELTA as u64)).unwrap()
}

pub(crate) fn signer(place: u32) -> Arc<Named> {
    Arc::new(Named(key(&name(place as usize))))
}

pub(crate) fn agent(setting: &Setting, place: u32) -> Agent {
    Agent::new(setting.clone(), place, signer(place), Arc::new(Hashes))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Tick(u32),
    Packet { to: u32, from: u32, bytes: Arc<[u8]> },
}

pub(crate) struct World {
    pub(crate) setting: Setting,
    pub(crate) now: i64,
    pub(crate) sent: u64,
    /// What was held up, or had no effect.
    pub(crate) amiss: u64,
    pub(crate) agreed: BTreeMap<u32, Arc<Agreed>>,
    agents: Vec<Agent>,
    /// The shortest and the longest delay.
    delays: (i64, i64),
    seeds: Seeds,
    queue: BinaryHeap<Reverse<(i64, u64, Event)>>,
    events: u64,
}

impl World {
    /// Everybody has begun and voted at time 0.
    pub(crate) fn new(setting: Setting, seed: u64, delays: (i64, i64), choice: impl Fn(u32) -> Choice) -> Self {
        let agents: Vec<Agent> = (0..setting.electorate().len()).map(|place| agent(&setting, place as u32)).collect();
        let members = agents.len() as u32;
        let (queue, agreed) = (BinaryHeap::new(), BTreeMap::new());
        let seeds = Seeds::new(seed);
        let mut world = Self { setting, now: 0, sent: 0, amiss: 0, agreed, agents, delays, seeds, queue, events: 0 };
        for place in 0..members {
            world.input(place, Input::Start);
            world.input(place, Input::Vote(Statement::ballot(choice(place)).because("so")));
        }
        world
    }

    /// Goes on until all have decided, or for so long at the most. Whether they have.
    pub(crate) fn run(&mut self, until: i64) -> bool {
        while self.agreed.len() < self.agents.len() {
            let Some(Reverse((time, _, event))) = self.queue.pop() else { return false };
            if time > until {
                return false;
            }
            self.now = time;
            match event {
                Event::Tick(place) => self.input(place, Input::Tick),
                Event::Packet { to, from, bytes } => self.input(to, Input::Packet { from, bytes }),
            }
        }
        true
    }

    fn input(&mut self, place: u32, input: Input) {
        for output in self.agents[place as usize].handle(at(self.now), input) {
            match output {
                Output::Send { to, bytes } => {
                    for other in (0..self.agents.len() as u32).filter(|other| *other != place) {
                        if to.is_none_or(|to| to == other) {
                            self.sent += 1;
                            let (shortest, longest) = self.delays;
                            let delay = shortest + self.seeds.below((longest - shortest + 1) as u64) as i64;
                            self.push(self.now + delay, Event::Packet { to: other, from: place, bytes: bytes.clone() });
                        }
                    }
                }
                Output::Decided(agreed) => drop(self.agreed.insert(place, agreed)),
                Output::Arm(time) => self.push(time.unix_micros(), Event::Tick(place)),
                Output::Persist(_) => {}
                _ => self.amiss += 1,
            }
        }
    }

    fn push(&mut self, time: i64, event: Event) {
        self.events += 1;
        self.queue.push(Reverse((time.max(self.now), self.events, event)));
    }

    /// What all of them decided, which proves itself.
    pub(crate) fn verdict(&self) -> &'static str {
        let mut all = self.agreed.values();
        let first = all.next().unwrap();
        assert!(all.all(|other| first.record.digest() == other.record.digest()), "two outcomes");
        for agreed in self.agreed.values() {
            assert_eq!(agreed.verify(&self.setting, &Hashes), Ok(()), "an outcome that does not prove itself");
        }
        first.record.verdict().as_str()
    }
}
