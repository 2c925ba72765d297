//! Walks over every history, depth first: what two histories share is done once.
//!
//! At each step:
//!
//! - the replica that acted shows what the specification says for the events that it knows;
//! - a merge gives one result by the whole state, by the sender's deltas (all that it ever had, last first, so that
//!   they come in the wrong order and again), by those deltas joined that are new, and by what a digest shows to be
//!   missing; and it says whether anything changed. Replica 0 goes on with the first result, replica 1 with the second,
//!   replica 2 with the last: equality that overlooks something would show up later.
//!
//! At the end of each history everybody hears everything: whole states in three orders and two groupings, deltas alone,
//! digests alone. All are equal, show what the specification says for all events, and change no more.

#![allow(clippy::disallowed_methods, reason = "two threads halve the time")]

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_crdt::laws::Turn;
use moai_crdt::{Merge, Replicated};

use crate::subjects::{Delta, Event, History, Subject, replica_id};

const REPLICAS: usize = 3;
/// The two operations of each replica, and the merge of each into each other one.
const CHOICES_OF_OPERATION: usize = REPLICAS * 2;
pub(crate) const CHOICES: usize = CHOICES_OF_OPERATION + REPLICAS * (REPLICAS - 1);

/// One step.
#[derive(Clone, Copy)]
enum Choice {
    Operate { replica: usize, op: usize },
    Merge { from: usize, to: usize },
}

impl Choice {
    fn new(number: usize) -> Self {
        if number < CHOICES_OF_OPERATION {
            return Self::Operate { replica: number / 2, op: number % 2 };
        }
        let (from, other) = ((number - CHOICES_OF_OPERATION) / 2, (number - CHOICES_OF_OPERATION) % 2);
        Self::Merge { from, to: (from + 1 + other) % REPLICAS }
    }
}

/// A history that shows a fault.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tries every history of `steps` steps; how many there were.
///
/// Two threads share the first steps.
pub(crate) fn explore<S: Subject>(steps: u32) -> Result<u64, Failure> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut explorer = Explorer::<S>::new(steps as usize);
        loop {
            let first = next.fetch_add(1, Ordering::Relaxed);
            if first >= CHOICES {
                return Ok(explorer.histories);
            }
            explorer.step(Choice::new(first)).inspect_err(|_| next.store(CHOICES, Ordering::Relaxed))?;
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let here = work();
        Ok(here? + other.join().expect("the other thread panicked")?)
    })
}

struct Explorer<S: Subject> {
    steps: usize,
    path: Vec<Choice>,
    replicas: [S::State; REPLICAS],
    /// Which events each replica knows, as bits.
    known: [u64; REPLICAS],
    events: Vec<Event>,
    deltas: Vec<Delta<S>>,
    histories: u64,
}

impl<S: Subject> Explorer<S> {
    fn new(steps: usize) -> Self {
        Self {
            steps,
            path: Vec::new(),
            replicas: Default::default(),
            known: [0; REPLICAS],
            events: Vec::new(),
            deltas: Vec::new(),
            histories: 0,
        }
    }

    /// Takes one step, tries all that can follow, and takes it back.
    fn step(&mut self, choice: Choice) -> Result<(), Failure> {
        self.path.push(choice);
        let changed = match choice {
            Choice::Operate { replica, .. } => replica,
            Choice::Merge { to, .. } => to,
        };
        let (known, events) = (self.known[changed], self.events.len());
        let before = match choice {
            Choice::Operate { replica, op } => self.operate(replica, op)?,
            Choice::Merge { from, to } => self.merge(from, to)?,
        };
        self.meets_specification(&self.replicas[changed], self.known[changed])?;
        if self.path.len() == self.steps {
            self.histories += 1;
            self.everybody_hears_everything()?;
        } else {
            for next in 0..CHOICES {
                self.step(Choice::new(next))?;
            }
        }
        self.path.pop();
        self.replicas[changed] = before;
        self.known[changed] = known;
        self.events.truncate(events);
        self.deltas.truncate(events);
        Ok(())
    }

    /// Returns the state before.
    fn operate(&mut self, replica: usize, op: usize) -> Result<S::State, Failure> {
        let turn = Turn { replica, by: replica_id(replica), op, number: self.path.len() as u64 };
        let knew = self.known[replica];
        let must_refuse = S::refuses(&self.history(knew), turn);
        let before = self.replicas[replica].clone();
        let delta = S::mutate(&mut self.replicas[replica], turn);
        self.ensure(delta.is_none() == must_refuse, "specification: refused, or not, and should not, or should", &[])?;
        match delta {
            None => {
                let after = &self.replicas[replica];
                self.ensure(*after == before, "a refused operation changed something", &[&before, after])?;
            }
            Some(delta) => {
                self.known[replica] |= 1 << self.events.len();
                self.events.push(Event { turn, knew });
                self.deltas.push(delta);
            }
        }
        Ok(before)
    }

