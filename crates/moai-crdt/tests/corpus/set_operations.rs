//! Three replicas of a set on a network that loses, repeats and reorders, held against a specification that keeps
//! every addition and removal for ever.

use std::collections::{BTreeMap, BTreeSet};

use moai_crdt::{Causal, Delta, Dot, Merge, OrSet, ReplicaId};

type Set = Causal<OrSet<u8>>;

/// What is known, in full: which element each dot added, and which dots are dead. Merging is taking both together.
#[derive(Clone, Default, PartialEq)]
struct Specification {
    made: BTreeMap<Dot, u8>,
    dead: BTreeSet<Dot>,
}

impl Specification {
    fn alive(&self, element: u8) -> BTreeSet<Dot> {
        self.living().filter(|&(_, lying)| lying == element).map(|(dot, _)| dot).collect()
    }

    fn living(&self) -> impl Iterator<Item = (Dot, u8)> + '_ {
        self.made.iter().filter(|(dot, _)| !self.dead.contains(dot)).map(|(&dot, &element)| (dot, element))
    }

    fn known(&self) -> BTreeSet<Dot> {
        self.made.keys().chain(&self.dead).copied().collect()
    }

    /// Returns whether anything was new that can be seen: a dead dot's element cannot.
    fn take(&mut self, other: &Self) -> bool {
        let before = (self.known(), self.dead.clone());
        self.made.extend(&other.made);
        self.dead.extend(&other.dead);
        before != (self.known(), self.dead.clone())
    }
}

#[derive(Clone, Default)]
struct Replica {
    set: Set,
    specification: Specification,
}

type Message = (Delta<OrSet<u8>>, Specification);

/// Each operation is two bytes: what to do, where, and with which element or message.
pub(crate) fn check(data: &[u8]) {
    let mut replicas: [Replica; 3] = Default::default();
    let mut messages: Vec<Message> = Vec::new();
    let (operations, _) = data.as_chunks::<2>();
    // Longer histories find nothing that short ones do not, and each step is checked in full.
    for &[operation, operand] in operations.iter().take(60) {
        let (what, at, from) = (operation % 8, usize::from(operation / 8 % 3), usize::from(operation / 24 % 3));
        let (element, other) = (operand % 8, replicas[from].clone());
        let here = &mut replicas[at];
        match what {
            0 | 1 => messages.push(here.add(ReplicaId::new(at as u64 + 1).unwrap(), element)),
            2 => messages.push(here.remove(element)),
            3 if operand == 0xff => messages.push(here.clear()),
            // A message is taken twice, early, late or never, by anybody.
            3 | 4 => {
                if let Some(message) = messages.get(usize::from(operand) % messages.len().max(1)) {
                    here.apply(message);
                }
            }
            5 => join(&mut messages, operand),
            6 => {
                let delta = other.set.delta_for(&here.set.digest());
                let grew = here.set.apply(&delta);
                assert_eq!(here.specification.take(&other.specification), grew, "a digest brings all, and says so");
                assert!(!here.set.clone().merge(&other.set), "after a digest nothing is missing");
            }
            _ => {
                let grew = here.set.merge(&other.set);
                assert_eq!(here.specification.take(&other.specification), grew, "merge says whether anything was new");
            }
        }
        replicas[at].agrees();
        messages.truncate(64);
    }
    converge(replicas);
}

impl Replica {
    fn add(&mut self, me: ReplicaId, element: u8) -> Message {
        let delta = self.set.add(me, element);
        let mut said = Specification { dead: self.specification.alive(element), ..Specification::default() };
        let dot = Dot::new(me, self.specification.known().iter().filter(|dot| dot.replica() == me).count() as u64 + 1);
        said.made.insert(dot.unwrap(), element);
        self.specification.take(&said);
        (delta, said)
    }

    fn remove(&mut self, element: u8) -> Message {
        let said = Specification { dead: self.specification.alive(element), ..Specification::default() };
        let delta = self.set.remove(&element);
        assert_eq!(delta.is_empty(), said.dead.is_empty(), "removing what is not there says nothing");
        self.specification.take(&said);
        (delta, said)
    }

    fn clear(&mut self) -> Message {
        let dead = self.specification.living().map(|(dot, _)| dot).collect();
        let said = Specification { dead, ..Specification::default() };
        self.specification.take(&said);
        (self.set.clear(), said)
    }

    fn apply(&mut self, (delta, said): &Message) {
        let grew = self.set.apply(delta);
        assert_eq!(self.specification.take(said), grew, "apply says whether anything was new");
        assert!(!self.set.apply(delta), "the second time nothing is new");
    }

    /// Elements, knowledge and what a digest says are what the specification says.
    fn agrees(&self) {
        let elements: BTreeSet<u8> = self.specification.living().map(|(_, element)| element).collect();
        assert!(self.set.iter().copied().eq(elements.iter().copied()), "{:?} is not {elements:?}", self.set);
        assert_eq!(self.set.len(), elements.len());
        let known: BTreeSet<Dot> = dots(self.set.seen());
        assert_eq!(known, self.specification.known());
        assert_eq!(&dots(self.set.digest().live()), &self.specification.living().map(|(dot, _)| dot).collect());
    }
}

fn dots(context: &moai_crdt::CausalContext) -> BTreeSet<Dot> {
    context
        .runs()
        .flat_map(|(replica, first, last)| (first..=last).filter_map(move |seq| Dot::new(replica, seq).ok()))
        .collect()
}

/// Two messages become one, as a batch.
fn join(messages: &mut [Message], which: u8) {
    let (one, two) = (usize::from(which % 16), usize::from(which / 16));
    if let Some((delta, said)) = messages.get(two).cloned()
        && let Some((batch, all)) = messages.get_mut(one)
    {
        batch.join(&delta);
        all.take(&said);
    }
}

/// Whole states in any order bring everybody to the same.
fn converge(replicas: [Replica; 3]) {
    let mut ends: [Replica; 3] = replicas.clone();
    for (end, order) in ends.iter_mut().zip([[0, 1, 2], [2, 0, 1], [1, 2, 0]]) {
        for from in order {
            end.set.merge(&replicas[from].set);
            end.specification.take(&replicas[from].specification);
        }
        end.agrees();
    }
    assert_eq!(ends[0].set, ends[1].set);
    assert_eq!(ends[0].set, ends[2].set);
}
