//! Following the commits in a journal.

use std::collections::BTreeMap;

use moai_core::{Cursor, Entry, Epoch, MemoryProvider, StoreError, SwarmId};

use super::candidates::Candidates;
use super::state::{Intention, State};
use super::{AuditedChange, CommitRecord, Flaw, Report};

/// Follows the commits in a journal, record by record.
#[derive(Debug, Default)]
pub(super) struct Commits {
    swarms: BTreeMap<SwarmId, State>,
    /// Those without an outcome yet, by swarm and record.
    open: BTreeMap<SwarmId, BTreeMap<u64, Intention>>,
    /// In which swarm each of them is.
    of: BTreeMap<u64, SwarmId>,
}

impl Commits {
    pub(super) fn take(&mut self, seq: u64, record: &CommitRecord, report: &mut Report) -> Result<(), Flaw> {
        match record {
            CommitRecord::Intended { swarm, floor, changes } => {
                let intention = Intention { floor: floor.get(), changes: changes.clone() };
                self.open.entry(swarm.clone()).or_default().insert(seq, intention);
                self.of.insert(seq, swarm.clone());
            }
            CommitRecord::Refused { intended, .. } => {
                self.close(*intended)?;
                report.refused += 1;
            }
            CommitRecord::Committed { intended, epoch, first, last } => {
                let (swarm, intention) = self.close(*intended)?;
                let (first, last) = (first.get(), last.get());
                let changes = intention.changes.len() as u64;
                if first == 0 || first.checked_add(changes) != last.checked_add(1) || first <= intention.floor {
                    return Err(Flaw::Numbers { swarm, changes, first, last });
                }
                self.land(seq, &swarm, *epoch, first, intention, report)?;
                report.commits += 1;
            }
        }
        Ok(())
    }

    /// Ends an intention.
    fn close(&mut self, intended: u64) -> Result<(SwarmId, Intention), Flaw> {
        let swarm = self.of.remove(&intended).ok_or(Flaw::NotIntended { intended })?;
        let intention = self.open.get_mut(&swarm).and_then(|open| open.remove(&intended));
        intention.map(|intention| (swarm, intention)).ok_or(Flaw::NotIntended { intended })
    }

    /// Those of a swarm whose outcome is not known. Commits come one after the other, so nothing will tell it any more.
    fn unknown(&mut self, swarm: &SwarmId) -> BTreeMap<u64, Intention> {
        let unknown = self.open.remove(swarm).unwrap_or_default();
        unknown.keys().for_each(|seq| drop(self.of.remove(seq)));
        unknown
    }

    fn land(
        &mut self,
        seq: u64,
        swarm: &SwarmId,
        epoch: Epoch,
        first: u64,
        intention: Intention,
        report: &mut Report,
    ) -> Result<(), Flaw> {
        let mut unknown = self.unknown(swarm);
        let state = self.swarms.entry(swarm.clone());
        let state = match state {
            std::collections::btree_map::Entry::Vacant(new) => {
                report.unknown.extend(unknown.into_keys());
                unknown = BTreeMap::new();
                new.insert(State::begin(epoch, first - 1, seq))
            }
            std::collections::btree_map::Entry::Occupied(known) => {
                let state = known.into_mut();
                if state.epoch != epoch {
                    report.rebuilt += 1;
                    report.unknown.extend(unknown.into_keys());
                    unknown = BTreeMap::new();
                    *state = State::begin(epoch, first - 1, seq);
                }
                state
            }
        };
        if state.last.max(intention.floor).saturating_add(1) != first || !unknown.is_empty() {
            let candidates = candidates(state.last, &unknown);
            let Some(landed) = candidates.before(first, intention.floor) else {
                let due = state.last.max(intention.floor).saturating_add(1);
                return Err(Flaw::Version { swarm: swarm.clone(), due, got: first });
            };
            settle(state, unknown, landed, report);
        }
        state.apply(seq, first, intention.changes);
        Ok(())
    }

