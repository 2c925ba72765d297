//! One half of the honest with the liars, who do all that is right in here and something else in the other half: over a
//! network that is bad for a while, with crashes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use moai_consensus::Choice;
use moai_consensus::one_shot::{Agent, Agreed, Breach, Input, Output, Proof, Setting, Statement};

use crate::scheme::Hashes;
use crate::seeds::Seeds;
use crate::world::{DELTA, agent, at, signer};

/// What the network does.
#[derive(Clone, Copy)]
pub(super) struct Network {
    /// When it becomes good.
    pub(super) good_from: i64,
    /// Before that: the longest delay, and how many of a hundred are lost or come twice.
    pub(super) longest: i64,
    pub(super) lost: u64,
    pub(super) twice: u64,
    /// Of a hundred outputs, so many are followed by a crash.
    pub(super) crash: u64,
}

/// An agent that is in this half.
struct Member {
    agent: Option<Box<Agent>>,
    journal: Vec<Arc<[u8]>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Start(u32),
    Vote(u32),
    Tick(u32),
    Packet { to: u32, from: u32, bytes: Arc<[u8]> },
    Restart(u32),
}

pub(super) struct World {
    pub(super) agreed: BTreeMap<u32, Arc<Agreed>>,
    pub(super) breaches: BTreeMap<u32, Arc<Breach>>,
    setting: Setting,
    /// Who is in this half, the liars as well.
    members: BTreeMap<u32, Member>,
    liars: BTreeSet<u32>,
    choice: Choice,
    network: Network,
    seeds: Seeds,
    now: i64,
    queue: BinaryHeap<Reverse<(i64, u64, Event)>>,
    events: u64,
}

impl World {
    /// Everybody has begun, and votes at some time.
    pub(super) fn new(
        setting: &Setting,
        members: impl IntoIterator<Item = u32>,
        liars: BTreeSet<u32>,
        choice: Choice,
        network: Network,
        seeds: Seeds,
    ) -> Self {
        let begun = |place: u32| (place, Member { agent: Some(Box::new(agent(setting, place))), journal: Vec::new() });
        let members: BTreeMap<u32, Member> = members.into_iter().map(begun).collect();
        let (agreed, breaches, queue, setting) = (BTreeMap::new(), BTreeMap::new(), BinaryHeap::new(), setting.clone());
        let places: Vec<u32> = members.keys().copied().collect();
        let (now, events) = (0, 0);
        let mut world = Self { agreed, breaches, setting, members, liars, choice, network, seeds, now, queue, events };
        for place in places {
            world.push(0, Event::Start(place));
            let when = world.seeds.below(900_000) as i64;
            world.push(when, Event::Vote(place));
        }
        world
    }

    /// The honest ones of this half.
    pub(super) fn honest(&self) -> Vec<u32> {
        self.members.keys().filter(|place| !self.liars.contains(place)).copied().collect()
    }

    /// What an agent has written down.
    pub(super) fn journal(&self, place: u32) -> &[Arc<[u8]>] {
        &self.members[&place].journal
    }

    fn push(&mut self, time: i64, event: Event) {
        self.events += 1;
        self.queue.push(Reverse((time.max(self.now), self.events, event)));
    }

    /// Goes on until all have decided, or for so long at the most.
    pub(super) fn run(&mut self, until: i64) {
        while self.agreed.len() < self.members.len() {
            if self.queue.peek().is_none_or(|Reverse((time, ..))| *time > until) {
                return;
            }
            let Some(Reverse((time, _, event))) = self.queue.pop() else { return };
            self.now = time;
            match event {
                Event::Start(place) => self.input(place, Input::Start),
                Event::Tick(place) => self.input(place, Input::Tick),
                Event::Vote(place) => self.input(place, Input::Vote(Statement::ballot(self.choice).because("so"))),
                Event::Packet { to, from, bytes } => self.input(to, Input::Packet { from, bytes }),
                Event::Restart(place) => {
                    let (setting, journal) = (self.setting.clone(), &self.members[&place].journal);
                    let again = Agent::restore(setting, place, signer(place), Arc::new(Hashes), journal).unwrap();
                    self.members.get_mut(&place).unwrap().agent = Some(Box::new(again));
                    self.input(place, Input::Start);
                    self.push(self.now + 1, Event::Vote(place));
                }
            }
        }
    }

    /// Somebody outside of this half tells an agent something.
    pub(super) fn receive(&mut self, place: u32, from: u32, bytes: Arc<[u8]>) {
        self.input(place, Input::Packet { from, bytes });
    }

    fn input(&mut self, place: u32, input: Input) {
        let Some(agent) = self.members.get_mut(&place).and_then(|member| member.agent.as_mut()) else { return };
        for output in agent.handle(at(self.now), input) {
            match output {
                Output::Persist(bytes) => self.members.get_mut(&place).unwrap().journal.push(bytes),
                Output::Send { to, bytes } => {
                    let others: Vec<u32> = self.members.keys().filter(|other| **other != place).copied().collect();
                    for other in others.into_iter().filter(|other| to.is_none_or(|to| to == *other)) {
                        self.send(place, other, bytes.clone());
                    }
                }
                Output::Evidence(proof) => self.check(&proof),
                Output::Decided(agreed) => drop(self.agreed.insert(place, agreed)),
                Output::FaultBoundExceeded(breach) => drop(self.breaches.insert(place, breach)),
                Output::Arm(time) => self.push(time.unix_micros(), Event::Tick(place)),
                Output::Refused { .. } => {}
                _ => panic!("an output that no driver knows"),
            }
            if self.now < self.network.good_from && self.seeds.chance(self.network.crash) {
                self.members.get_mut(&place).unwrap().agent = None;
                self.agreed.remove(&place);
                let back = self.now + self.seeds.below(8 * DELTA as u64) as i64;
                return self.push(back, Event::Restart(place));
            }
        }
    }

    fn send(&mut self, from: u32, to: u32, bytes: Arc<[u8]>) {
        let Network { good_from, longest, lost, twice, .. } = self.network;
        if self.now >= good_from {
            let delay = 1 + self.seeds.below(DELTA as u64) as i64;
            return self.push(self.now + delay, Event::Packet { to, from, bytes });
        }
        if self.seeds.chance(lost) {
            return;
        }
        let again = self.seeds.chance(twice);
        for bytes in [Some(bytes.clone()), again.then_some(bytes)].into_iter().flatten() {
            let delay = self.seeds.below(longest as u64 + 1) as i64;
            self.push(self.now + delay, Event::Packet { to, from, bytes });
        }
    }

    /// No honest agent is accused: who is, has lied, and anyone can see it.
    fn check(&self, proof: &Proof) {
        let accused = proof.verify(&self.setting, &Hashes).expect("an agent holds up what proves nothing");
        assert!(self.liars.contains(&proof.accused()), "the honest {accused} is accused of {:?}", proof.offence);
    }
}
