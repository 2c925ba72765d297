//! Anti-entropy: replicas that share no store and no synchronizer converge directly with each other.

mod answering;
mod asking;
mod check;
mod clearings;
mod exchange_counts;
mod exchange_error;
mod ids;
mod join;
mod message;
mod outbox;
mod pages;
mod part;
mod taking;
mod under_way;

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_core::{
    AgentId, Chance, CorrelationId, Envelope, Handled, Handler, Limits, MessageKind, Outgoing, SwarmId, SystemChance,
};

use crate::reconcile::{Asker, ReconcileKey, ReconcileLimits, Symbol};
use crate::{ConflictResolver, Replica};
use answering::Answering;
use asking::Asking;
use ids::Ids;
use message::kinds;
use under_way::UnderWay;

pub(crate) use check::check;
pub(crate) use clearings::Clearings;
pub use exchange_counts::ExchangeCounts;
pub use exchange_error::ExchangeError;
pub(crate) use ids::{Touched, digest_of};
pub(crate) use join::{Joined, join};
pub(crate) use part::{Part, merges};

/// The half of an agent that compares what it holds with what its peers hold, and makes up for the difference, without
/// a store or a synchronizer in between. It owns no mailbox: a loop over an agent's handlers drives it.
///
/// ```text
/// asker                                answerer
///   | -- root of all that it holds -----> |
///   | <-- same -------------------------- |    equal: 52 bytes in all
///   | <-- symbols, until it knows ------- |    what differs, in a few bytes for each
///   | -- what it lacks, and its states -> |
///   | <-- states ------------------------ |    a message at a time, each side
/// ```
///
/// Where more than some 7 % differ the asker goes through all keys in pages: for each key 16 bytes and what the key
/// takes, and then states that differ. Of a document of more than a kilobyte that both hold goes its causal digest, and
/// then what each lacks.
///
/// From time to time the agent picks a peer and sends what [`begin`](Self::begin) gives. One exchange in quiet makes
/// both hold the same; as any pair does, the whole swarm comes to hold the same.
///
/// # What it promises
///
/// - **No write is lost**: states are merged by the resolver, so counters, sets, maps and documents hold what both
///   sides wrote, and of a register the last write. A strategy of one's own must come to the same in steps, whoever
///   meets whom.
/// - **What was cleared does not come back** from a peer that has not heard of it, once a synchronizer has told this
///   replica.
/// - **Messages may be lost, repeated, reordered and late.** The next exchange makes up for it. A peer that never
///   answers leaves nothing behind but what the next exchange with it replaces, and of all of those only
///   [so many](Self::with_most_under_way) are kept.
/// - **Peers are believed, and nobody else**: whoever is not named as a peer learns nothing and changes nothing. A
///   peer's state that is malformed, from the future, or does not merge with what is held is refused alone, and changes
///   nothing. No message is longer than the replica's `limits.payload_bytes`.
///
/// # What it does not promise
///
/// - A peer that lies can write whatever it could write itself, also in the name of others. It cannot clear anything.
///   Where it shows two contents of one write in a document, two documents are left that each lack nothing, by their
///   history.
/// - **That a key was cleared is told by synchronizers alone.** Between a replica that has heard of it and one that has
///   not, that key differs, and is sent and refused again by each exchange, until a synchronizer has told the other
///   one. Of clearings the last 10,000 keys and 1,000 ranges are remembered.
/// - A write counts as given to the swarm from when a peer was given it. If its key had been cleared, and neither the
///   agent had heard of that when it gave the write, nor anybody else has taken the write in, then it goes with the
///   clearing. So a newcomer [takes in](Replica::apply) what the swarm holds before it writes, where there is a
///   synchronizer.
/// - Of what an agent wrote in a former life, contributions to counters give way to those of this life. Fields and
///   registers go by their time: an agent whose clock went back in between exchanges before it writes.
/// - Two agents that made different types of one key keep one each: each exchange refuses them again.
/// - A state that fits into no message stays where it is. All peers have the same limits, and the same resolver.
/// - Of what lost against a register, or is concurrent by vector clock, nothing is kept.
///
/// # Cost
///
/// A change costs a key in a set; what stands for a state is worked out when the next exchange begins. It takes some
/// 200 bytes for each key, kept as long as the handler lives. A question under a new key of the asker goes once over
/// all ids: so it keeps its key for some exchanges.
///
/// ```
/// use moai_core::{Handled, Handler, StateKey, agent_id, swarm_id, value};
/// use moai_sync::{ConflictResolver, Exchange, Replica};
///
/// let (swarm, key) = (swarm_id!("swarm-001"), StateKey::new("requests")?);
/// let (one, other) = (Replica::new(agent_id!("agent-1")), Replica::new(agent_id!("agent-2")));
/// one.contribute(&key, 42)?;
/// other.contribute(&key, 38)?;
/// let resolver = ConflictResolver::crdt();
/// let mut halves = [
///     Exchange::new(swarm.clone(), one.clone(), resolver.clone()).with_peers([agent_id!("agent-2")]),
///     Exchange::new(swarm, other.clone(), resolver).with_peers([agent_id!("agent-1")]),
/// ];
///
/// let [first, _] = &mut halves;
/// let mut under_way = vec![first.begin(&agent_id!("agent-2"))?];
/// while let Some(sent) = under_way.pop() {
///     // The agents' mailboxes and loops, by hand.
///     let half = halves.iter_mut().find(|half| *half.replica().agent() == sent.to).ok_or("nobody")?;
///     let Handled::Done(further) = half.handle(&sent.envelope) else { return Err("it is not an exchange's".into()) };
///     under_way.splice(0..0, further.into_iter().rev());
/// }
/// assert_eq!((one.value(&key), other.value(&key)), (Some(value!(80)), Some(value!(80))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Exchange {
    swarm: SwarmId,
    replica: Replica,
    resolver: ConflictResolver,
    chance: Arc<dyn Chance>,
    peers: BTreeSet<AgentId>,
    most: usize,
    ids: Ids,
    touched: Arc<Touched>,
    /// What ids are hashed under in the exchanges that are begun here, and for how many more it is good.
    key: Option<(ReconcileKey, u32)>,
    asking: UnderWay<Asking>,
    answering: UnderWay<Answering>,
    counts: ExchangeCounts,
}

