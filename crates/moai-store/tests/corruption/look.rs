//! What a damaged store says.

use std::path::Path;

use bytes::Bytes;
use moai_core::{Batch, Coded, Entry, Happened, Journal, KeyRange, StateKey, StoreError};
use moai_store::SqliteStore;

use crate::kept::{Kept, Place, spaces, swarms};

/// How a damage showed itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not at all: everything is as it was.
    Whole,
    /// The file was not opened.
    Refused,
    /// A read, or `verify`, said so.
    Found,
}

/// Reads everything in every way. An error is what must never be.
pub(crate) fn at(path: &Path, kept: &Kept) -> Result<Seen, String> {
    let store = match SqliteStore::open(path) {
        Ok(store) => store,
        Err(error) if error.to_string().contains("swarm.db") => return Ok(Seen::Refused),
        Err(error) => return Err(format!("the error does not name the file: {error}")),
    };
    let mut look = Look { kept, store: &store, differs: Vec::new(), found: false };
    look.values()?;
    look.listings()?;
    look.changes()?;
    look.records()?;
    let verified = store.blocking().verify();
    if let Err(error) = &verified {
        look.note(error)?;
    }
    if verified.is_ok()
        && let Some(what) = look.differs.first()
    {
        return Err(format!("{what}, and verify finds nothing"));
    }
    let found = look.found;
    write(&store)?;
    Ok(if found { Seen::Found } else { Seen::Whole })
}

struct Look<'a> {
    kept: &'a Kept,
    store: &'a SqliteStore,
    /// What is not as it should be, and no error said so.
    differs: Vec<String>,
    found: bool,
}

impl Look<'_> {
    /// An error is an answer, if it says what is damaged, and where.
    fn note(&mut self, error: &StoreError) -> Result<(), String> {
        self.found = true;
        match error {
            StoreError::Corrupted { what, .. } if what.contains("swarm.db") => Ok(()),
            StoreError::Unavailable { why } if why.contains("swarm.db") => Ok(()),
            other => Err(format!("a damaged file gives {}: {other}", other.code())),
        }
    }

    /// A value was committed under its key at some time, or it is wrong.
    fn committed(&self, place: &Place, value: &Bytes) -> Result<(), String> {
        match self.kept.ever.get(place) {
            Some(ever) if ever.contains(value) => Ok(()),
            _ => Err(format!("{place:?} has a value that was never committed there: {:?}", value.get(..40))),
        }
    }

    fn values(&mut self) -> Result<(), String> {
        for place in self.kept.ever.keys() {
            let (swarm, space, key) = place;
            match self.store.blocking().get(swarm, space, key) {
                Ok(entry) => {
                    let value = entry.map(|entry| entry.value);
                    if let Some(value) = &value {
                        self.committed(place, value)?;
                    }
                    if value.as_ref() != self.kept.now.get(place) {
                        self.differs.push(format!("{place:?} is not what it was"));
                    }
                }
                Err(error) => self.note(&error)?,
            }
        }
        Ok(())
    }

    fn listings(&mut self) -> Result<(), String> {
        for swarm in swarms() {
            for space in spaces() {
                let mut after: Option<StateKey> = None;
                let mut keys = Vec::new();
                loop {
                    match self.store.blocking().list(&swarm, &space, &KeyRange::ALL, after.as_ref(), 20) {
                        Ok(listing) => {
                            for Entry { key, value, .. } in &listing.entries {
                                self.committed(&(swarm.clone(), space.clone(), key.clone()), value)?;
                                keys.push(key.clone());
                            }
                            after = listing.next;
                        }
                        Err(error) => {
                            self.note(&error)?;
                            return Ok(());
                        }
                    }
                    if after.is_none() {
                        break;
                    }
                }
                let due = self.kept.now.keys().filter(|place| place.0 == swarm && place.1 == space);
                if !due.map(|place| &place.2).eq(&keys) {
                    self.differs.push(format!("the list of {swarm}, {space} is not what it was"));
                }
            }
        }
        Ok(())
    }

    fn changes(&mut self) -> Result<(), String> {
        for swarm in swarms() {
            let mut since = match self.store.blocking().standing(&swarm) {
                Ok(standing) => standing.oldest,
                Err(error) => {
                    self.note(&error)?;
                    continue;
                }
            };
            loop {
                let page = match self.store.blocking().changes(&swarm, Some(since), 50) {
                    Ok(page) => page,
                    Err(error) => {
                        self.note(&error)?;
                        break;
                    }
                };
                for happened in &page.happened {
                    if let Happened::Put(Entry { namespace, key, value, .. }) = happened {
                        self.committed(&(swarm.clone(), namespace.clone(), key.clone()), value)?;
                    }
                }
                since = page.next;
                if !page.more {
                    break;
                }
            }
        }
        Ok(())
    }

    fn records(&mut self) -> Result<(), String> {
        match pollster::block_on(self.store.journal().read(1, 10_000)) {
            Ok(records) => {
                if records != self.kept.records {
                    if !self.kept.records.starts_with(&records) {
                        return Err("the journal holds records that were never appended".to_owned());
                    }
                    self.differs.push("the journal is shorter than it was".to_owned());
                }
            }
            Err(error) if error.code() == "journal.corrupted" || error.code() == "journal.unavailable" => {
                self.found = true;
            }
            Err(error) => return Err(format!("a damaged journal gives {error}")),
        }
        Ok(())
    }
}

/// Writing into a damaged file gives an answer, whatever it is.
fn write(store: &SqliteStore) -> Result<(), String> {
    for swarm in swarms() {
        let batch = (0..30).fold(Batch::new(), |batch, number| {
            batch.put(spaces()[0].clone(), StateKey::new(format!("key-{number:03}")).unwrap(), "again")
        });
        let batch = batch.delete_range(spaces()[1].clone(), KeyRange::ALL);
        let committed = store.blocking().commit(&swarm, batch).map(|committed| committed.last);
        let compacted = committed.and_then(|last| store.blocking().compact(&swarm, last));
        if let Err(error) = compacted
            && error.to_string().contains("ended before it answered")
        {
            return Err(format!("the writing thread panicked: {error}"));
        }
    }
    Ok(())
}
