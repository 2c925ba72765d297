//! Where in the journal an agent's words of each agreement stand.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use moai_core::{Digest, Journal, Record};

use super::desk::Desk;
use super::recorded::Recorded;
use crate::{RecoverError, VoterKey};

/// How many records are read at once.
const PAGE: usize = 1_000;

/// Where in the journal an agent's words of each agreement stand: from the first to the last of them. Records of others may
/// stand between.
#[derive(Default)]
pub(super) struct Index {
    places: BTreeMap<Digest, (u64, u64)>,
    /// The last record that was looked at.
    read: u64,
}

impl Index {
    /// The record that is to be looked at next.
    pub(super) const fn next(&self) -> u64 {
        self.read.saturating_add(1)
    }

    /// Looks at a record, unless that was done.
    fn look(&mut self, record: &Record, key: VoterKey) -> Result<(), RecoverError> {
        if record.seq <= self.read {
            return Ok(());
        }
        let read = Recorded::read(record).map_err(|why| RecoverError::BadRecord { seq: record.seq, why })?;
        if let Some((head, _)) = read.filter(|(head, _)| head.key == key) {
            self.note(head.instance, record.seq..=record.seq);
        }
        self.read = record.seq;
        Ok(())
    }

    pub(super) fn note(&mut self, instance: Digest, places: RangeInclusive<u64>) {
        let known = self.places.entry(instance).or_insert((*places.start(), *places.end()));
        *known = (known.0.min(*places.start()), known.1.max(*places.end()));
    }

    pub(super) fn get(&self, instance: &Digest) -> Option<(u64, u64)> {
        self.places.get(instance).copied()
    }
}

impl Desk {
    /// Looks at what stands in the journal and was not looked at: at first everything, and later what this half has written,
    /// and others over the same journal.
    pub(super) async fn read_on(&self, journal: &dyn Journal, key: VoterKey) -> Result<(), RecoverError> {
        loop {
            let next = self.held().index.next();
            let page = journal.read(next, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            let mut desk = self.held();
            page.iter().try_for_each(|record| desk.index.look(record, key))?;
        }
    }
}

/// What stands between two places of a journal of these words, each with its number.
pub(super) async fn words(
    journal: &dyn Journal,
    head: Recorded,
    (first, last): (u64, u64),
) -> Result<Vec<(u64, Arc<[u8]>)>, RecoverError> {
    let (mut from, mut words) = (first, Vec::new());
    while from <= last {
        let page = journal.read(from, PAGE).await?;
        let Some(end) = page.last().map(|record| record.seq) else { break };
        for record in page.iter().filter(|record| record.seq <= last) {
            let read = Recorded::read(record).map_err(|why| RecoverError::BadRecord { seq: record.seq, why })?;
            if let Some((_, part)) = read.filter(|(found, _)| *found == head) {
                words.push((record.seq, part.into()));
            }
        }
        from = end + 1;
    }
    Ok(words)
}
