//! Agents that exchange with each other; the messages in between are ours to lose.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use moai_core::{
    AgentId, Clock, Envelope, Handled, Handler, Limits, Outgoing, SeededChance, StateKey, Timestamp, swarm_id,
};
use moai_sync::{ConflictResolver, Exchange, Replica, StateVersion};

/// A clock that goes on by a microsecond whenever it is looked at.
#[derive(Default)]
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

pub(crate) fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

pub(crate) fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

/// Some agents that are each other's peers.
pub(crate) struct World {
    pub(crate) halves: Vec<Exchange>,
    pub(crate) under_way: VecDeque<Outgoing>,
    /// The payload bytes of each message that was delivered, in order.
    pub(crate) sizes: Vec<usize>,
    pub(crate) clock: Arc<Ticking>,
}

impl World {
    pub(crate) fn new(agents: usize) -> Self {
        Self::with(agents, &ConflictResolver::crdt(), &Limits::default())
    }

    pub(crate) fn with(agents: usize, resolver: &ConflictResolver, limits: &Limits) -> Self {
        let clock = Arc::new(Ticking::default());
        let half = |number: usize| {
            let replica = Replica::new(agent(number)).with_clock(clock.clone()).with_limits(limits.clone());
            Exchange::new(swarm_id!("swarm-001"), replica, resolver.clone())
                .with_peers((0..agents).map(agent))
                .with_chance(Arc::new(SeededChance::new(number as u64)))
        };
        let halves = (0..agents).map(half).collect();
        Self { halves, under_way: VecDeque::new(), sizes: Vec::new(), clock }
    }

    pub(crate) fn replica(&self, number: usize) -> &Replica {
        self.halves[number].replica()
    }

    pub(crate) fn begin(&mut self, asker: usize, answerer: usize) {
        let open = self.halves[asker].begin(&agent(answerer)).unwrap();
        self.under_way.push_back(open);
    }

    /// Takes the message at a place out of those under way, and delivers it.
    pub(crate) fn deliver(&mut self, at: usize) {
        let sent = self.under_way.remove(at).unwrap();
        self.sizes.push(sent.envelope.payload().len());
        let further = self.show(&sent.to, &sent.envelope);
        self.under_way.extend(further);
    }

    /// Shows a message to an agent, and says what that sends.
    pub(crate) fn show(&mut self, to: &AgentId, envelope: &Envelope) -> Vec<Outgoing> {
        let half = self.halves.iter_mut().find(|half| half.replica().agent() == to).unwrap();
        match half.handle(envelope) {
            Handled::Done(further) => further,
            other => panic!("{other:?}"),
        }
    }

    /// Delivers all that is under way, and what comes of it.
    pub(crate) fn settle(&mut self) {
        while !self.under_way.is_empty() {
            self.deliver(0);
        }
    }

    /// A whole exchange that nothing disturbs. Returns how many payload bytes it took.
    pub(crate) fn exchange(&mut self, asker: usize, answerer: usize) -> usize {
        let before = self.sizes.len();
        self.begin(asker, answerer);
        self.settle();
        self.sizes[before..].iter().sum()
    }

    pub(crate) fn states(&self, number: usize) -> Vec<StateVersion> {
        let replica = self.replica(number);
        let all = replica.keys().into_iter().map(|key| replica.get(&key).unwrap());
        // What each has seen of the swarm is its own affair.
        all.map(|state| state.based_on(moai_core::Version::ZERO)).collect()
    }

    /// Everybody holds the same, the next exchange finds that in 64 bytes, and nothing is under way.
    pub(crate) fn assert_same(&mut self) {
        for other in 1..self.halves.len() {
            let (ours, theirs) = (self.states(0), self.states(other));
            for (one, another) in ours.iter().zip(&theirs) {
                assert_eq!(one, another);
            }
            assert_eq!(ours.len(), theirs.len());
            let same = self.halves[0].counts().same;
            let bytes = self.exchange(0, other);
            assert!(bytes <= 64, "equal, and {bytes} bytes");
            assert_eq!(self.halves[0].counts().same, same + 1);
        }
        for half in &self.halves {
            assert_eq!(half.under_way(), 0, "{half:?}");
        }
    }
}
