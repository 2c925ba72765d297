//! One record of a journal, tied to the one before it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::payload::Payload;
use crate::raw;
use crate::{Digest, DigestBuilder, InvalidInput, Limits, RecordKind, Timestamp};

/// What somebody wants to have recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewRecord {
    /// What it holds.
    pub kind: RecordKind,
    /// When it happened, by the writer's clock.
    pub time: Timestamp,
    /// The bytes to keep, exactly as they are.
    pub payload: Bytes,
}

impl NewRecord {
    /// A record to append.
    #[must_use]
    pub fn new(kind: RecordKind, time: Timestamp, payload: impl Into<Bytes>) -> Self {
        Self { kind, time, payload: payload.into() }
    }

    /// Holds what is to be appended against the limits. Providers call it before anything else.
    ///
    /// # Errors
    ///
    /// `TooMany` records, or `TooLong` for a payload.
    pub fn check(records: &[Self], limits: &Limits) -> Result<(), InvalidInput> {
        InvalidInput::check_count("records", records.len(), limits.append_records)?;
        records.iter().try_for_each(|record| {
            InvalidInput::check_length("record payload", record.payload.len(), limits.record_bytes)
        })
    }
}

/// The end of a journal: how many records there are, and the digest of the last.
///
/// **Written down elsewhere, a head is a witness**: a journal that was cut or rewritten afterwards no longer holds it.
/// Its text is `SEQ:HASH`; in serde's binary formats it is the number and the 32 bytes.
///
/// ```
/// use moai_core::Head;
/// assert_eq!(Head::EMPTY.to_string().parse(), Ok(Head::EMPTY));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The number of the last record; 0 when there is none.
    pub seq: u64,
    /// The digest of the last record; zeros when there is none.
    pub digest: Digest,
}

impl Head {
    /// The head of a journal without records.
    pub const EMPTY: Self = Self { seq: 0, digest: Digest::from_bytes([0; 32]) };
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.digest)
    }
}

impl std::str::FromStr for Head {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        let malformed = |why: &str| InvalidInput::malformed("journal head", why);
        let (seq, digest) = text.split_once(':').ok_or_else(|| malformed("it is written SEQ:HASH"))?;
        let number: u64 = seq.parse().map_err(|_| malformed("the part before the colon is not a number"))?;
        if number.to_string() != seq {
            return Err(malformed("the number is written without sign and leading zeros"));
        }
        Ok(Self { seq: number, digest: digest.parse()? })
    }
}

impl Serialize for Head {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw::serialize(serializer, self, &(self.seq, self.digest))
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        raw::deserialize(deserializer, "journal head", str::parse, |(seq, digest)| Ok(Self { seq, digest }))
    }
}

/// A record as it stands in a journal.
///
/// Its digest covers everything else in it, the digest of the record before it included: SHA-256 by
/// [`DigestBuilder`] under the domain `moai/record/1` of seq, kind, time in microseconds (as two's complement),
/// payload and previous digest.
///
/// ```
/// use moai_core::{Head, NewRecord, Record, Timestamp, record_kind};
///
/// let new = NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved");
/// let record = Record::after(Head::EMPTY, new).ok_or("the journal is full")?;
/// assert_eq!(record.seq, 1);
/// assert!(record.is_intact());
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number; the first is 1.
    pub seq: u64,
    /// What it holds.
    pub kind: RecordKind,
    /// When it happened, by the writer's clock.
    pub time: Timestamp,
    /// The bytes that were kept.
    #[serde(with = "written")]
    pub payload: Bytes,
    /// The digest of the record before it; zeros for the first.
    pub previous: Digest,
    /// The digest of this record.
    pub digest: Digest,
}

impl Record {
    /// The record that `new` becomes behind `head`; `None` when the numbers are used up.
    #[must_use]
    pub fn after(head: Head, new: NewRecord) -> Option<Self> {
        let NewRecord { kind, time, payload } = new;
        let seq = head.seq.checked_add(1)?;
        let digest = digest_of(seq, &kind, time, &payload, &head.digest);
        Some(Self { seq, kind, time, payload, previous: head.digest, digest })
    }

    /// The head of a journal that ends with this record.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.seq, digest: self.digest }
    }

    /// Whether its digest is the one of what it holds.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.digest == digest_of(self.seq, &self.kind, self.time, &self.payload, &self.previous)
    }
}

fn digest_of(seq: u64, kind: &RecordKind, time: Timestamp, payload: &[u8], previous: &Digest) -> Digest {
    DigestBuilder::new("moai/record/1")
        .u64(seq)
        .text(kind.as_str())
        .u64(time.unix_micros().cast_unsigned())
        .bytes(payload)
        .digest(previous)
        .finish()
}

/// The payload in serde's formats.
mod written {
    use super::{Bytes, Deserialize, Payload, Serialize};

    pub(super) fn serialize<S: serde::Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        Payload(bytes.clone()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        Payload::deserialize(deserializer).map(|payload| payload.0)
    }
}
