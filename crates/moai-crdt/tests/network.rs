//! Networks that lose, repeat, reorder and delay deltas: digests repair what is missing, and nobody can tell afterwards.
//! Where nothing is lost, deltas need no repair.

mod subjects;

use moai_crdt::laws::Turn;
use moai_crdt::{Merge, Replicated};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use subjects::naive::{NaiveAddRemove, fault};
use subjects::*;

/// One thing that happens; numbers are taken modulo what there is.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// A replica makes an operation; its delta is queued for every other one.
    Operate { replica: usize, op: usize },
    /// A queued delta arrives, from anywhere in the queue.
    Arrive { at: usize, queued: usize },
    /// A queued delta arrives, and will once more.
    Repeat { at: usize, queued: usize },
    /// A queued delta is lost.
    Lose { at: usize, queued: usize },
    /// The first queued delta is joined into another one.
    Batch { at: usize, queued: usize },
    /// A replica repairs by the digest of another one.
    Repair { at: usize, from: usize },
    /// A replica merges the whole state of another one.
    Whole { at: usize, from: usize },
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let pair = (0..REPLICAS, 0..64_usize);
    prop_oneof![
        6 => (0..REPLICAS, 0..64_usize).prop_map(|(replica, op)| Operate { replica, op }),
        5 => pair.clone().prop_map(|(at, queued)| Arrive { at, queued }),
        2 => pair.clone().prop_map(|(at, queued)| Repeat { at, queued }),
        2 => pair.clone().prop_map(|(at, queued)| Lose { at, queued }),
        1 => pair.clone().prop_map(|(at, queued)| Batch { at, queued }),
        1 => pair.clone().prop_map(|(at, from)| Repair { at, from }),
        1 => pair.prop_map(|(at, from)| Whole { at, from }),
    ]
}

struct Replica<S: Subject> {
    state: S::State,
    /// Which events it knows, as bits.
    known: u64,
    queue: Vec<(Delta<S>, u64)>,
}

struct Network<S: Subject> {
    replicas: Vec<Replica<S>>,
    events: Vec<Event>,
    /// Whether deltas get lost.
    loses: bool,
}

impl<S: Subject> Network<S> {
    fn new(replicas: usize, loses: bool) -> Self {
        let fresh = || Replica { state: S::State::default(), known: 0, queue: Vec::new() };
        Self { replicas: (0..replicas).map(|_| fresh()).collect(), events: Vec::new(), loses }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), TestCaseError> {
        let count = self.replicas.len();
        match happening {
            Happening::Operate { replica, op } => self.operate(replica % count, op % S::OPS)?,
            Happening::Arrive { at, queued } => self.arrive(at, queued, false)?,
            Happening::Repeat { at, queued } => self.arrive(at, queued, true)?,
            Happening::Lose { at, queued } if self.loses => drop(self.replicas[at % count].take(queued)),
            Happening::Lose { .. } => {}
            Happening::Batch { at, queued } => {
                let queue = &mut self.replicas[at % count].queue;
                if queue.len() > 1 {
                    let (delta, events) = queue.remove(0);
                    let at = queued % queue.len();
                    S::State::join(&mut queue[at].0, &delta);
                    queue[at].1 |= events;
                }
            }
            Happening::Repair { at, from } => {
                self.repair(at % count, from % count);
            }
            Happening::Whole { at, from } => {
                let (state, known) = (self.replicas[from % count].state.clone(), self.replicas[from % count].known);
                let here = &mut self.replicas[at % count];
                here.state.merge(&state);
                here.known |= known;
            }
        }
        Ok(())
    }

    fn operate(&mut self, replica: usize, op: usize) -> Result<(), TestCaseError> {
        let turn = Turn { replica, by: replica_id(replica), op, number: self.events.len() as u64 + 1 };
        let here = &mut self.replicas[replica];
        let knew = here.known;
        let Some(delta) = S::mutate(&mut here.state, turn) else { return Ok(()) };
        let event = 1 << self.events.len();
        here.known |= event;
        self.events.push(Event { turn, knew });
        for (at, other) in self.replicas.iter_mut().enumerate() {
            if at != replica {
                other.queue.push((delta.clone(), event));
            }
        }
        Ok(())
    }

    fn arrive(&mut self, at: usize, queued: usize, again: bool) -> Result<(), TestCaseError> {
        let count = self.replicas.len();
        let here = &mut self.replicas[at % count];
        let Some((delta, events)) = here.take(queued) else { return Ok(()) };
        let before = here.state.clone();
        let grew = here.state.apply(&delta);
        prop_assert_eq!(grew, here.state != before, "apply says otherwise than it does");
        here.known |= events;
        if again {
            here.queue.push((delta, events));
        }
        Ok(())
    }

