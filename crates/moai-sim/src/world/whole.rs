//! A world: everybody in it, and what will happen.

use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::event::{Event, Queued};
use super::network::Network;
use super::place::{Honest, Place};
use super::{Clock, Disk, Effect, Mix, Node};
use crate::adversary::Adversary;
use crate::{Ended, History, Seeds, Seen, Violation};

/// Makes the node of a place: `life` is 0 at first, and one more after each crash; the records are what its disk has kept.
type Make<N> = dyn Fn(u32, u32, &[Arc<[u8]>]) -> Result<N, String>;

/// A world of nodes: a queue of what will happen, a network, a disk for each node, and liars.
///
/// Two nodes and one number: whoever is asked for it writes it down and tells the other.
///
/// ```
/// use moai_sim::world::{Effect, Input, Mix, Node, World};
///
/// struct Echo(u64);
///
/// impl Node for Echo {
///     type Message = u64;
///     type Command = u64;
///     type News = u64;
///
///     fn handle(&mut self, _now: i64, input: Input<u64, u64>, out: &mut Vec<Effect<u64, u64>>) {
///         match input {
///             Input::Do(number) => {
///                 self.0 = number;
///                 out.push(Effect::Persist(number.to_le_bytes()[..].into()));
///                 out.push(Effect::Send { to: None, message: number });
///             }
///             Input::Hear { message, .. } => out.push(Effect::Tell(message)),
///             _ => {}
///         }
///     }
/// }
///
/// let mut world = World::new(2, Mix::calm(7, 1_000), |_place, _life, records| Ok(Echo(records.len() as u64)));
/// world.ask(500, 0, 42);
/// assert_eq!(world.next(10_000), Some((1, 42)));
/// assert_eq!(world.next(10_000), None);
/// assert_eq!(world.disk(0).map(|disk| disk.records().len()), Some(1));
/// let ended = world.end(Ok(()));
/// assert!(ended.violation.is_none());
/// ```
pub struct World<N: Node> {
    pub(super) mix: Mix,
    pub(super) places: Vec<Place<N>>,
    pub(super) make: Box<Make<N>>,
    pub(super) network: Network,
    /// What disks, crashes and clocks draw from, and what liars draw from.
    pub(super) luck: Seeds,
    pub(super) whim: Seeds,
    pub(super) queue: BinaryHeap<Queued<N::Message, N::Command>>,
    pub(super) number: u64,
    pub(super) now: i64,
    pub(super) news: VecDeque<(u32, N::News)>,
    pub(super) outbox: Vec<Effect<N::Message, N::News>>,
    pub(super) seen: Seen,
    pub(super) history: History,
    pub(super) violation: Option<Violation>,
    /// What honest nodes were told, for whoever asked for that.
    pub(super) heard: Option<Vec<(u32, N::Message)>>,
}

/// Shows when it is and how far it has come, and not its nodes.
impl<N: Node> fmt::Debug for World<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("World");
        shown.field("now", &self.now).field("places", &self.places.len()).field("queue", &self.queue.len());
        shown.field("seen", &self.seen).field("violation", &self.violation).finish_non_exhaustive()
    }
}

impl<N: Node> World<N> {
    /// A world of so many places, all of them honest so far. All begin at time 0.
    pub fn new(members: u32, mix: Mix, make: impl Fn(u32, u32, &[Arc<[u8]>]) -> Result<N, String> + 'static) -> Self {
        let mut seeds = Seeds::new(mix.seed);
        let network = Network::new(seeds.fork(), members as usize);
        let (mut luck, whim) = (seeds.fork(), seeds.fork());
        let places = (0..members).map(|_| Place::Honest(Honest::new(clock(&mix, &mut luck)))).collect();
        let mut world = Self {
            places,
            make: Box::new(make),
            network,
            luck,
            whim,
            queue: BinaryHeap::new(),
            number: 0,
            now: 0,
            news: VecDeque::new(),
            outbox: Vec::new(),
            seen: Seen::default(),
            history: History::default(),
            violation: None,
            heard: None,
            mix,
        };
        for place in 0..members {
            world.push(0, Event::Restart { place });
        }
        if let Some(at) = world.mix.all_crash {
            world.push(at, Event::AllCrash);
        }
        world
    }

