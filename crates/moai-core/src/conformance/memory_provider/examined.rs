//! A memory provider under examination, spoken to in short words.
//!
//! A change is written as people would: `a=1` puts, `-a` deletes, `-b..d` deletes a range, open sides left out. Keys
//! stand in the namespace `left`, unless they say `right/`. What is read is written the same way, with `@` and its
//! number.

use std::sync::Arc;

use super::MemoryProviderFixture;
use super::replica::Replica;
use crate::conformance::check::{Miss, Verdict, demand, same};
use crate::{
    Batch, Committed, Cursor, Entry, Expected, Happened, Held, KeyRange, Limits, Listing, MemoryProvider, Namespace,
    Persistence, SnapshotPage, Standing, StateKey, StoreError, SwarmId, Version,
};

/// How many changes a batch holds at the most.
pub(super) const BATCH_CHANGES: usize = 4;
/// How many bytes a batch holds at the most.
pub(super) const BATCH_BYTES: usize = 2_048;
/// How many items a page holds at the most, whatever is asked for.
pub(super) const PAGE_ITEMS: usize = 3;
/// After how many bytes of keys and values a page takes nothing more.
pub(super) const PAGE_BYTES: usize = 1_024;
/// After so many pages a walk is taken to have no end.
const ENDLESS: usize = 10_000;

/// A fresh provider.
pub(super) struct Examined<'a> {
    pub(super) fixture: &'a dyn MemoryProviderFixture,
    place: String,
    pub(super) provider: Arc<dyn MemoryProvider>,
    pub(super) swarm: SwarmId,
}

/// A key.
pub(super) fn key(text: &str) -> Verdict<StateKey> {
    Ok(StateKey::new(text)?)
}

/// A namespace and a key: `a` is `left/a`.
pub(super) fn place(text: &str) -> Verdict<(Namespace, StateKey)> {
    let (namespace, text) = text.split_once('/').unwrap_or(("left", text));
    Ok((Namespace::new(namespace)?, key(text)?))
}

/// A version.
pub(super) fn version(number: u64) -> Verdict<Version> {
    Ok(Version::new(number)?)
}

/// A batch of changes.
pub(super) fn batch(changes: &[&str]) -> Verdict<Batch> {
    changes.iter().try_fold(Batch::new(), |batch, change| {
        if let Some((at, value)) = change.split_once('=') {
            let (namespace, key) = place(at)?;
            return Ok(batch.put(namespace, key, value.to_owned()));
        }
        let Some(gone) = change.strip_prefix('-') else {
            return Err(Miss::Broken(format!("the exam itself is wrong: {change} is no change")));
        };
        let Some((from, to)) = gone.split_once("..") else {
            let (namespace, key) = place(gone)?;
            return Ok(batch.delete(namespace, key));
        };
        let (namespace, from) = from.split_once('/').unwrap_or(("left", from));
        let side = |text: &str| (!text.is_empty()).then(|| key(text)).transpose();
        Ok(batch.delete_range(Namespace::new(namespace)?, KeyRange { from: side(from)?, to: side(to)? }))
    })
}

/// A batch that expects something of a key.
pub(super) fn requiring(changes: &[&str], at: &str, expected: Expected) -> Verdict<Batch> {
    let (namespace, key) = place(at)?;
    Ok(batch(changes)?.require(namespace, key, expected))
}

/// Demands that a page, of items with these bytes, took nothing more once they had reached the limit.
pub(super) fn light(what: &str, bytes: impl Iterator<Item = usize>) -> Verdict {
    let mut held = 0;
    for bytes in bytes {
        demand!(held < PAGE_BYTES, "{what} took one more, where it held {held} of {PAGE_BYTES} bytes");
        held += bytes;
    }
    Ok(())
}

fn at(namespace: &Namespace, rest: impl std::fmt::Display) -> String {
    if namespace.as_str() == "left" { rest.to_string() } else { format!("{namespace}/{rest}") }
}

/// An entry, as it was written.
pub(super) fn entry_text(Entry { namespace, key, value, version }: &Entry) -> String {
    at(namespace, format!("{key}={}@{version}", String::from_utf8_lossy(value)))
}

/// Entries, as they were written.
pub(super) fn entry_texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(entry_text).collect()
}

