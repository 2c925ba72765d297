//! A long life of seeded chance, held against a plain log of everything that was ever changed.

use std::collections::BTreeMap;

use super::MemoryProviderFixture;
use super::examined::{Examined, entry_texts, place, version};
use super::replica::Replica;
use crate::conformance::check::{Miss, Verdict, checks, demand, same};
use crate::{Batch, Chance, Change, Entry, Expected, KeyRange, Namespace, SeededChance, StateKey, StoreError, Version};

checks! { MemoryProviderFixture, Examined:
    "A reader that applies changes from anywhere, or a snapshot, ends with what the store holds."
        => a_long_life_ends_elsewhere,
}

/// How many things are done in a life.
const DEEDS: u64 = 200;
/// After how many deeds all is compared.
const PAUSE: u64 = 50;
const KEYS: [&str; 7] = ["a", "ab", "b", "c", "d", "é", "z"];

/// Every change that was ever made, with its number.
#[derive(Default)]
struct Log {
    changes: Vec<(Version, Change)>,
    last: Version,
    horizon: Version,
}

impl Log {
    /// What the swarm held behind a number.
    fn at(&self, number: Version) -> BTreeMap<(Namespace, StateKey), Entry> {
        let mut held = BTreeMap::new();
        for (version, change) in self.changes.iter().take_while(|(version, _)| *version <= number) {
            match change.clone() {
                Change::Put { namespace, key, value } => {
                    let entry = Entry { namespace: namespace.clone(), key: key.clone(), value, version: *version };
                    held.insert((namespace, key), entry);
                }
                Change::Delete { namespace, key } => drop(held.remove(&(namespace, key))),
                Change::DeleteRange { namespace, range } => {
                    held.retain(|(in_namespace, key), _| *in_namespace != namespace || !range.contains(key));
                }
            }
        }
        held
    }

    /// What a key is: by its last change, while a deletion is not behind the horizon.
    fn found(&self, (namespace, key): &(Namespace, StateKey)) -> Expected {
        let last = self.changes.iter().rev().find_map(|(version, change)| match change {
            Change::Put { namespace: its_namespace, key: its_key, .. } => {
                ((its_namespace, its_key) == (namespace, key)).then_some(Expected::Version(*version))
            }
            Change::Delete { namespace: its_namespace, key: its_key } => {
                ((its_namespace, its_key) == (namespace, key)).then_some(Expected::Deleted(*version))
            }
            Change::DeleteRange { namespace: its_namespace, range } => {
                (its_namespace == namespace && range.contains(key)).then_some(Expected::Deleted(*version))
            }
        });
        match last {
            Some(Expected::Deleted(version)) if version <= self.horizon => Expected::Nothing,
            found => found.unwrap_or(Expected::Nothing),
        }
    }
}

/// A life's chance.
struct Dice(SeededChance);

impl Dice {
    /// A number below `sides`.
    fn roll(&self, sides: u64) -> Verdict<u64> {
        let drawn = self.0.draw().map_err(|error| Miss::Broken(error.to_string()))?;
        Ok(drawn % sides)
    }

    fn key(&self) -> Verdict<(Namespace, StateKey)> {
        let mut places = KEYS.iter().cycle().skip(usize::try_from(self.roll(KEYS.len() as u64)?).unwrap_or(0));
        let key = places.next().copied().unwrap_or("a");
        place(&if self.roll(3)? == 0 { format!("right/{key}") } else { key.to_owned() })
    }

    fn change(&self, batch: Batch, number: u64) -> Verdict<Batch> {
        let (namespace, key) = self.key()?;
        Ok(match self.roll(10)? {
            0..6 => batch.put(namespace, key, number.to_string()),
            6..8 => batch.delete(namespace, key),
            _ => {
                let (_, other) = self.key()?;
                let (from, to) = if key < other { (key, other) } else { (other, key) };
                let open = self.roll(4)?;
                let range = KeyRange { from: (open != 0).then_some(from), to: (open != 1).then_some(to) };
                // Both keys may be the same.
                if range.is_empty() {
                    batch.delete_range(namespace, KeyRange::ALL)
                } else {
                    batch.delete_range(namespace, range)
                }
            }
        })
    }
}

