//! Where in the journal an agent's words of each agreement stand.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use moai_core::{Digest, Journal};

use super::recorded::Recorded;
use crate::manager::each_record;
use crate::{RecoverError, VoterKey};

/// How many records are read at once.
const PAGE: usize = 1_000;

/// Where in the journal an agent's words of each agreement stand: from the first to the last of them. Records of others may
/// stand between.
#[derive(Default)]
pub(super) struct Index(BTreeMap<Digest, (u64, u64)>);

impl Index {
    /// Reads a journal from its beginning.
    pub(super) async fn read(journal: &dyn Journal, key: VoterKey) -> Result<Self, RecoverError> {
        let mut index = Self::default();
        each_record(journal, |record| {
            if let Some((head, _)) = Recorded::read(record)?
                && head.key == key
            {
                index.note(head.instance, record.seq..=record.seq);
            }
            Ok(())
        })
        .await?;
        Ok(index)
    }

    pub(super) fn note(&mut self, instance: Digest, places: RangeInclusive<u64>) {
        let known = self.0.entry(instance).or_insert((*places.start(), *places.end()));
        *known = (known.0.min(*places.start()), known.1.max(*places.end()));
    }

    pub(super) fn get(&self, instance: &Digest) -> Option<(u64, u64)> {
        self.0.get(instance).copied()
    }
}

/// What stands between two places of a journal of these words.
pub(super) async fn words(
    journal: &dyn Journal,
    head: Recorded,
    (first, last): (u64, u64),
) -> Result<Vec<Arc<[u8]>>, RecoverError> {
    let (mut from, mut words) = (first, Vec::new());
    while from <= last {
        let page = journal.read(from, PAGE).await?;
        let Some(end) = page.last().map(|record| record.seq) else { break };
        for record in page.iter().filter(|record| record.seq <= last) {
            let read = Recorded::read(record).map_err(|why| RecoverError::BadRecord { seq: record.seq, why })?;
            if let Some((_, part)) = read.filter(|(found, _)| *found == head) {
                words.push(part.into());
            }
        }
        from = end + 1;
    }
    Ok(words)
}