/// For so many exchanges one key is good: each new one makes both sides go over all their ids.
const KEY_LASTS: u32 = 64;

/// Symbols under so many keys are kept in step: our own, and those of peers that ask.
const SKETCHES: usize = 4;

/// Why a message or a state is refused. Nothing changed.
type Refusal = String;

impl Exchange {
    /// The half around this replica, in this swarm; what differs is merged by this resolver. It has no peers yet.
    #[must_use]
    pub fn new(swarm: SwarmId, replica: Replica, resolver: ConflictResolver) -> Self {
        let touched = replica.listen();
        Self {
            swarm,
            replica,
            resolver,
            chance: Arc::new(SystemChance),
            peers: BTreeSet::new(),
            most: 16,
            ids: Ids::keeping_sketches(SKETCHES),
            touched,
            key: None,
            asking: UnderWay::default(),
            answering: UnderWay::default(),
            counts: ExchangeCounts::default(),
        }
    }

    /// The same with these peers: whom it exchanges with, and believes. They may read all that the replica holds.
    #[must_use]
    pub fn with_peers(mut self, peers: impl IntoIterator<Item = AgentId>) -> Self {
        self.peers = peers.into_iter().collect();
        self
    }

    /// The same with another source of chance.
    #[must_use]
    pub fn with_chance(mut self, chance: Arc<dyn Chance>) -> Self {
        self.chance = chance;
        self
    }

    /// The same with so many exchanges at once, one at least: that were begun here, and as many again by peers. One
    /// more ends the oldest. Default: 16.
    #[must_use]
    pub fn with_most_under_way(mut self, exchanges: usize) -> Self {
        self.most = exchanges;
        self
    }

