//! A world: agents, liars, and a network that delays, loses, repeats and reorders until it becomes good. One seed repeats it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::one_shot::{
    Agent, Agreed, Breach, Input, Message, Offence, Output, Part, Proof, Record, Refusal, Setting, Statement,
};
use moai_consensus::{Choice, Decision, Draft, Elector, Electorate, SharedRule, Standing, Status, Tally, determine};
use moai_core::{AgentId, Digest, Limits, Timestamp, agent_id, value};

use crate::liars::Liar;
use crate::scheme::{Hashes, Named, key, name};
use crate::seeds::Seeds;

/// How long a message takes at the most once the network is good, in microseconds.
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

/// What the network does.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    /// When it becomes good.
    pub(crate) good_from: i64,
    /// Before that: the longest delay, and how many of a hundred are lost or come twice.
    pub(crate) longest: i64,
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    /// Of a hundred outputs, so many are followed by a crash.
    pub(crate) crash: u64,
    /// The shortest and the longest delay once it is good.
    pub(crate) good: (i64, i64),
}

pub(crate) enum Node {
    Honest { agent: Option<Box<Agent>>, journal: Vec<Arc<[u8]>>, choice: Choice, skew: i64 },
    Liar(Box<dyn Liar>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Start(u32),
    Vote(u32),
    Tick(u32),
    Packet { to: u32, from: u32, bytes: Arc<[u8]> },
    Restart(u32),
    AllCrash,
}

/// What happened at least once.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) sent: u64,
    pub(crate) lost: u64,
    pub(crate) repeated: u64,
    pub(crate) crashes: u64,
    pub(crate) refused: BTreeMap<&'static str, u64>,
    pub(crate) offences: BTreeMap<Offence, u64>,
    pub(crate) verdicts: BTreeMap<&'static str, u64>,
    pub(crate) highest_view: u64,
    pub(crate) longest: i64,
}

pub(crate) struct World {
    pub(crate) setting: Setting,
    pub(crate) nodes: Vec<Node>,
    pub(crate) network: Network,
    pub(crate) seeds: Seeds,
    pub(crate) now: i64,
    pub(crate) seen: Seen,
    pub(crate) agreed: BTreeMap<u32, Arc<Agreed>>,
    pub(crate) breaches: BTreeMap<u32, Arc<Breach>>,
    /// They do all that is right in here, and something else elsewhere.
    pub(crate) twins: BTreeSet<u32>,
    rule: SharedRule,
    first_end: Option<i64>,
    queue: BinaryHeap<Reverse<(i64, u64, Event)>>,
    events: u64,
}

impl World {
    pub(crate) fn new(setting: Setting, rule: SharedRule, nodes: Vec<Node>, network: Network, seeds: Seeds) -> Self {
        let (queue, agreed) = (BinaryHeap::new(), BTreeMap::new());
        Self {
            setting,
            nodes,
            network,
            seeds,
            now: 0,
            seen: Seen::default(),
            agreed,
            breaches: BTreeMap::new(),
            twins: BTreeSet::new(),
            rule,
            first_end: None,
            queue,
            events: 0,
        }
    }

    fn push(&mut self, time: i64, event: Event) {
        self.events += 1;
        self.queue.push(Reverse((time.max(self.now), self.events, event)));
    }

    pub(crate) fn start(&mut self, votes_at: impl Fn(u32, &mut Seeds) -> i64) {
        for place in 0..self.nodes.len() as u32 {
            let when = votes_at(place, &mut self.seeds);
            self.push(0, Event::Start(place));
            self.push(when, Event::Vote(place));
        }
    }

