//! The values that are kept, and which of them goes when there is no room.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use moai_core::{Entry, KeyRange, Namespace, StateKey, SwarmId};

/// What an entry takes beside its key and its value: its place in the tables, its turn, and what allocating costs.
pub(super) const OVERHEAD: usize = 384;

// A table may be half empty, and there may be two turns for each entry.
const _: () = assert!(2 * (size_of::<StateKey>() + size_of::<Slot>() + size_of::<Turn>()) <= OVERHEAD);

/// Values up to a number of bytes. Each has its turn; whoever was asked for since the last one gets another, and whoever
/// was not goes.
#[derive(Debug)]
pub(super) struct Values {
    room: usize,
    bytes: usize,
    entries: usize,
    swarms: BTreeMap<SwarmId, BTreeMap<Namespace, BTreeMap<StateKey, Slot>>>,
    turns: VecDeque<Turn>,
    /// The number of the last turn that was given.
    given: u64,
}

#[derive(Debug)]
struct Slot {
    entry: Entry,
    asked: bool,
    turn: u64,
}

/// Whose turn it is. The entry may be gone since.
#[derive(Debug)]
struct Turn {
    number: u64,
    swarm: SwarmId,
    namespace: Namespace,
    key: StateKey,
}

impl Values {
    pub(super) fn new(room: usize) -> Self {
        Self { room, bytes: 0, entries: 0, swarms: BTreeMap::new(), turns: VecDeque::new(), given: 0 }
    }

    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&mut self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Option<Entry> {
        let slot = self.slot(swarm, namespace, key)?;
        slot.asked = true;
        Some(slot.entry.clone())
    }

    /// Keeps an entry in the place of the one with its key. One that is larger than all the room is not kept.
    pub(super) fn put(&mut self, swarm: &SwarmId, entry: Entry) {
        self.remove(swarm, &entry.namespace, &entry.key);
        let bytes = bytes(&entry);
        if bytes > self.room {
            return;
        }
        while self.bytes + bytes > self.room && self.make_room() {}
        self.given += 1;
        let (namespace, key) = (entry.namespace.clone(), entry.key.clone());
        let spaces = self.swarms.entry(swarm.clone()).or_default();
        let slot = Slot { entry, asked: false, turn: self.given };
        spaces.entry(namespace.clone()).or_default().insert(key.clone(), slot);
        self.turns.push_back(Turn { number: self.given, swarm: swarm.clone(), namespace, key });
        self.entries += 1;
        self.bytes += bytes;
    }

    pub(super) fn remove(&mut self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) {
        let Some(spaces) = self.swarms.get_mut(swarm) else { return };
        let Some(slots) = spaces.get_mut(namespace) else { return };
        let Some(slot) = slots.remove(key) else { return };
        self.entries -= 1;
        self.bytes -= bytes(&slot.entry);
        if slots.is_empty() {
            spaces.remove(namespace);
        }
        if spaces.is_empty() {
            self.swarms.remove(swarm);
        }
        self.forget_turns();
    }

    /// Costs what goes, and not what stays.
    pub(super) fn remove_range(&mut self, swarm: &SwarmId, namespace: &Namespace, range: &KeyRange) {
        // A table refuses to be walked backwards.
        if range.is_empty() {
            return;
        }
        let Some(slots) = self.swarms.get(swarm).and_then(|spaces| spaces.get(namespace)) else { return };
        let from = range.from.as_ref().map_or(Bound::Unbounded, Bound::Included);
        let to = range.to.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let keys: Vec<StateKey> = slots.range::<StateKey, _>((from, to)).map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.remove(swarm, namespace, key);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.room);
    }

    fn slot(&mut self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Option<&mut Slot> {
        self.swarms.get_mut(swarm)?.get_mut(namespace)?.get_mut(key)
    }

    /// Takes the next turn; `false` when there is none.
    fn make_room(&mut self) -> bool {
        let Some(mut turn) = self.turns.pop_front() else { return false };
        let given = self.given + 1;
        match self.slot(&turn.swarm, &turn.namespace, &turn.key) {
            Some(slot) if slot.turn == turn.number && slot.asked => {
                (slot.asked, slot.turn, turn.number) = (false, given, given);
                self.given = given;
                self.turns.push_back(turn);
            }
            Some(slot) if slot.turn == turn.number => self.remove(&turn.swarm, &turn.namespace, &turn.key),
            // The entry went before, or was put again and has a later turn.
            _ => {}
        }
        true
    }

    /// Turns of entries that are gone are thrown out together, once they are as many as the others.
    fn forget_turns(&mut self) {
        if self.turns.len() <= 2 * self.entries + 16 {
            return;
        }
        let swarms = &self.swarms;
        self.turns.retain(|turn| {
            let slots = swarms.get(&turn.swarm).and_then(|spaces| spaces.get(&turn.namespace));
            slots.and_then(|slots| slots.get(&turn.key)).is_some_and(|slot| slot.turn == turn.number)
        });
    }
}

fn bytes(entry: &Entry) -> usize {
    entry.bytes() + OVERHEAD
}