    /// Says that there are no more records; what is not known stays so.
    pub(super) fn finish(mut self, report: &mut Report) {
        let swarms: Vec<_> = self.open.keys().cloned().collect();
        for swarm in swarms {
            report.unknown.extend(self.unknown(&swarm).into_keys());
        }
        report.keys = self.swarms.values().map(|state| state.values.len() as u64).sum();
        report.unknown.sort_unstable();
    }

    /// Holds against the record what a store has now.
    pub(super) async fn against(
        &mut self,
        memory: &dyn MemoryProvider,
        report: &mut Report,
    ) -> Result<(), Result<(u64, Flaw), StoreError>> {
        let swarms: Vec<_> = self.swarms.keys().cloned().collect();
        for swarm in swarms {
            let standing = memory.standing(&swarm).await.map_err(Err)?;
            let unknown = self.unknown(&swarm);
            let Some(state) = self.swarms.get_mut(&swarm) else { continue };
            let Cursor { epoch, version } = standing.last;
            if epoch != state.epoch {
                return Err(Ok((state.seq, Flaw::Rebuilt { swarm })));
            }
            let candidates = candidates(state.last, &unknown);
            let Some(landed) = candidates.here(version.get()) else {
                let (recorded, stands) = (state.last, version.get());
                return Err(Ok((state.seq, Flaw::Standing { swarm, recorded, stands })));
            };
            settle(state, unknown, landed, report);
            compare(memory, &swarm, state, report).await?;
        }
        report.is_compared = true;
        Ok(())
    }
}

fn candidates(last: u64, unknown: &BTreeMap<u64, Intention>) -> Candidates {
    let mut candidates = Candidates::at(last);
    for (intended, its) in unknown {
        candidates.perhaps(*intended, its.floor, its.changes.len() as u64);
    }
    candidates
}

/// Makes the changes of those that came through.
fn settle(state: &mut State, unknown: BTreeMap<u64, Intention>, landed: Option<&[u64]>, report: &mut Report) {
    let Some(landed) = landed else {
        // Some of them came through, and which cannot be told.
        for (seq, Intention { changes, .. }) in unknown {
            state.doubt(changes);
            report.unknown.push(seq);
        }
        return;
    };
    for (seq, Intention { floor, changes }) in unknown {
        if landed.contains(&seq) {
            let first = state.last.max(floor).saturating_add(1);
            state.apply(seq, first, changes);
            report.landed.push(seq);
        } else {
            report.lost.push(seq);
        }
    }
}

async fn compare(
    memory: &dyn MemoryProvider,
    swarm: &SwarmId,
    state: &State,
    report: &mut Report,
) -> Result<(), Result<(u64, Flaw), StoreError>> {
    const PAGE: usize = 1_000;
    let mut missing = state.values.clone();
    let mut place = None;
    loop {
        let page = memory.snapshot(swarm, place, PAGE).await.map_err(Err)?;
        for Entry { namespace, key, value, version, .. } in page.entries {
            let (swarm, name) = (swarm.clone(), format!("{namespace}/{}", key.as_str()));
            let place = (namespace, key);
            match missing.remove(&place) {
                Some(its) if its.version == version.get() && its.digest == AuditedChange::digest_of(&value) => {}
                _ if state.uncertain.contains(&place) => {}
                Some(its) => return Err(Ok((its.seq, Flaw::Value { swarm, key: name }))),
                None if version.get() <= state.baseline => report.unrecorded += 1,
                None => return Err(Ok((state.seq, Flaw::Unrecorded { swarm, key: name }))),
            }
        }
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    report.uncertain += state.uncertain.len() as u64;
    match missing.into_iter().find(|(place, _)| !state.uncertain.contains(place)) {
        Some(((namespace, key), its)) => {
            let (swarm, key) = (swarm.clone(), format!("{namespace}/{}", key.as_str()));
            Err(Ok((its.seq, Flaw::Value { swarm, key })))
        }
        None => Ok(()),
    }
}
