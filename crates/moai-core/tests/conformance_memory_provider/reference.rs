//! A memory provider that keeps a log and replays it for each answer, unless it is told to break its word in one way.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use async_trait::async_trait;
use moai_core::{
    Batch, Change, Changes, Committed, Cursor, Durability, Entry, Epoch, Expected, Happened, Held, InvalidInput,
    KeyRange, Limits, Listing, MemoryProvider, Namespace, Persistence, Precondition, SnapshotPage, SnapshotPlace,
    Standing, StateKey, StoreError, SwarmId, Version,
};

use crate::fault::Fault;
use crate::gate::Gate;
use crate::meeting::Meeting;

/// How it keeps or breaks its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Keeps it at once.
    Prompt,
    /// Keeps it, and lives as long as the process.
    Volatile,
    /// Keeps it in its own time: calls take turns before they begin.
    Late,
    /// Keeps it in pages as small as can be, and cannot tell what a conflict found.
    Terse,
    /// Breaks it in one way.
    Broken(Fault),
}

type Place = (Namespace, StateKey);

/// What lies in one place, on a disk that is a map.
#[derive(Clone)]
pub(crate) struct Disk {
    epoch: Epoch,
    swarms: BTreeMap<SwarmId, Swarm>,
}

/// One change, and the number that its batch ends with.
#[derive(Clone)]
struct Logged {
    version: Version,
    end: Version,
    change: Change,
}

#[derive(Clone, Default)]
struct Swarm {
    log: Arc<Vec<Logged>>,
    limbo: Vec<Logged>,
    last: Version,
    horizon: Version,
}

pub(crate) struct Reference {
    pub(crate) manner: Manner,
    pub(crate) limits: Limits,
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) gate: Gate,
    pub(crate) meeting: Meeting,
}

