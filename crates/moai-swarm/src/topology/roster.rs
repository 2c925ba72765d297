//! The members in the order in which they joined.

use std::collections::HashMap;

use moai_core::AgentId;

/// One member's seat.
pub(crate) struct Seat {
    pub(crate) id: AgentId,
    /// Tells two lives of one name apart, and rises from seat to seat.
    pub(crate) number: u64,
}

/// The members in the order in which they joined, and which of them have failed.
#[derive(Default)]
pub(crate) struct Roster {
    seats: Vec<Seat>,
    by_name: HashMap<AgentId, u64>,
    /// The places of those that have failed, rising. Mostly nobody.
    failed: Vec<usize>,
}

impl Roster {
    /// Seats somebody behind all others: its number is above theirs.
    pub(crate) fn add(&mut self, id: AgentId, number: u64) {
        self.seats.push(Seat { id: id.clone(), number });
        self.by_name.insert(id, number);
    }

    /// Takes exactly this life of a name out. Says whether it was there.
    pub(crate) fn remove(&mut self, number: u64) -> bool {
        let Some(place) = self.seat(number) else { return false };
        let id = self.seats.remove(place).id;
        if self.by_name.get(&id) == Some(&number) {
            self.by_name.remove(&id);
        }
        self.failed.retain(|failed| *failed != place);
        self.failed.iter_mut().filter(|failed| **failed > place).for_each(|failed| *failed -= 1);
        true
    }

    /// Where somebody sits.
    pub(crate) fn place(&self, id: &AgentId) -> Option<usize> {
        self.seat(*self.by_name.get(id)?)
    }

    /// Where whoever has this number sits.
    pub(crate) fn seat(&self, number: u64) -> Option<usize> {
        self.seats.binary_search_by_key(&number, |seat| seat.number).ok()
    }

    /// Who sits there.
    pub(crate) fn at(&self, place: usize) -> Option<&AgentId> {
        self.seats.get(place).map(|seat| &seat.id)
    }

    /// Says whether somebody has failed. Returns whether that is new.
    pub(crate) fn set_failed(&mut self, id: &AgentId, has_failed: bool) -> bool {
        let Some(place) = self.place(id) else { return false };
        match (self.failed.binary_search(&place), has_failed) {
            (Err(at), true) => {
                self.failed.insert(at, place);
                true
            }
            (Ok(at), false) => {
                self.failed.remove(at);
                true
            }
            _ => false,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.seats.len()
    }

    /// How many of them have failed.
    pub(crate) fn failed(&self) -> &[usize] {
        &self.failed
    }

    pub(crate) fn has_failed(&self, place: usize) -> bool {
        self.failed.binary_search(&place).is_ok()
    }

    /// How many have not.
    pub(crate) fn living(&self) -> usize {
        self.seats.len() - self.failed.len()
    }

    /// How many before this place have not failed: its number among those that live.
    pub(crate) fn rank(&self, place: usize) -> usize {
        place - self.failed.partition_point(|failed| *failed < place)
    }

    /// Where the one of this number among those that live sits.
    pub(crate) fn of_rank(&self, rank: usize) -> Option<usize> {
        let mut place = rank;
        for failed in &self.failed {
            if *failed > place {
                break;
            }
            place += 1;
        }
        (place < self.seats.len()).then_some(place)
    }

    /// One that has failed and sits strictly between two places, going up from the first, around the end if need be.
    pub(crate) fn failed_between(&self, from: usize, to: usize) -> Option<usize> {
        let behind = self.failed.get(self.failed.partition_point(|failed| *failed <= from)..).unwrap_or_default();
        let next = behind.first().copied();
        if from < to {
            return next.filter(|failed| *failed < to);
        }
        next.or_else(|| self.failed.first().copied().filter(|failed| *failed < to))
    }

    pub(crate) fn seats(&self) -> &[Seat] {
        &self.seats
    }
}