/// What happened, as it was written.
pub(super) fn happened_text(happened: &Happened) -> String {
    match happened {
        Happened::Put(entry) => entry_text(entry),
        Happened::Deleted { namespace, key, version } => format!("-{}", at(namespace, format!("{key}@{version}"))),
        Happened::RangeDeleted { namespace, range, version } => {
            let side = |key: &Option<StateKey>| key.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("-{}", at(namespace, format!("{}..{}@{version}", side(&range.from), side(&range.to))))
        }
    }
}

impl<'a> Examined<'a> {
    fn limits() -> Limits {
        let (batch_changes, batch_bytes) = (BATCH_CHANGES, BATCH_BYTES);
        Limits { batch_changes, batch_bytes, page_items: PAGE_ITEMS, page_bytes: PAGE_BYTES, ..Limits::default() }
    }

    /// A provider in a place of this name.
    pub(super) async fn new(fixture: &'a dyn MemoryProviderFixture, name: &str) -> Verdict<Self> {
        let provider = fixture.open(name, Self::limits()).await;
        Ok(Self { fixture, place: name.to_owned(), provider, swarm: SwarmId::new("swarm-001")? })
    }

    /// The same provider, for another swarm.
    pub(super) fn other_swarm(&self) -> Verdict<Self> {
        let swarm = SwarmId::new("swarm-002")?;
        Ok(Self { fixture: self.fixture, place: self.place.clone(), provider: Arc::clone(&self.provider), swarm })
    }

    /// Closes the place, and opens it again.
    pub(super) async fn reopen(self) -> Verdict<Self> {
        if self.provider.persistence() == Persistence::Process {
            return Err(Miss::NotPromised("it lives as long as the process does"));
        }
        let Self { fixture, place, provider, swarm } = self;
        drop(provider);
        let provider = fixture.open(&place, Self::limits()).await;
        Ok(Self { fixture, place, provider, swarm })
    }