async fn turn() {
    let mut waited = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn place_of(change: &Change) -> Option<Place> {
    match change {
        Change::Put { namespace, key, .. } | Change::Delete { namespace, key } => {
            Some((namespace.clone(), key.clone()))
        }
        _ => None,
    }
}

impl Manner {
    fn lies(self, fault: Fault) -> bool {
        self == Self::Broken(fault)
    }

    async fn takes_its_time(self) {
        if self == Self::Late {
            turn().await;
            turn().await;
        }
    }

    /// Whether a deletion of this range takes this key.
    fn takes(self, namespace: &Namespace, range: &KeyRange, place: &Place) -> bool {
        let (in_namespace, key) = place;
        if namespace != in_namespace && !self.lies(Fault::DeletesInAllNamespaces) {
            return false;
        }
        let within = range.contains(key);
        match self {
            Self::Broken(Fault::DeletesTheEnd) => within || range.to.as_ref() == Some(key),
            Self::Broken(Fault::SparesTheBeginning) => within && range.from.as_ref() != Some(key),
            Self::Broken(Fault::EndsOpenRanges) => within && (range.to.is_some() || key.as_str() <= "zz"),
            _ => within,
        }
    }
}

impl Swarm {
    /// Everything that is held, by replaying the log up to a number.
    fn held(&self, manner: Manner) -> BTreeMap<Place, Entry> {
        let mut held: BTreeMap<Place, Entry> = BTreeMap::new();
        let mut older: BTreeMap<Place, Entry> = BTreeMap::new();
        for Logged { version, end, change } in self.log.iter() {
            match change.clone() {
                Change::Put { namespace, key, value } => {
                    let version = if manner.lies(Fault::NumbersEntriesByTheirBatch) { *end } else { *version };
                    let place = (namespace.clone(), key.clone());
                    let dead = manner.lies(Fault::DeletesForEver)
                        && self.log.iter().any(|earlier| match &earlier.change {
                            Change::DeleteRange { namespace, range } => {
                                earlier.version < version && manner.takes(namespace, range, &place)
                            }
                            _ => false,
                        });
                    if !dead && let Some(old) = held.insert(place.clone(), Entry::new(namespace, key, value, version)) {
                        if manner.lies(Fault::GivesTheFirstValue) {
                            held.insert(place, old);
                        } else {
                            older.insert(place, old);
                        }
                    }
                }
                Change::Delete { namespace, key } => {
                    let place = (namespace, key);
                    held.remove(&place);
                    if manner.lies(Fault::DeletesTheLastValueOnly)
                        && let Some(old) = older.remove(&place)
                    {
                        held.insert(place, old);
                    }
                }
                Change::DeleteRange { namespace, range } => {
                    if manner.lies(Fault::ForgetsARangeNowAndThen) && version.get() % 7 == 0 {
                        continue;
                    }
                    if manner.lies(Fault::DeletesTheFirstOfARange) {
                        let first = held.keys().find(|place| manner.takes(&namespace, &range, place)).cloned();
                        first.map(|place| held.remove(&place));
                    } else {
                        held.retain(|place, _| !manner.takes(&namespace, &range, place));
                    }
                }
            }
        }
        held
    }

    /// What is to be told of the changes since a number, each with the end of its batch.
    fn told(&self, manner: Manner, since: Version) -> Vec<(Version, Happened)> {
        let held = self.held(manner);
        let last: BTreeMap<_, _> = self.log.iter().filter_map(|it| Some((place_of(&it.change)?, it.version))).collect();
        let last_range = self.log.iter().rev().find(|it| matches!(it.change, Change::DeleteRange { .. }));
        let last_range = last_range.map(|it| it.version);
        let from = if manner.lies(Fault::TellsTheLastAgain) { since.get().saturating_sub(1) } else { since.get() };
        let mut told: Vec<_> = self
            .log
            .iter()
            .filter(|it| it.version.get() > from)
            .filter_map(|Logged { version, end, change }| {
                let place = place_of(change);
                let replaced = place.is_some_and(|place| last.get(&place) > Some(version));
                if replaced && !manner.lies(Fault::TellsEverything) {
                    return None;
                }
                let version = *version;
                let happened = match change.clone() {
                    Change::Put { namespace, key, value } => {
                        let is_held = held.contains_key(&(namespace.clone(), key.clone()));
                        let tells = manner.lies(Fault::TellsWhatARangeDeleted) || manner.lies(Fault::TellsEverything);
                        if !is_held && !tells {
                            return None;
                        }
                        Happened::Put(Entry::new(namespace, key, value, version))
                    }
                    Change::Delete { .. } if manner.lies(Fault::HidesDeletions) => return None,
                    Change::Delete { namespace, key } => {
                        let place = (namespace, key);
                        let was_there = || {
                            self.log.iter().any(|it| {
                                it.version < version
                                    && matches!(it.change, Change::Put { .. })
                                    && place_of(&it.change).as_ref() == Some(&place)
                            })
                        };
                        if manner.lies(Fault::HidesDeletionsOfNothing) && !was_there() {
                            return None;
                        }
                        let (namespace, key) = place;
                        Happened::Deleted { namespace, key, version }
                    }
                    Change::DeleteRange { .. } if manner.lies(Fault::HidesRanges) => return None,
                    Change::DeleteRange { .. }
                        if manner.lies(Fault::TellsTheLastRangeOnly) && last_range != Some(version) =>
                    {
                        return None;
                    }
                    Change::DeleteRange { namespace, range } => Happened::RangeDeleted { namespace, range, version },
                };
                Some((*end, happened))
            })
            .collect();
        if manner.lies(Fault::TellsByKey) {
            let text = |it: &Happened| match it {
                Happened::Put(entry) => entry.key.to_string(),
                Happened::Deleted { key, .. } => key.to_string(),
                _ => String::new(),
            };
            told.sort_by_key(|(_, happened)| text(happened));
        }
        told
    }

    /// The last version that deleted a key, by itself or with a range; whether it has a value is no concern here.
    fn deleted(&self, manner: Manner, place: &Place) -> Option<Version> {
        let mut deletions = self.log.iter().filter(|it| match &it.change {
            Change::Delete { namespace, key } => {
                let here = *namespace == place.0 || manner.lies(Fault::SeesDeletionsInAllNamespaces);
                here && *key == place.1 && !manner.lies(Fault::SeesNoTombstones)
            }
            Change::DeleteRange { namespace, range } => {
                let was_there = || {
                    let mut earlier = self.log.iter().take_while(|other| other.version < it.version);
                    earlier.any(|other| {
                        matches!(other.change, Change::Put { .. }) && place_of(&other.change).as_ref() == Some(place)
                    })
                };
                let sees = !manner.lies(Fault::SeesWhatWasThere) || was_there();
                let all = manner.lies(Fault::SeesDeletionsOfAllKeys) && *namespace == place.0;
                sees && !manner.lies(Fault::SeesNoRanges) && (manner.takes(namespace, range, place) || all)
            }
            Change::Put { .. } => false,
        });
        let found = match manner {
            Manner::Broken(Fault::SeesTheFirstDeletion) => deletions.next(),
            _ => deletions.next_back(),
        };
        let found = found.map(|it| it.version);
        match manner {
            Manner::Broken(Fault::RemembersAllDeletions) => found,
            Manner::Broken(Fault::ForgetsAllDeletions) if self.horizon > Version::ZERO => None,
            Manner::Broken(Fault::ForgetsBeyondTheHorizon) => {
                found.filter(|version| version.get() > self.horizon.get() + 1)
            }
            Manner::Broken(Fault::SparesTheHorizon) => found.filter(|version| *version >= self.horizon),
            _ => found.filter(|version| *version > self.horizon),
        }
    }

    fn breaks(&self, manner: Manner, it: &Precondition) -> Option<Expected> {
        let held = self.held(manner);
        let place = (it.namespace.clone(), it.key.clone());
        let mut found = held.get(&place).map(|entry| entry.version);
        if manner.lies(Fault::LooksEverywhere) {
            found = held.values().find(|entry| entry.key == it.key).map(|entry| entry.version);
        }
        let last_put = self.log.iter().rev().find(|logged| {
            matches!(logged.change, Change::Put { .. }) && place_of(&logged.change).as_ref() == Some(&place)
        });
        let was_deleted = self
            .log
            .iter()
            .any(|logged| matches!(&logged.change, Change::Delete { namespace, key } if (namespace, key) == (&place.0, &place.1)));
        let trace = self.deleted(manner, &place);
        let gone = trace.map_or(Expected::Nothing, Expected::Deleted);
        let is = found.map_or(gone, Expected::Version);
        let holds = match (manner, it.expected) {
            (Manner::Broken(Fault::IgnoresAbsent), Expected::Absent) => true,
            (Manner::Broken(Fault::TakesDeletedForPresent), Expected::Absent) => found.is_none() && !was_deleted,
            (Manner::Broken(Fault::TakesRangeDeletedForPresent), Expected::Absent) => {
                found.is_none() && (last_put.is_none() || was_deleted)
            }
            (Manner::Broken(Fault::TakesAnyVersion), Expected::Version(_)) => found.is_some(),
            (Manner::Broken(Fault::RemembersVersionsOfTheDeleted), Expected::Version(version)) => {
                last_put.map(|logged| logged.version) == Some(version)
            }
            (Manner::Broken(Fault::RefusesVersions), Expected::Version(_)) => false,
            (Manner::Broken(Fault::TakesAnyDeletion), Expected::Deleted(_)) => trace.is_some() && found.is_none(),
            (Manner::Broken(Fault::TakesAbsentForDeleted), Expected::Deleted(_)) => found.is_none(),
            (Manner::Broken(Fault::TakesAbsentForNothing), Expected::Nothing) => found.is_none(),
            (Manner::Broken(Fault::RefusesDeletions), Expected::Deleted(_)) => false,
            (_, expected) => expected.holds(is),
        };
        let is = if manner.lies(Fault::AlwaysFindsAbsent) { Expected::Absent } else { is };
        (!holds).then_some(is)
    }

    fn check(&self, manner: Manner, batch: &Batch) -> Result<(), StoreError> {
        let mut broken = batch.preconditions.iter().filter_map(|it| Some((it, self.breaks(manner, it)?)));
        let named = if manner.lies(Fault::NamesTheLastConflict) { broken.next_back() } else { broken.next() };
        match named {
            None => Ok(()),
            Some((Precondition { namespace, key, expected, .. }, found)) => Err(StoreError::Conflict {
                namespace: namespace.clone(),
                key: key.clone(),
                expected: *expected,
                found: (manner != Manner::Terse).then_some(found),
            }),
        }
    }
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self { epoch: Epoch::from_bytes([7; 8]), swarms: BTreeMap::new() }
    }

    /// What a provider finds when it opens a place again.
    pub(crate) fn survive(&mut self, manner: Manner) {
        if manner.lies(Fault::DrawsAnotherEpoch) {
            self.epoch = Epoch::from_bytes(self.epoch.to_bytes().map(|byte| byte + 1));
        }
        for swarm in self.swarms.values_mut() {
            match manner {
                Manner::Broken(Fault::LosesTheLastCommit) => drop(Arc::make_mut(&mut swarm.log).pop()),
                Manner::Broken(Fault::LosesDeletions) => {
                    let held = swarm.held(manner);
                    Arc::make_mut(&mut swarm.log)
                        .retain(|it| place_of(&it.change).is_some_and(|place| held.contains_key(&place)));
                }
                Manner::Broken(Fault::CountsWhatItFinds) => {
                    swarm.last = swarm.held(manner).values().map(|entry| entry.version).max().unwrap_or_default();
                    Arc::make_mut(&mut swarm.log).retain(|it| it.version <= swarm.last);
                }
                Manner::Broken(Fault::LosesTheHorizon) => swarm.horizon = Version::ZERO,
                Manner::Broken(Fault::LosesOneInTheMiddle) if swarm.log.len() > 3 => {
                    drop(Arc::make_mut(&mut swarm.log).remove(2))
                }
                _ => {}
            }
        }
    }

    fn cursor(&self, version: Version) -> Cursor {
        Cursor { epoch: self.epoch, version }
    }
}