    /// From here on it exchanges with this one as well.
    pub fn add_peer(&mut self, peer: AgentId) {
        self.peers.insert(peer);
    }

    /// From here on this one is a stranger. What is under way with it ends.
    pub fn remove_peer(&mut self, peer: &AgentId) {
        self.peers.remove(peer);
        self.asking.end_with(peer);
        self.answering.end_with(peer);
    }

    /// The replica that it keeps in step.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// What its exchanges have done so far.
    #[must_use]
    pub const fn counts(&self) -> ExchangeCounts {
        self.counts
    }

    /// How many exchanges are under way, of both sides.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.asking.len() + self.answering.len()
    }

    /// Begins an exchange with a peer: what it returns is to be sent. One with the same peer that has not ended yet is
    /// given up: what it has brought stands.
    ///
    /// # Errors
    ///
    /// [`NotAPeer`](ExchangeError::NotAPeer), or when there is no chance to be had.
    pub fn begin(&mut self, peer: &AgentId) -> Result<Outgoing, ExchangeError> {
        if !self.peers.contains(peer) || peer == self.replica.agent() {
            return Err(ExchangeError::NotAPeer { peer: peer.clone() });
        }
        let about = CorrelationId::draw(self.chance.as_ref())?;
        let key = match self.key.take() {
            Some((key, left)) if left > 0 => {
                self.key = Some((key, left - 1));
                key
            }
            _ => {
                let mut bytes = [0; 16];
                self.chance.fill(&mut bytes)?;
                let key = ReconcileKey::from_bytes(bytes);
                self.key = Some((key, KEY_LASTS - 1));
                key
            }
        };
        self.refresh();
        let (asker, open) = Asker::open(&self.ids.set, key, self.reconcile_limits());
        self.asking.begin(peer.clone(), about, Asking::Deciding(asker), self.most);
        self.counts.begun += 1;
        Ok(self.message(peer, about, kinds::ASK, open))
    }

    /// Takes in what changed since it last looked.
    fn refresh(&mut self) {
        self.ids.refresh(&self.touched, |keys| self.replica.digests(keys));
    }

    /// No message may be too long, that of what is wanted included.
    fn reconcile_limits(&self) -> ReconcileLimits {
        let (room, limits) = (self.limits().payload_bytes.saturating_sub(16), ReconcileLimits::default());
        let batch = u16::try_from(room / Symbol::BYTES).unwrap_or(u16::MAX).max(1);
        let symbols = u32::try_from(room / 4).unwrap_or(u32::MAX).max(1);
        let (batch, symbols) = (limits.batch.min(batch), limits.symbols.min(symbols));
        limits.with_batch(batch).with_symbols(symbols)
    }

    fn limits(&self) -> &Limits {
        self.replica.limits()
    }

    fn message(&self, to: &AgentId, about: CorrelationId, kind: MessageKind, payload: Vec<u8>) -> Outgoing {
        let from = self.replica.agent().clone();
        Outgoing::new(to.clone(), Envelope::new(self.swarm.clone(), from, kind, about, payload))
    }
}

impl Handler for Exchange {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        let kind = envelope.kind();
        if !kinds::ALL.contains(kind) {
            return Handled::NotMine;
        }
        let done = match self.is_refused(envelope) {
            Some(why) => Err(why),
            None if *kind == kinds::ASK => self.asked(envelope),
            None if *kind == kinds::TELL => self.told(envelope),
            None if *kind == kinds::PAGE => self.asked_for_page(envelope),
            None if *kind == kinds::PAGED => self.told_page(envelope),
            None if *kind == kinds::STATES => self.given_states(envelope),
            None => self.asked_for_more(envelope),
        };
        match done {
            Ok(outgoing) => Handled::Done(outgoing),
            Err(why) => {
                self.refuse(envelope.sender(), kind, &why);
                Handled::NOTHING
            }
        }
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (replica, peers, counts) = (&self.replica, &self.peers, &self.counts);
        f.debug_struct("Exchange").field("replica", replica).field("peers", peers).field("counts", counts).finish()
    }
}