    /// Goes on until all honest agents have decided, or for so long at the most. Whether they have.
    pub(crate) fn run(&mut self, until: i64) -> bool {
        let honest = self.nodes.iter().filter(|node| matches!(node, Node::Honest { .. })).count();
        while self.agreed.len() < honest {
            if self.queue.peek().is_none_or(|Reverse((time, ..))| *time > until) {
                return false;
            }
            let Some(Reverse((time, _, event))) = self.queue.pop() else { return false };
            self.now = time;
            self.happen(event);
        }
        self.seen.longest = self.now - self.network.good_from;
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Start(place) => self.input(place, Input::Start),
            Event::Tick(place) => self.input(place, Input::Tick),
            Event::Vote(place) => {
                let Some(Node::Honest { choice, .. }) = self.nodes.get(place as usize) else { return };
                let statement = Statement::ballot(*choice).because("so");
                self.input(place, Input::Vote(statement));
            }
            Event::Packet { to, from, bytes } => self.input(to, Input::Packet { from, bytes }),
            Event::AllCrash => {
                for place in 0..self.nodes.len() as u32 {
                    if matches!(self.nodes[place as usize], Node::Honest { agent: Some(_), .. }) {
                        self.crash(place);
                    }
                }
            }
            Event::Restart(place) => {
                let Some(Node::Honest { agent, journal, choice, .. }) = self.nodes.get_mut(place as usize) else {
                    return;
                };
                let (setting, verifier) = (self.setting.clone(), Arc::new(Hashes));
                *agent = Some(Box::new(Agent::restore(setting, place, signer(place), verifier, &*journal).unwrap()));
                // A driver that asks again gets another answer: it must not matter.
                *choice = if *choice == Choice::For { Choice::Against } else { Choice::For };
                self.input(place, Input::Start);
                self.push(self.now + 1, Event::Vote(place));
            }
        }
    }

    /// Somebody outside of this world tells an agent something.
    pub(crate) fn receive(&mut self, place: u32, from: u32, bytes: Arc<[u8]>) {
        self.input(place, Input::Packet { from, bytes });
    }

    fn input(&mut self, place: u32, input: Input) {
        let now = self.now;
        match &mut self.nodes[place as usize] {
            Node::Honest { agent: Some(agent), skew, .. } => {
                let skew = *skew;
                let outputs = agent.handle(at(now + skew), input);
                self.seen.highest_view = self.seen.highest_view.max(agent.view());
                // Votes of three kinds and two proposals in 33 views, what is said once, and the chain.
                let members = self.setting.electorate().len();
                let most = 33 * (3 * members + 2) + 10 * members + 3 * 33 + 10 + agent.view() as usize;
                assert!(agent.held() <= most, "an agent holds {} messages", agent.held());
                self.carry_out(place, outputs, skew);
            }
            Node::Honest { .. } => {}
            Node::Liar(liar) => {
                let sends = liar.handle(now, &input, &mut self.seeds);
                for (to, bytes) in sends {
                    if to != place {
                        self.send(place, to, bytes);
                    }
                }
                if input_is_start(&input) {
                    (1..40).for_each(|tick| self.push(now + tick * DELTA * 2, Event::Tick(place)));
                }
            }
        }
    }

    fn carry_out(&mut self, place: u32, outputs: Vec<Output>, skew: i64) {
        let mut persisted_over = false;
        for output in outputs {
            let persists = matches!(output, Output::Persist(_));
            assert!(!(persists && persisted_over), "something is persisted behind what may depend on it");
            persisted_over |= !persists;
            match output {
                Output::Persist(bytes) => {
                    let Node::Honest { journal, .. } = &mut self.nodes[place as usize] else { return };
                    journal.push(bytes);
                }
                Output::Send { to, bytes } => {
                    for other in (0..self.nodes.len() as u32).filter(|other| *other != place) {
                        if to.is_none_or(|to| to == other) {
                            self.send(place, other, bytes.clone());
                        }
                    }
                }
                Output::Evidence(proof) => self.check(&proof),
                Output::Decided(agreed) => {
                    self.agreed.insert(place, agreed);
                    self.first_end.get_or_insert(self.now);
                }
                Output::Refused { why, .. } => {
                    let code = moai_core::Coded::code(&why);
                    *self.seen.refused.entry(code).or_default() += 1;
                    assert!(Refusal::CODES.contains(&code));
                }
                Output::Arm(time) => self.push(time.unix_micros() - skew, Event::Tick(place)),
                Output::FaultBoundExceeded(breach) => {
                    self.breaches.insert(place, breach);
                }
                _ => panic!("an output that no driver knows"),
            }
            if self.now < self.network.good_from && self.seeds.chance(self.network.crash) {
                return self.crash(place);
            }
        }
    }

    fn crash(&mut self, place: u32) {
        let Node::Honest { agent, .. } = &mut self.nodes[place as usize] else { return };
        *agent = None;
        self.agreed.remove(&place);
        self.seen.crashes += 1;
        let back = self.now + self.seeds.below(8 * DELTA as u64) as i64;
        self.push(back, Event::Restart(place));
    }

    /// At some moment before the network is good nobody is left running.
    pub(crate) fn crash_all_once(&mut self) {
        let when = self.seeds.below(self.network.good_from as u64 + 1) as i64;
        self.push(when, Event::AllCrash);
    }

    fn send(&mut self, from: u32, to: u32, bytes: Arc<[u8]>) {
        self.seen.sent += 1;
        let Network { good_from, longest, lost, twice, good, .. } = self.network;
        if self.now >= good_from {
            let delay = good.0 + self.seeds.below((good.1 - good.0 + 1) as u64) as i64;
            return self.push(self.now + delay, Event::Packet { to, from, bytes });
        }
        if self.seeds.chance(lost) {
            self.seen.lost += 1;
            return;
        }
        let again = self.seeds.chance(twice);
        self.seen.repeated += u64::from(again);
        for bytes in [Some(bytes.clone()), again.then_some(bytes)].into_iter().flatten() {
            let delay = self.seeds.below(longest as u64 + 1) as i64;
            self.push(self.now + delay, Event::Packet { to, from, bytes });
        }
    }

    /// No honest agent is accused: who is, has lied, and anyone can see it.
    fn check(&mut self, proof: &Proof) {
        let accused = proof.verify(&self.setting, &Hashes).expect("an agent holds up what proves nothing");
        assert_eq!(self.setting.name(proof.accused()), Some(accused));
        let liar =
            matches!(self.nodes[proof.accused() as usize], Node::Liar(_)) || self.twins.contains(&proof.accused());
        assert!(liar, "the honest {accused} is accused of {:?}", proof.offence);
        *self.seen.offences.entry(proof.offence).or_default() += 1;
    }

    /// Agreement and validity, of what was decided so far.
    pub(crate) fn check_outcome(&mut self) {
        assert!(self.breaches.is_empty(), "no more than may have lied");
        let mut all = self.agreed.values();
        let Some(first) = all.next() else { return };
        for other in all {
            assert_eq!(first.record.digest(), other.record.digest(), "two outcomes");
        }
        for agreed in self.agreed.values() {
            assert_eq!(agreed.flaw(&self.setting, &Hashes), None, "an outcome that does not prove itself");
        }
        let record = &first.record;
        self.check_verdict(record);
        for (place, node) in self.nodes.iter().enumerate() {
            let Node::Honest { journal, .. } = node else { continue };
            let own = journal.iter().flat_map(|bytes| Part::unpack(bytes).unwrap()).find_map(|part| match part {
                Part::Said(said) if said.message().unwrap().view().is_none() => Some(said),
                _ => None,
            });
            let counted: Vec<_> = record.said().iter().filter(|said| said.by() as usize == place).collect();
            assert!(counted.len() <= 1, "two statements of an honest agent");
            assert!(counted.iter().all(|said| own.as_ref() == Some(said)), "a statement that nobody made");
        }
        *self.seen.verdicts.entry(record.verdict().as_str()).or_default() += 1;
    }

    /// The verdict again, from what honest agents and liars signed, in a way of its own.
    fn check_verdict(&self, record: &Record) {
        let mut choices: BTreeMap<u32, Vec<Option<Choice>>> = BTreeMap::new();
        for said in record.said() {
            assert!(said.verifies(&self.setting, &Hashes));
            let Ok(Message::Statement(statement)) = said.message() else { panic!("no statement in a record") };
            choices.entry(said.by()).or_default().push(statement.choice);
        }
        let mut tally = Tally::new(self.setting.electorate().clone());
        for (place, said) in &choices {
            match said.as_slice() {
                [Some(choice)] => tally.record(*place as usize, (*choice).into()),
                [None] => continue,
                _ => tally.record(*place as usize, Standing::Spoiled),
            };
        }
        let verdict = match determine(self.rule.as_ref(), &tally).status {
            Status::Pass => Decision::Approved,
            Status::Fail => Decision::Rejected,
            Status::Open => Decision::Timeout,
        };
        assert_eq!(record.verdict(), verdict, "a verdict that does not follow from the ballots");
        if verdict == Decision::Timeout {
            let electors = self.setting.electorate().electors();
            let weight: u64 = choices.keys().map(|place| electors[*place as usize].weight).sum();
            assert!(weight >= self.setting.honest(), "expired, and too few were asked");
            // Clocks are ahead by less than that.
            let first = self.first_end.unwrap_or(i64::MAX) + DELTA;
            assert!(first >= self.setting.deadline().unix_micros(), "expired before the deadline");
        }
    }

    pub(crate) fn digest(&self) -> Option<Digest> {
        self.agreed.values().next().map(|agreed| agreed.record.digest())
    }
}

fn input_is_start(input: &Input) -> bool {
    matches!(input, Input::Start)
}
