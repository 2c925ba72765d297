//! All agents at one table, and everything that can happen there next.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moai_consensus::one_shot::{Agent, Input, Setting, Statement};
use moai_consensus::{Choice, Draft, Elector, Electorate, Ratio, Rule, Threshold};
use moai_core::{AgentId, Limits, Timestamp, agent_id, value};
use stateright::{Model, Property};

use crate::lies::Lies;
use crate::node::{Node, Step};
use crate::scheme::{Hashes, Named, key, name};

pub(crate) fn signer(place: u32) -> Arc<Named> {
    Arc::new(Named(key(&name(place as usize))))
}

/// What can happen, and how much of it.
pub(crate) struct Table {
    setting: Setting,
    choices: Vec<Choice>,
    liars: Vec<u32>,
    most_ticks: u8,
    most_crashes: u8,
    /// In which order what can happen is tried: nowhere near all of it can be.
    seed: u64,
    lies: Vec<Lies>,
    /// What was sent, each once: a number stands for it.
    packets: Mutex<(Vec<Packet>, Numbers)>,
    /// What comes of a step of an agent in a state, of late: neighbouring tables differ in one agent.
    known: Mutex<HashMap<(u64, What), Arc<Known>>>,
}

/// How many of them: each holds an agent.
const MOST_KNOWN: usize = 20_000;

/// Which number stands for what a sender sent.
type Numbers = HashMap<(u32, Arc<[u8]>), u32>;

#[derive(Clone)]
struct Packet {
    from: u32,
    to: Option<u32>,
    bytes: Arc<[u8]>,
}

struct Known {
    node: Arc<Node>,
    sent: Vec<u32>,
}

/// What can happen to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// A packet arrives, for the first time or again.
    Packet(u32),
    /// Its timer fires.
    Tick,
    /// It crashes and comes back.
    Crash,
}

/// Where all of them are.
#[derive(Clone)]
pub(crate) struct Place {
    nodes: Vec<Option<Arc<Node>>>,
    /// What is or was on the way: it may arrive at any time, again, or never.
    sent: Arc<BTreeSet<u32>>,
}

impl Table {
    /// Agents with these choices; those without one lie. Contents are tried until somebody who lies leads this view.
    pub(crate) fn new(choices: &[Option<Choice>], led: u64, (views, ticks, crashes): (u64, u8, u8), seed: u64) -> Self {
        let liars: Vec<u32> = (0_u32..).zip(choices).filter_map(|(place, it)| it.is_none().then_some(place)).collect();
        let mut settings = (0..).map(|content| setting(content, choices.len()));
        let setting = settings.find(|setting| liars.contains(&setting.leader(led))).unwrap();
        let lies = liars.iter().map(|me| Lies::new(&setting, *me, &liars, views)).collect();
        Self {
            setting,
            choices: choices.iter().map(|choice| choice.unwrap_or(Choice::Abstain)).collect(),
            liars,
            most_ticks: ticks,
            most_crashes: crashes,
            seed,
            lies,
            packets: Mutex::default(),
            known: Mutex::default(),
        }
    }

    fn intern(&self, from: u32, to: Option<u32>, bytes: Arc<[u8]>) -> u32 {
        let mut packets = self.packets.lock().unwrap();
        let number = packets.0.len() as u32;
        if let Some(known) = packets.1.get(&(from, bytes.clone())) {
            return *known;
        }
        packets.1.insert((from, bytes.clone()), number);
        packets.0.push(Packet { from, to, bytes });
        number
    }

    fn packet(&self, number: u32) -> Packet {
        self.packets.lock().unwrap().0[number as usize].clone()
    }

    fn know(&self, me: u32, step: Step) -> Arc<Known> {
        let mut sent = Vec::new();
        for (to, bytes) in step.sent {
            sent.push(self.intern(me, to, bytes.clone()));
            // A liar hears everything, and answers it.
            for (lies, liar) in self.lies.iter().zip(&self.liars) {
                sent.extend(lies.after(&bytes).into_iter().map(|lie| self.intern(*liar, None, lie)));
            }
        }
        Arc::new(Known { node: step.node, sent })
    }

    fn step(&self, me: u32, node: &Arc<Node>, what: What) -> Arc<Known> {
        if let Some(known) = self.known.lock().unwrap().get(&(node.fingerprint, what)) {
            return known.clone();
        }
        let step = match what {
            What::Packet(number) => {
                let Packet { from, bytes, .. } = self.packet(number);
                node.take([Input::Packet { from, bytes }])
            }
            What::Tick => node.tick(),
            What::Crash => node.crash(|journal| {
                Agent::restore(self.setting.clone(), me, signer(me), Arc::new(Hashes), journal).unwrap()
            }),
        };
        let known = self.know(me, step);
        let mut all = self.known.lock().unwrap();
        if all.len() >= MOST_KNOWN {
            all.clear();
        }
        all.insert((node.fingerprint, what), known.clone());
        known
    }
}