async fn a_long_life_ends_elsewhere(exam: Examined<'_>) -> Verdict {
    let (dice, mut log) = (Dice(SeededChance::new(17)), Log::default());
    for number in 1..=DEEDS {
        if dice.roll(25)? == 0 {
            let horizon = Version::new(dice.roll(log.last.get() + 3)?)?;
            exam.compact(horizon.get()).await?;
            log.horizon = log.horizon.max(horizon.min(log.last));
        } else {
            write(&exam, &dice, &mut log, number).await?;
        }
        exam.stands_at(log.last.get(), log.horizon.get()).await?;
        if number % PAUSE == 0 {
            compare(&exam, &dice, &log).await?;
        }
    }
    Ok(())
}

/// Commits a batch of chance; the log tells what must come of it.
async fn write(exam: &Examined<'_>, dice: &Dice, log: &mut Log, number: u64) -> Verdict {
    let mut batch = Batch::new();
    for _ in 0..=dice.roll(4)? {
        batch = dice.change(batch, number)?;
    }
    if dice.roll(6)? == 0 {
        batch = batch.floor(Version::new(log.last.get() + dice.roll(5)?)?);
    }
    let mut conflict = None;
    for _ in 0..dice.roll(3)? {
        let (namespace, key) = dice.key()?;
        let is = log.found(&(namespace.clone(), key.clone()));
        let expected = match dice.roll(9)? {
            0 => Expected::Absent,
            1 => Expected::Nothing,
            2 => Expected::Deleted(Version::new(dice.roll(log.last.get() + 1)?)?),
            3 => Expected::Version(Version::new(dice.roll(log.last.get() + 1)?)?),
            _ => is,
        };
        if !expected.holds(is) && conflict.is_none() {
            conflict = Some((namespace.clone(), key.clone()));
        }
        batch = batch.require(namespace, key, expected);
    }
    let (changes, floor) = (batch.changes.clone(), batch.floor);
    match (exam.commit(batch).await, conflict) {
        (Err(StoreError::Conflict { namespace, key, .. }), Some(due)) => {
            same("where the conflict lies", &(namespace, key), &due)
        }
        (got, Some(due)) => Err(Miss::Broken(format!("due was a conflict at {due:?}, got {got:?}"))),
        (got, None) => {
            let committed = got?;
            same("the first number", &committed.first, &log.last.max(floor).next()?)?;
            log.changes.extend(committed.versions().zip(changes));
            log.last = committed.last;
            Ok(())
        }
    }
}

/// Compares all that can be read with the log.
async fn compare(exam: &Examined<'_>, dice: &Dice, log: &Log) -> Verdict {
    let now: Vec<Entry> = log.at(log.last).into_values().collect();
    let due = entry_texts(&now);
    let mut listed = exam.list("left", 2).await?;
    listed.extend(exam.list("right", 3).await?);
    same("what is listed", &entry_texts(&listed), &due)?;
    for key in KEYS {
        let (got, looked) = (exam.get(key).await?, exam.look(key).await?);
        let (namespace, key) = place(key)?;
        let due = log.found(&(namespace.clone(), key.clone()));
        same("what a look expects", &looked.expected(), &due)?;
        let held = now.iter().find(|entry| entry.namespace == namespace && entry.key == key);
        same("what lies under a key", &got.as_ref(), &held)?;
    }
    // Every cursor near the ends, and some between.
    let mut cursors =
        vec![0, log.horizon.get(), log.horizon.get() + 1, log.last.get().saturating_sub(1), log.last.get()];
    for _ in 0..8 {
        cursors.push(dice.roll(log.last.get() + 1)?);
    }
    for since in cursors.into_iter().filter(|&since| since <= log.last.get()) {
        let (number, cursor) = (version(since)?, exam.cursor(since).await?);
        let limit = 1 + usize::from(since % 4 != 0) * 2;
        let mut replica = Replica::of(log.at(number).into_values());
        if number < log.horizon {
            let got = exam.provider.changes(&exam.swarm, Some(cursor), limit).await;
            demand!(matches!(got, Err(StoreError::TooOld { .. })), "a cursor behind the horizon got {got:?}");
            same("a stale reader after a snapshot", &exam.replaced(replica, limit).await?, &due)?;
            continue;
        }
        let (happened, next) = exam.read_on(Some(cursor), limit).await?;
        demand!(happened.iter().is_sorted_by(|a, b| a.version() < b.version()), "changes come as {happened:?}");
        replica.follow(&happened);
        same(&format!("a reader from {since}"), &entry_texts(&replica.entries()), &due)?;
        same("where it stands then", &next.version, &log.last)?;
    }
    Ok(())
}