    /// Puts a liar at a place. It is woken every two deltas, forty times.
    pub fn put_liar(&mut self, place: u32, liar: impl Adversary<N> + 'static) {
        self.put_boxed_liar(place, Box::new(liar));
    }

    pub(crate) fn put_boxed_liar(&mut self, place: u32, liar: Box<dyn Adversary<N>>) {
        if let Some(here) = self.places.get_mut(place as usize) {
            *here = Place::Liar(liar);
        }
    }

    /// Somebody will ask this of a node at this time; while it is down nobody is heard.
    pub fn ask(&mut self, time: i64, place: u32, command: N::Command) {
        self.push(time, Event::Do { place, command });
    }

    /// Lets things happen until a node has something to tell: who, and what. Nothing when it is later than `until`, when
    /// nothing will happen any more, or when an invariant is broken.
    pub fn next(&mut self, until: i64) -> Option<(u32, N::News)> {
        loop {
            if self.violation.is_some() {
                return None;
            }
            if let Some(news) = self.news.pop_front() {
                return Some(news);
            }
            let Queued { time, event, .. } =
                self.queue.peek().is_some_and(|next| next.time <= until).then(|| self.queue.pop())??;
            self.now = time;
            self.happen(event);
        }
    }

    /// What time it is: on no node's clock, but in truth.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// What may go wrong in it.
    #[must_use]
    pub const fn mix(&self) -> &Mix {
        &self.mix
    }

    /// How many places there are.
    #[must_use]
    pub fn members(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    /// Who is honest.
    pub fn honest(&self) -> impl Iterator<Item = u32> {
        let places = self.places.iter().zip(0..);
        places.filter_map(|(place, number)| matches!(place, Place::Honest(_)).then_some(number))
    }

    /// The node at a place, if it is honest and up.
    #[must_use]
    pub fn node(&self, place: u32) -> Option<&N> {
        match self.places.get(place as usize) {
            Some(Place::Honest(honest)) => honest.node.as_ref(),
            _ => None,
        }
    }

    /// The disk at a place, if it is honest.
    #[must_use]
    pub fn disk(&self, place: u32) -> Option<&Disk> {
        match self.places.get(place as usize) {
            Some(Place::Honest(honest)) => Some(&honest.disk),
            _ => None,
        }
    }

    /// What happened so far, to add to it.
    pub const fn seen(&mut self) -> &mut Seen {
        &mut self.seen
    }

    /// Keeps from now on what honest nodes are told.
    pub fn listen(&mut self) {
        self.heard.get_or_insert_default();
    }

    /// What honest nodes were told, and by whom, since somebody listens.
    #[must_use]
    pub fn heard(&self) -> &[(u32, N::Message)] {
        self.heard.as_deref().unwrap_or_default()
    }

    /// Whether an invariant is broken already.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.violation.is_some()
    }

    /// How it ended: with what the observer found, unless a node broke an invariant before.
    pub fn end(self, found: Result<(), Violation>) -> Ended {
        let violation = self.violation.or(found.err());
        Ended { seen: self.seen, history: self.history, violation }
    }

    pub(super) fn push(&mut self, time: i64, event: Event<N::Message, N::Command>) {
        self.number += 1;
        self.queue.push(Queued { time: time.max(self.now), number: self.number, event });
    }
}

/// A clock that is as wrong as the mix allows.
pub(super) fn clock(mix: &Mix, luck: &mut Seeds) -> Clock {
    let up_to = |luck: &mut Seeds, most: i64| i64::try_from(luck.below(most.unsigned_abs() + 1)).unwrap_or_default();
    Clock { ahead: up_to(luck, mix.ahead), fast: up_to(luck, mix.fast) }
}