impl Reference {
    fn lies(&self, fault: Fault) -> bool {
        self.manner.lies(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    fn name(&self, swarm: &SwarmId) -> SwarmId {
        match self.manner {
            Manner::Broken(Fault::IgnoresSwarms | Fault::JoinsNames) => SwarmId::new("all").unwrap(),
            Manner::Broken(Fault::CutsNames) => {
                SwarmId::new(swarm.as_str().chars().take(63).collect::<String>()).unwrap()
            }
            _ => swarm.clone(),
        }
    }

    /// The namespace in which a namespace of a swarm is kept.
    fn space(&self, swarm: &SwarmId, namespace: &Namespace) -> Namespace {
        match self.manner {
            Manner::Broken(Fault::JoinsNames) => Namespace::new(format!("{swarm}.{namespace}")).unwrap(),
            _ => namespace.clone(),
        }
    }

    fn swarm(&self, swarm: &SwarmId) -> Swarm {
        self.lock().swarms.get(&self.name(swarm)).cloned().unwrap_or_default()
    }

    /// What can be read under keys.
    fn readable(&self, swarm: &SwarmId) -> BTreeMap<Place, Entry> {
        let state = self.swarm(swarm);
        let mut held = state.held(self.manner);
        if self.lies(Fault::TakesEmptyForAbsent) {
            held.retain(|_, entry| !entry.value.is_empty());
        }
        if self.lies(Fault::DeletesInAllSwarms) {
            for other in self.lock().swarms.values() {
                for logged in other.log.iter() {
                    if let Change::DeleteRange { namespace, range } = &logged.change {
                        held.retain(|place, _| !self.manner.takes(namespace, range, place));
                    }
                }
            }
        }
        if self.lies(Fault::CompactsDeletionsAway) && state.horizon > Version::ZERO {
            for logged in state.log.iter() {
                if let Change::Put { namespace, key, value } = &logged.change {
                    let (namespace, key, value) = (namespace.clone(), key.clone(), value.clone());
                    let version = logged.version;
                    held.insert((namespace.clone(), key.clone()), Entry::new(namespace, key, value, version));
                }
            }
        }
        if self.lies(Fault::CompactsValues) {
            held.retain(|_, entry| entry.version > state.horizon);
        }
        held
    }

    fn check_limits(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut limits = self.limits.clone();
        match self.manner {
            Manner::Broken(Fault::TakesEmptyBatches) if batch.changes.is_empty() => return Ok(()),
            Manner::Broken(Fault::TakesManyChanges) => limits.batch_changes = batch.changes.len(),
            Manner::Broken(Fault::TakesManyPreconditions) => {
                limits.batch_changes = limits.batch_changes.max(batch.preconditions.len());
            }
            Manner::Broken(Fault::WeighsChangesOnly) => {
                let mut light = batch.clone();
                light.preconditions.clear();
                return Ok(light.check(&limits)?);
            }
            Manner::Broken(Fault::RefusesLongKeys) => {
                let key = |change: &Change| place_of(change).map_or(0, |(_, key)| key.as_str().len());
                if batch.changes.iter().any(|change| key(change) > 511) {
                    return Err(InvalidInput::TooLong { field: "state key", limit: 511, got: 512 }.into());
                }
            }
            Manner::Broken(Fault::TakesManyBytes) => limits.batch_bytes = usize::MAX,
            Manner::Broken(Fault::RefusesAtTheLimit) => limits.batch_bytes -= 1,
            Manner::Broken(Fault::TakesEmptyRanges) => {
                if let Err(error) = batch.check(&limits)
                    && error.field() != "key range"
                {
                    return Err(error.into());
                }
                return Ok(());
            }
            _ => {}
        }
        Ok(batch.check(&limits)?)
    }

    /// The numbers of a batch, as things stand.
    fn number(&self, swarm: &SwarmId, batch: &Batch) -> Result<(Version, Version), StoreError> {
        let disk = self.lock();
        let state = disk.swarms.get(swarm).cloned().unwrap_or_default();
        let mut last = match self.manner {
            Manner::Broken(Fault::CountsWhatIsKept) => {
                let kept = state.held(self.manner).into_values().map(|entry| entry.version);
                let told = state.told(self.manner, state.horizon).into_iter().map(|(_, happened)| happened.version());
                kept.chain(told).max().unwrap_or_default()
            }
            Manner::Broken(Fault::CountsForAllSwarms) => {
                disk.swarms.values().map(|it| it.last).max().unwrap_or_default()
            }
            _ => state.last,
        };
        last = match self.manner {
            Manner::Broken(Fault::IgnoresFloors) => last,
            Manner::Broken(Fault::NumbersFromTheFloor) if batch.floor > Version::ZERO => batch.floor,
            _ => last.max(batch.floor),
        };
        if self.lies(Fault::SkipsNumbers) {
            last = last.next().unwrap_or(last);
        }
        let more = batch.changes.len() as u64;
        let end = last.plus(more).ok().filter(|end| *end < Version::MAX || !self.lies(Fault::SparesTheLastNumber));
        match end {
            Some(end) => Ok((last.next()?, end)),
            None if self.lies(Fault::StaysAtTheLastNumber) => Ok((Version::MAX, Version::MAX)),
            None => Err(StoreError::SequenceExhausted { last, more }),
        }
    }

    fn log(&self, swarm: &SwarmId, logged: impl IntoIterator<Item = Logged>, limbo: bool) {
        let mut disk = self.lock();
        let state = disk.swarms.entry(swarm.clone()).or_default();
        for it in logged {
            state.last = it.version;
            if limbo { state.limbo.push(it) } else { Arc::make_mut(&mut state.log).push(it) }
        }
    }

    fn standing_of(&self, state: &Swarm) -> Standing {
        let disk = self.lock();
        let last = match self.manner {
            Manner::Broken(Fault::BeginsAtOne) => state.last.max(Version::new(1).unwrap()),
            Manner::Broken(Fault::StandsAtTheLastValue) => {
                state.held(self.manner).values().map(|entry| entry.version).max().unwrap_or_default()
            }
            _ => state.last,
        };
        Standing::new(disk.cursor(last), disk.cursor(state.horizon))
    }

    /// Cuts what a page has no room for; whether there was any.
    fn cut<T>(&self, all: &mut Vec<T>, limit: usize, size: fn(&T) -> usize, many: Fault, no_large: Fault) -> bool {
        let (mut items, mut bytes) = (0, 0);
        for item in all.iter() {
            let full = bytes >= self.limits.page_bytes && !self.lies(many) || items >= limit;
            if items > 0 && full || self.lies(no_large) && bytes + size(item) > self.limits.page_bytes {
                break;
            }
            items += 1;
            bytes += size(item);
        }
        let more = all.len() > items;
        all.truncate(items);
        more
    }

    fn page(&self, asked: usize, none: Fault, unlimited: Fault, own: Fault) -> Result<usize, InvalidInput> {
        if asked == 0 && self.lies(none) {
            return Ok(0);
        }
        let page = self.limits.page(asked)?;
        Ok(match self.manner {
            Manner::Terse => 1,
            _ if self.lies(unlimited) => 1_000,
            _ if self.lies(own) => asked,
            _ => page,
        })
    }
}

#[async_trait]
impl MemoryProvider for Reference {
    fn persistence(&self) -> Persistence {
        if self.manner == Manner::Volatile { Persistence::Process } else { Persistence::Crash }
    }

    fn admit(&self) -> Result<(), StoreError> {
        let refuses = self.lies(Fault::RefusesOnceWritten) && !self.lock().swarms.is_empty();
        if refuses { Err(StoreError::Poisoned { why: "it was written to".to_owned() }) } else { Ok(()) }
    }

    async fn commit(&self, swarm: &SwarmId, mut batch: Batch) -> Result<Committed, StoreError> {
        self.manner.takes_its_time().await;
        let name = self.name(swarm);
        for change in &mut batch.changes {
            let (Change::Put { namespace, .. }
            | Change::Delete { namespace, .. }
            | Change::DeleteRange { namespace, .. }) = change;
            *namespace = self.space(swarm, namespace);
        }
        self.check_limits(&batch)?;
        let waits = [
            Fault::LooksBeforeItsTurn,
            Fault::NumbersBeforeItsTurn,
            Fault::WritesInTwoSteps,
            Fault::IsDroppedBetweenTwoSteps,
            Fault::JudgesBeforeItWrites,
        ];
        let open = waits.iter().any(|fault| self.lies(*fault));
        let _inside = loop {
            match self.gate.try_enter() {
                None if !open => turn().await,
                inside => break inside.filter(|_| !open),
            }
        };
        let checked = self.swarm(swarm).check(self.manner, &batch);
        let late = self.lies(Fault::WritesBeforeItLooks) || self.lies(Fault::LooksBehindTheBatch);
        if let Err(error) = checked
            && !late
        {
            if self.lies(Fault::CountsRefusals) {
                let mut disk = self.lock();
                let state = disk.swarms.entry(name).or_default();
                state.last = state.last.next()?;
            }
            return Err(error);
        }
        if self.lies(Fault::JudgesBeforeItWrites) {
            self.meeting.meet();
        }
        if self.lies(Fault::LooksBeforeItsTurn) {
            turn().await;
        }
        let (first, last) = self.number(&name, &batch)?;
        if self.lies(Fault::NumbersBeforeItsTurn) {
            turn().await;
        }
        if self.lies(Fault::DeletesFirst) {
            batch.changes.sort_by_key(|change| matches!(change, Change::Put { .. }));
        }
        let versions = (first.get()..=last.get()).map(|number| Version::new(number).unwrap());
        let logged = versions.zip(batch.changes.clone()).map(|(version, change)| Logged { version, end: last, change });
        let mut logged: Vec<_> = logged.collect();
        let before = self.swarm(swarm);
        if self.lies(Fault::WritesInTwoSteps) || self.lies(Fault::IsDroppedBetweenTwoSteps) {
            let rest = logged.split_off(logged.len() / 2);
            self.log(&name, logged, false);
            turn().await;
            self.log(&name, rest, false);
        } else {
            let eventual = batch.durability == Durability::Eventual && self.lies(Fault::HidesEventualCommits);
            self.log(&name, logged, eventual);
        }
        if late {
            let behind = if self.lies(Fault::WritesBeforeItLooks) { before.clone() } else { self.swarm(swarm) };
            if let Err(error) = behind.check(self.manner, &batch) {
                if self.lies(Fault::LooksBehindTheBatch) {
                    self.lock().swarms.insert(name, before);
                }
                return Err(error);
            }
        }
        let epoch = if self.lies(Fault::NamesAnotherEpoch) { Epoch::from_bytes([0; 8]) } else { self.lock().epoch };
        Ok(Committed::new(epoch, first, last))
    }

    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        self.manner.takes_its_time().await;
        let place = (namespace.clone(), key.clone());
        let value = self.readable(swarm).get(&place).cloned().filter(|_| !self.lies(Fault::OverlooksValues));
        let deleted = self.swarm(swarm).deleted(self.manner, &place);
        Ok(match (value, deleted) {
            (Some(_), Some(version)) if self.lies(Fault::SeesDeletionsOfTheRevived) => Held::Deleted(version),
            (Some(entry), _) => Held::Value(entry),
            (None, Some(version)) => Held::Deleted(version),
            (None, None) => Held::Nothing,
        })
    }

    async fn get(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Option<Entry>, StoreError> {
        self.manner.takes_its_time().await;
        let held = self.readable(swarm);
        let place = (namespace.clone(), key.clone());
        Ok(match self.manner {
            Manner::Broken(Fault::JoinsNames) => held.get(&(self.space(swarm, namespace), key.clone())).cloned(),
            Manner::Broken(Fault::GivesNothing) => None,
            Manner::Broken(Fault::GivesTheKeyBefore) => {
                held.range(..=place).next_back().map(|(_, entry)| entry.clone())
            }
            Manner::Broken(Fault::IgnoresCase) => {
                held.into_values().find(|entry| entry.key.as_str().eq_ignore_ascii_case(key.as_str()))
            }
            Manner::Broken(Fault::IgnoresNamespaces) => held.into_values().find(|entry| entry.key == *key),
            _ => held.get(&place).cloned(),
        })
    }

    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.manner.takes_its_time().await;
        let limit = self.page(limit, Fault::ListsNone, Fault::ListsWithoutLimit, Fault::ListsWithoutOwnLimit)?;
        let mut held = self.readable(swarm);
        if self.lies(Fault::ListsTombstones) {
            for logged in self.swarm(swarm).log.iter().cloned() {
                if let Change::Delete { namespace, key } = logged.change {
                    let (value, version) = (Default::default(), logged.version);
                    held.insert((namespace.clone(), key.clone()), Entry::new(namespace, key, value, version));
                }
            }
        }
        if range.is_empty() && self.lies(Fault::RefusesEmptyRanges) {
            return Err(InvalidInput::Empty { field: "key range" }.into());
        }
        let there = after.is_none_or(|after| held.contains_key(&(namespace.clone(), after.clone())));
        if !there && self.lies(Fault::NeedsTheStart) {
            return Ok(Listing::new(Vec::new(), None));
        }
        let mut entries: Vec<_> = held.into_values().filter(|entry| entry.namespace == *namespace).collect();
        if self.lies(Fault::ListsByVersion) {
            entries.sort_by_key(|entry| entry.version);
        }
        let begins = after.is_some() && self.lies(Fault::ForgetsWhereARangeBegins);
        entries.retain(|entry| match self.manner {
            Manner::Broken(Fault::ListsAllRanges) => true,
            Manner::Broken(Fault::ListsTheEndOfARange) => {
                range.contains(&entry.key) || range.to.as_ref() == Some(&entry.key)
            }
            Manner::Broken(Fault::SkipsTheBeginningOfARange) => {
                range.contains(&entry.key) && range.from.as_ref() != Some(&entry.key)
            }
            _ if begins => range.to.as_ref().is_none_or(|to| entry.key < *to),
            _ => range.contains(&entry.key),
        });
        entries.retain(|entry| {
            after.is_none_or(|after| entry.key > *after || entry.key == *after && self.lies(Fault::ListsTheStart))
        });
        let more = self.cut(&mut entries, limit, Entry::bytes, Fault::ListsManyBytes, Fault::ListsNoLargeValue)
            || entries.len() == limit && self.lies(Fault::ListsAnEmptyPage);
        let ends = !more || self.lies(Fault::EndsAListAtTheLimit);
        let next = if ends { None } else { entries.last().map(|entry| entry.key.clone()) };
        Ok(Listing::new(entries, next))
    }

    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.manner.takes_its_time().await;
        let limit = self.page(limit, Fault::TellsNone, Fault::TellsWithoutLimit, Fault::TellsWithoutOwnLimit)?;
        let state = self.swarm(swarm);
        let Standing { last, oldest, .. } = self.standing_of(&state);
        let beginner = since.is_none();
        let begin =
            if self.lies(Fault::BeginsBehindTheFirst) { state.last.min(Version::new(1)?) } else { Version::ZERO };
        let since = since.unwrap_or(Cursor { version: begin, ..last });
        if since.version > last.version && self.lies(Fault::LooksAheadFirst) {
            return Err(StoreError::CursorAhead { since, last });
        }
        let old = match self.manner {
            Manner::Broken(Fault::ServesBehindTheHorizon) => false,
            Manner::Broken(Fault::ServesBeginners) => !beginner && since.version < oldest.version,
            Manner::Broken(Fault::RefusesTheHorizon) => {
                since.version <= oldest.version && oldest.version > Version::ZERO
            }
            _ => since.version < oldest.version,
        };
        if old || since.epoch != last.epoch && !self.lies(Fault::IgnoresEpochs) {
            return Err(StoreError::TooOld { since, oldest });
        }
        if since.version > last.version {
            if self.lies(Fault::ServesTheFuture) {
                return Ok(Changes::new(Vec::new(), since, false));
            }
            return Err(StoreError::CursorAhead { since, last });
        }
        let mut told = state.told(self.manner, since.version);
        if self.lies(Fault::CompactsEverything) && state.horizon > Version::ZERO {
            told.retain(|(_, happened)| matches!(happened, Happened::Put(_)));
        }
        let (mut happened, mut next) = (Vec::new(), since.version);
        let total = told.len();
        let whole = !self.lies(Fault::SplitsBatches);
        let mut bytes = 0;
        for (end, it) in told {
            let over = bytes >= self.limits.page_bytes && !self.lies(Fault::TellsManyBytes);
            if (happened.len() >= limit || over) && !(whole && end == next) {
                break;
            }
            bytes += it.bytes();
            if bytes > self.limits.page_bytes && self.lies(Fault::TellsNoLargeValue) {
                break;
            }
            next = if whole { end } else { it.version() };
            happened.push(it);
        }
        if happened.len() > limit && self.lies(Fault::WaitsForALargerLimit) {
            return Ok(Changes::new(Vec::new(), since, true));
        }
        let more = match self.manner {
            Manner::Broken(Fault::NeverSaysMore) => false,
            Manner::Broken(Fault::AlwaysSaysMore) => !happened.is_empty(),
            _ => happened.len() < total,
        };
        if self.lies(Fault::MovesTheReader) && happened.is_empty() {
            next = Version::ZERO;
        }
        Ok(Changes::new(happened, Cursor { version: next, ..last }, more))
    }

    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.manner.takes_its_time().await;
        let limit = self.page(limit, Fault::SnapsNone, Fault::SnapsWithoutLimit, Fault::SnapsWithoutOwnLimit)?;
        let state = self.swarm(swarm);
        let Standing { last, oldest, .. } = self.standing_of(&state);
        let start = place.as_ref().map_or(last, |place| place.start);
        if start.epoch != last.epoch && !self.lies(Fault::SnapsOtherLives) {
            return Err(StoreError::TooOld { since: start, oldest });
        }
        let after = place.map(|place| place.after);
        let held = self.readable(swarm);
        let behind = held.into_iter().filter(|(at, _)| after.as_ref().is_none_or(|after| at > after));
        let mut entries: Vec<_> = behind.map(|(_, entry)| entry).collect();
        if self.lies(Fault::SnapsOneNamespace) {
            entries.retain(|entry| entry.namespace.as_str() == "left");
        }
        let more = self.cut(&mut entries, limit, Entry::bytes, Fault::SnapsManyBytes, Fault::SnapsNoLargeValue)
            || entries.len() == limit && self.lies(Fault::SnapsAnEmptyPage);
        let end = entries.last().map(|entry| (entry.namespace.clone(), entry.key.clone()));
        let first = entries.first().map(|entry| (entry.namespace.clone(), entry.key.clone()));
        if self.lies(Fault::SnapsBackwards) {
            entries.reverse();
        }
        let closes = more
            || self.lies(Fault::ClosesTheEnds)
            || self.lies(Fault::SnapsTombstonesAsGaps)
            || end.is_none() && self.lies(Fault::ClosesAnEmptySnapshot);
        let nothing = (Namespace::new("a").unwrap(), StateKey::new("a").unwrap());
        let through = closes.then(|| end.clone().unwrap_or(nothing));
        let start =
            if self.lies(Fault::StartsWithTheLastPage) || self.lies(Fault::ForgetsTheStart) { last } else { start };
        let after = match (&after, first) {
            (Some(_), Some((namespace, key))) if self.lies(Fault::LeavesGaps) => {
                Some((namespace, StateKey::new(format!("{key}!"))?))
            }
            _ => after,
        };
        let as_of = if self.lies(Fault::DatesPagesByTheStart) { start } else { last };
        let mut page = SnapshotPage::new(after, entries, as_of, start, more);
        page.through = through;
        page.next = end.filter(|_| more).map(|after| SnapshotPlace::new(start, after));
        Ok(page)
    }

    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.manner.takes_its_time().await;
        Ok(self.standing_of(&self.swarm(swarm)))
    }

    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.manner.takes_its_time().await;
        {
            let mut disk = self.lock();
            let state = disk.swarms.entry(self.name(swarm)).or_default();
            let capped = if self.lies(Fault::MovesTheHorizonAhead) { horizon } else { horizon.min(state.last) };
            state.horizon = match self.manner {
                Manner::Broken(Fault::KeepsTheHorizon) => state.horizon,
                Manner::Broken(Fault::MovesTheHorizonBack) => capped,
                _ => state.horizon.max(capped),
            };
            if self.lies(Fault::NumbersCompactions) {
                state.last = state.last.next()?;
            }
            if self.lies(Fault::CompactsAllSwarms) {
                disk.swarms.values_mut().for_each(|state| state.horizon = horizon.min(state.last));
            }
        }
        Ok(self.standing_of(&self.swarm(swarm)))
    }
}
