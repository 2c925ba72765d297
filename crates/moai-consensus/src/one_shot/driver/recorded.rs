//! What an agent says in an agreement, in its journal.

use moai_core::{Digest, InvalidInput, NewRecord, Record, RecordKind, Timestamp, record_kind};

use super::super::setting::limits;
use crate::VoterKey;
use crate::codec::{Reader, Writer};

const KIND: RecordKind = record_kind!("agreement_said");
const FIELD: &str = "agreement_said";

/// The head of a record: by whose key it was said, and in which agreement. The swarm is missing on purpose: a key that
/// says two things in two swarms has lied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) key: VoterKey,
    pub(super) instance: Digest,
}

impl Recorded {
    pub(super) fn to_record(self, now: Timestamp, part: &[u8]) -> NewRecord {
        let to = Writer::new(80 + part.len()).array(self.key.as_bytes()).digest(&self.instance);
        NewRecord::new(KIND, now, to.array(part).finish())
    }

    /// Reads the head of a record, and what was said; nothing where it is of another kind.
    pub(super) fn read(record: &Record) -> Result<Option<(Self, &[u8])>, InvalidInput> {
        if record.kind != KIND {
            return Ok(None);
        }
        let mut from = Reader::new(FIELD, &record.payload, limits())?;
        let head = Self { key: VoterKey::from_bytes(from.array()?), instance: from.digest()? };
        Ok(Some((head, from.rest())))
    }
}