    /// Returns the state before.
    fn merge(&mut self, from: usize, to: usize) -> Result<S::State, Failure> {
        let [sender, before] = [&self.replicas[from], &self.replicas[to]];
        let mut whole = before.clone();
        let grew = whole.merge(sender);
        self.ensure(grew == (whole != *before), "merge says otherwise than it does", &[before, &whole])?;

        let mut by_deltas = before.clone();
        let grew_by_deltas = self.apply_last_first(&mut by_deltas, self.known[from]);
        self.ensure(by_deltas == whole, "deltas give something else than the whole", &[before, &by_deltas, &whole])?;
        self.ensure(grew_by_deltas == grew, "apply says otherwise than it does", &[before, &whole])?;

        let news = self.known[from] & !self.known[to];
        let mut news = (0..self.deltas.len()).filter(|at| news >> at & 1 == 1).map(|at| &self.deltas[at]);
        if let Some(first) = news.next() {
            let mut joined = first.clone();
            news.for_each(|delta| S::State::join(&mut joined, delta));
            let mut by_joined = before.clone();
            by_joined.apply(&joined);
            self.ensure(by_joined == whole, "joined deltas give something else", &[before, &by_joined, &whole])?;
        }

        let mut by_digest = before.clone();
        repair(&mut by_digest, sender);
        self.ensure(by_digest == whole, "a digest gives something else than the whole", &[before, &by_digest, &whole])?;

        self.known[to] |= self.known[from];
        let goes_on = [whole, by_deltas, by_digest].into_iter().nth(to).expect("one for each replica");
        Ok(std::mem::replace(&mut self.replicas[to], goes_on))
    }

    fn apply_last_first(&self, state: &mut S::State, events: u64) -> bool {
        (0..self.deltas.len())
            .rev()
            .filter(|at| events >> at & 1 == 1)
            .fold(false, |grew, at| state.apply(&self.deltas[at]) | grew)
    }

    fn everybody_hears_everything(&self) -> Result<(), Failure> {
        let [a, b, c] = &self.replicas;
        let all = self.known[0] | self.known[1] | self.known[2];
        let mut ab = merged(a, b);
        let mut bc = merged(b, c);
        let a_bc = merged(a, &bc);
        ab.merge(c);
        self.ensure(ab == a_bc, "the grouping of merges shows", &[a, b, c, &ab, &a_bc])?;
        bc.merge(a);
        self.ensure(ab == bc, "the order of merges shows", &[a, b, c, &ab, &bc])?;
        let mut cba = merged(c, b);
        cba.merge(a);
        self.ensure(ab == cba, "the order of merges shows", &[a, b, c, &ab, &cba])?;
        let told = cba.merge(a) | cba.merge(c);
        self.ensure(cba == ab, "merging again changes something", &[a, c, &ab, &cba])?;
        self.ensure(!told, "merge says otherwise than it does", &[a, c, &ab])?;

        let mut by_deltas = b.clone();
        self.apply_last_first(&mut by_deltas, all & !self.known[1]);
        self.ensure(by_deltas == ab, "deltas give something else than the whole", &[a, b, c, &by_deltas, &ab])?;

        let mut by_digest = c.clone();
        repair(&mut by_digest, a);
        repair(&mut by_digest, b);
        self.ensure(by_digest == ab, "a digest gives something else than the whole", &[a, b, c, &by_digest, &ab])?;
        self.meets_specification(&ab, all)
    }

    fn meets_specification(&self, state: &S::State, known: u64) -> Result<(), Failure> {
        let (seen, expected) = (S::observe(state), S::expected(&self.history(known)));
        if seen == expected {
            return Ok(());
        }
        self.ensure(false, &format!("specification: {seen:?} is there, {expected:?} should be"), &[state])
    }

    fn history(&self, known: u64) -> History<'_> {
        History { events: &self.events, known }
    }

    fn ensure(&self, holds: bool, what: &str, shown: &[&S::State]) -> Result<(), Failure> {
        if holds { Ok(()) } else { Err(self.failure(what, shown)) }
    }

    #[cold]
    fn failure(&self, what: &str, shown: &[&S::State]) -> Failure {
        let steps = self.path.iter().map(|step| match step {
            Choice::Operate { replica, op } => format!("  replica {replica} makes operation {op}\n"),
            Choice::Merge { from, to } => format!("  replica {to} merges replica {from}\n"),
        });
        let shown = shown.iter().map(|state| format!("  {state:?}\n"));
        Failure(format!("{what}\nafter\n{}states\n{}", steps.collect::<String>(), shown.collect::<String>()))
    }
}

fn merged<T: Replicated>(state: &T, other: &T) -> T {
    let mut merged = state.clone();
    merged.merge(other);
    merged
}

/// `state` takes in what `other` has and its digest lacks.
fn repair<T: Replicated>(state: &mut T, other: &T) {
    let missing = other.delta_for(&state.digest());
    state.apply(&missing);
}
