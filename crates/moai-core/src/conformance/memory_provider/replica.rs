//! A reader that follows a store from outside: by changes, or by a snapshot.

use std::collections::BTreeMap;

use crate::{Entry, Happened, Namespace, SnapshotPage, StateKey};

/// What a reader holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Replica {
    entries: BTreeMap<(Namespace, StateKey), Entry>,
}

impl Replica {
    /// A reader that holds these.
    pub(super) fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter().map(|entry| ((entry.namespace.clone(), entry.key.clone()), entry));
        Self { entries: entries.collect() }
    }

    /// Applies changes, in their order.
    pub(super) fn follow(&mut self, happened: &[Happened]) {
        for happened in happened {
            match happened {
                Happened::Put(entry) => {
                    self.entries.insert((entry.namespace.clone(), entry.key.clone()), entry.clone());
                }
                Happened::Deleted { namespace, key, .. } => {
                    self.entries.remove(&(namespace.clone(), key.clone()));
                }
                Happened::RangeDeleted { namespace, range, version } => {
                    self.entries.retain(|(in_namespace, key), e| {
                        in_namespace != namespace || !range.contains(key) || e.version > *version
                    })
                }
            }
        }
    }

    /// Applies one page of a snapshot: what lies in its stretch and is not in it goes.
    pub(super) fn replace(&mut self, page: &SnapshotPage) {
        self.entries.retain(|place, entry| {
            let behind = page.after.as_ref().is_none_or(|after| place > after);
            let within = behind && page.through.as_ref().is_none_or(|through| place <= through);
            !within || entry.version > page.as_of.version
        });
        for entry in &page.entries {
            self.entries.insert((entry.namespace.clone(), entry.key.clone()), entry.clone());
        }
    }

    /// Everything it holds, in the order of namespace and key.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.values().cloned().collect()
    }
}