impl Model for Table {
    type State = Place;
    type Action = (u32, What);

    fn init_states(&self) -> Vec<Place> {
        let (mut nodes, mut sent) = (Vec::new(), BTreeSet::new());
        let honest = |place: &u32| !self.liars.contains(place);
        for place in 0..self.choices.len() as u32 {
            nodes.push(honest(&place).then(|| {
                let agent = Agent::new(self.setting.clone(), place, signer(place), Arc::new(Hashes));
                let vote = Input::Vote(Statement::ballot(self.choices[place as usize]));
                let known = self.know(place, Node::new(agent, self.most_crashes > 0).take([Input::Start, vote]));
                sent.extend(known.sent.iter().copied());
                known.node.clone()
            }));
        }
        let all = 0..self.choices.len() as u32;
        let choices: Vec<(u32, Choice)> = all.filter(honest).map(|by| (by, self.choices[by as usize])).collect();
        for (lies, liar) in self.lies.iter().zip(&self.liars) {
            sent.extend(lies.at_the_start(&choices).into_iter().map(|lie| self.intern(*liar, None, lie)));
        }
        vec![Place { nodes, sent: Arc::new(sent) }]
    }

    fn actions(&self, place: &Place, actions: &mut Vec<(u32, What)>) {
        for (me, node) in (0_u32..).zip(&place.nodes) {
            let Some(node) = node else { continue };
            for number in place.sent.iter() {
                let packet = self.packet(*number);
                if packet.from != me && packet.to.is_none_or(|to| to == me) {
                    actions.push((me, What::Packet(*number)));
                }
            }
            if node.ticks < self.most_ticks && node.agreed().is_none() {
                actions.push((me, What::Tick));
            }
            if node.crashes < self.most_crashes {
                actions.push((me, What::Crash));
            }
        }
        actions.sort_by_cached_key(|action| {
            let mut hasher = DefaultHasher::new();
            (self.seed, action).hash(&mut hasher);
            place.nodes.iter().flatten().for_each(|node| node.fingerprint.hash(&mut hasher));
            hasher.finish()
        });
    }

    fn next_state(&self, place: &Place, (me, what): (u32, What)) -> Option<Place> {
        let node = place.nodes[me as usize].as_ref()?;
        let known = self.step(me, node, what);
        let news = known.sent.iter().any(|number| !place.sent.contains(number));
        // Nothing came of it.
        if known.node.fingerprint == node.fingerprint && !news {
            return None;
        }
        let mut next = place.clone();
        next.nodes[me as usize] = Some(known.node.clone());
        if news {
            Arc::make_mut(&mut next.sent).extend(known.sent.iter().copied());
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn agreed(place: &Place) -> Vec<moai_core::Digest> {
            place.nodes.iter().flatten().filter_map(|node| node.agreed()).collect()
        }
        vec![
            Property::always("agreement", |_, place: &Place| agreed(place).windows(2).all(|two| two[0] == two[1])),
            Property::always("no honest agent is accused", |table: &Self, place: &Place| {
                let mut proofs = place.nodes.iter().flatten().flat_map(|node| &node.accused);
                proofs.all(|proof| table.liars.contains(&proof.accused()))
            }),
            Property::always("every outcome proves itself", |table: &Self, place: &Place| {
                let mut all = place.nodes.iter().flatten().filter_map(|node| node.agent.agreed());
                all.all(|agreed| agreed.verify(&table.setting, &Hashes).is_ok())
            }),
            Property::sometimes("an outcome", |_, place: &Place| !agreed(place).is_empty()),
            Property::sometimes("a view fails", |_, place: &Place| {
                place.nodes.iter().flatten().any(|node| node.agent.view() > 1 && node.agreed().is_none())
            }),
            Property::sometimes("a liar is caught", |_, place: &Place| {
                place.nodes.iter().flatten().any(|node| !node.accused.is_empty())
            }),
        ]
    }
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.nodes.iter().flatten().for_each(|node| node.fingerprint.hash(state));
        self.sent.hash(state);
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        let fingerprints =
            |place: &Self| -> Vec<u64> { place.nodes.iter().flatten().map(|it| it.fingerprint).collect() };
        fingerprints(self) == fingerprints(other) && self.sent == other.sent
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.nodes.iter().flatten().map(|node| &node.agent)).finish()
    }
}

fn setting(content: i64, members: usize) -> Setting {
    let draft = Draft::from(value!({"table": (content)}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let electors = (0..members).map(|place| {
        let name = name(place);
        Elector::new(AgentId::new(name.clone()).unwrap()).with_key(key(&name))
    });
    let rule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let deadline = Timestamp::from_unix_micros(30_000_000).unwrap();
    let electorate = Electorate::new(electors).unwrap();
    Setting::new(&proposal, electorate, rule, 1, deadline, Duration::from_millis(100)).unwrap()
}