    /// Returns whether anything was new.
    fn repair(&mut self, at: usize, from: usize) -> bool {
        let missing = self.replicas[from].state.delta_for(&self.replicas[at].state.digest());
        self.replicas[at].known |= self.replicas[from].known;
        self.replicas[at].state.apply(&missing)
    }

    /// What is still queued arrives, last first, or not at all where deltas get lost; then everybody repairs by
    /// everybody's digest. All must be right after it, and before it if nothing was lost.
    fn settle(mut self) -> Result<(), TestCaseError> {
        let count = self.replicas.len();
        let mut whole = S::State::default();
        for replica in &self.replicas {
            whole.merge(&replica.state);
        }
        if !self.loses {
            for replica in &mut self.replicas {
                for (delta, _) in replica.queue.iter().rev() {
                    replica.state.apply(delta);
                }
                prop_assert_eq!(&replica.state, &whole, "all deltas came, and it is not what whole states give");
            }
        }
        // In the first round the last one hears all, in the second all hear it from the last one.
        for _ in 0..2 {
            for at in 0..count {
                for from in 0..count {
                    self.repair(at, from);
                }
            }
        }
        let all = History { events: &self.events, known: u64::MAX >> (64 - self.events.len().max(1)) };
        let expected = S::expected(&all);
        let shown = format!("{whole:?}");
        for replica in &mut self.replicas {
            prop_assert_eq!(&replica.state, &whole, "not what merging whole states gives");
            prop_assert_eq!(&S::observe(&replica.state), &expected, "not what the specification says");
            prop_assert_eq!(format!("{:?}", replica.state), shown.clone(), "equal states print differently");
            for (delta, _) in std::mem::take(&mut replica.queue) {
                prop_assert!(!replica.state.apply(&delta), "a late delta is taken for new");
            }
            prop_assert_eq!(&replica.state, &whole, "a late delta changes something");
        }
        for at in 0..count {
            prop_assert!((0..count).all(|from| !self.repair(at, from)), "there is always something to repair");
        }
        Ok(())
    }
}

impl<S: Subject> Replica<S> {
    fn take(&mut self, queued: usize) -> Option<(Delta<S>, u64)> {
        let count = self.queue.len();
        (count > 0).then(|| self.queue.remove(queued % count))
    }
}

/// Runs networks of two to four replicas; at most 60 things happen, so that events fit into 64 bits.
fn networks<S: Subject>() -> Result<(), String> {
    let cases = if cfg!(miri) { 2 } else { 2_000 };
    if cfg!(miri) {
        println!("interpreted: {cases} networks only");
    }
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let world = (2..=REPLICAS, any::<bool>(), proptest::collection::vec(happening(), 0..60));
    TestRunner::new(config)
        .run(&world, |(replicas, loses, happenings)| {
            let mut network = Network::<S>::new(replicas, loses);
            for happening in happenings {
                network.happen(happening)?;
            }
            network.settle()
        })
        .map_err(|error| error.to_string())
}

macro_rules! any_network {
    ($($name:ident: $subject:ident;)*) => {
        mod a_bad_network_cannot_hurt {
            $(#[test]
            fn $name() {
                super::networks::<super::$subject>().unwrap_or_else(|error| panic!("{error}"));
            })*
        }
    };
}
for_each_subject!(any_network);

#[test]
fn a_plain_set_without_a_fault_passes() {
    assert_eq!(networks::<NaiveAddRemove<{ fault::NONE }>>(), Ok(()));
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter has no time for enough networks")]
fn planted_faults_are_caught() {
    for (fault, tried) in [
        ("merge forgets kills", networks::<NaiveAddRemove<{ fault::MERGE_FORGETS_KILLS }>>()),
        ("delta forgets kills", networks::<NaiveAddRemove<{ fault::DELTA_FORGETS_KILLS }>>()),
        ("join keeps one", networks::<NaiveAddRemove<{ fault::JOIN_KEEPS_ONE }>>()),
        ("digest misses removals", networks::<NaiveAddRemove<{ fault::DIGEST_MISSES_REMOVALS }>>()),
        ("drops everything", networks::<NaiveAddRemove<{ fault::DROPS_EVERYTHING }>>()),
        ("removal wins", networks::<NaiveAddRemove<{ fault::REMOVAL_WINS }>>()),
    ] {
        assert!(tried.is_err(), "not caught: {fault}");
    }
}