    /// Commits, whatever comes of it.
    pub(super) async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.provider.commit(&self.swarm, batch).await
    }

    /// Commits changes.
    pub(super) async fn write(&self, changes: &[&str]) -> Verdict<Committed> {
        Ok(self.commit(batch(changes)?).await?)
    }

    /// Commits each change by itself.
    pub(super) async fn write_each(&self, changes: &[&str]) -> Verdict {
        for change in changes {
            self.write(&[change]).await?;
        }
        Ok(())
    }

    /// What there is under a key.
    pub(super) async fn look(&self, at: &str) -> Verdict<Held> {
        let (namespace, key) = place(at)?;
        Ok(self.provider.look(&self.swarm, &namespace, &key).await?)
    }

    /// The entry under a key.
    pub(super) async fn get(&self, at: &str) -> Verdict<Option<Entry>> {
        let (namespace, key) = place(at)?;
        Ok(self.provider.get(&self.swarm, &namespace, &key).await?)
    }

    /// Demands what `get` gives.
    pub(super) async fn gives(&self, at: &str, due: Option<&str>) -> Verdict {
        let got = self.get(at).await?.as_ref().map(entry_text);
        same(&format!("what lies under {at}"), &got.as_deref(), &due)
    }

    /// A whole namespace, read in pages of `limit`.
    pub(super) async fn list(&self, namespace: &str, limit: usize) -> Verdict<Vec<Entry>> {
        let pages = self.list_pages(namespace, &KeyRange::ALL, limit).await?;
        Ok(pages.into_iter().flat_map(|page| page.entries).collect())
    }

    /// Every page of a range.
    pub(super) async fn list_pages(&self, namespace: &str, range: &KeyRange, limit: usize) -> Verdict<Vec<Listing>> {
        let (namespace, mut after, mut pages) = (Namespace::new(namespace)?, None, Vec::new());
        for _ in 0..ENDLESS {
            let page = self.provider.list(&self.swarm, &namespace, range, after.as_ref(), limit).await?;
            after = page.next.clone();
            pages.push(page);
            if after.is_none() {
                return Ok(pages);
            }
        }
        Err(Miss::Broken("a list has no end".to_owned()))
    }

    /// Writes three values under `a`, `b` and `c`: the first two, with their keys, are so many bytes long.
    pub(super) async fn write_bytes(&self, two: usize) -> Verdict {
        for (at, length) in [("a", 500), ("b", two - 502), ("c", 7)] {
            let (namespace, key) = place(at)?;
            self.commit(Batch::new().put(namespace, key, vec![7; length])).await?;
        }
        Ok(())
    }

    /// Demands what lists and single reads give, of both namespaces.
    pub(super) async fn holds(&self, due: &[&str]) -> Verdict {
        let mut all = self.list("left", PAGE_ITEMS).await?;
        all.extend(self.list("right", PAGE_ITEMS).await?);
        same(
            "what is listed",
            entry_texts(&all).as_slice(),
            &due.iter().map(|&due| due.to_owned()).collect::<Vec<_>>(),
        )?;
        for entry in &all {
            let got = self.provider.get(&self.swarm, &entry.namespace, &entry.key).await?;
            same("what lies under a listed key", &got.as_ref(), &Some(entry))?;
        }
        Ok(())
    }

    /// A cursor at this number.
    pub(super) async fn cursor(&self, number: u64) -> Verdict<Cursor> {
        Ok(Cursor { version: version(number)?, ..self.standing().await?.last })
    }

    /// What happened since a cursor, read to the end in pages of `limit`, and the cursor behind it.
    pub(super) async fn read_on(&self, since: Option<Cursor>, limit: usize) -> Verdict<(Vec<Happened>, Cursor)> {
        let (mut since, mut all) = (since, Vec::new());
        for _ in 0..ENDLESS {
            let page = self.provider.changes(&self.swarm, since, limit).await?;
            let before = since.map_or(Version::ZERO, |since| since.version);
            demand!(!page.more || page.next.version > before, "a page says that there is more, and stays at {before}");
            all.extend(page.happened);
            if !page.more {
                return Ok((all, page.next));
            }
            since = Some(page.next);
        }
        Err(Miss::Broken("changes have no end".to_owned()))
    }

    /// Demands what happened since a number; 0 reads from the beginning.
    pub(super) async fn tells(&self, since: u64, due: &[&str]) -> Verdict {
        let since = if since == 0 { None } else { Some(self.cursor(since).await?) };
        let (happened, _) = self.read_on(since, PAGE_ITEMS).await?;
        let got: Vec<_> = happened.iter().map(happened_text).collect();
        same("what happened", &got, &due.iter().map(|&due| due.to_owned()).collect::<Vec<_>>())
    }

    /// Every page of a snapshot.
    pub(super) async fn snapshot(&self, limit: usize) -> Verdict<Vec<SnapshotPage>> {
        let (mut place, mut pages) = (None, Vec::new());
        for _ in 0..ENDLESS {
            let page = self.provider.snapshot(&self.swarm, place, limit).await?;
            place = page.next.clone();
            pages.push(page);
            if place.is_none() {
                return Ok(pages);
            }
        }
        Err(Miss::Broken("a snapshot has no end".to_owned()))
    }

    /// Everything the swarm holds, as a reader who had `held` has it after a snapshot.
    pub(super) async fn replaced(&self, held: Replica, limit: usize) -> Verdict<Vec<String>> {
        let mut replica = held;
        for page in self.snapshot(limit).await? {
            replica.replace(&page);
        }
        Ok(entry_texts(&replica.entries()))
    }

    /// Where the swarm stands.
    pub(super) async fn standing(&self) -> Verdict<Standing> {
        Ok(self.provider.standing(&self.swarm).await?)
    }

    /// Demands where the swarm stands: behind which change, and with which horizon.
    pub(super) async fn stands_at(&self, last: u64, oldest: u64) -> Verdict {
        let Standing { last: got_last, oldest: got_oldest, .. } = self.standing().await?;
        same("the last change", &got_last.version.get(), &last)?;
        same("the horizon", &got_oldest.version.get(), &oldest)?;
        same("the epoch of the horizon", &got_oldest.epoch, &got_last.epoch)
    }

    /// Moves the horizon.
    pub(super) async fn compact(&self, horizon: u64) -> Verdict<Standing> {
        Ok(self.provider.compact(&self.swarm, version(horizon)?).await?)
    }
}
