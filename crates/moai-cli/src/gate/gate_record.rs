//! What a gate writes down beside its votes.

use std::fmt;

use moai_flow::{
    Clock as _, Digest, Head, InvalidInput, Journal, NewRecord, ProposalId, RecordKind, SystemClock, record_kind,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What a gate writes down beside its votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GateRecord {
    /// The command is about to start. Written before it does, and once.
    Started(Started),
    /// The command has ended.
    Finished(Finished),
    /// The gate has ended without the command.
    Ended(Ended),
    /// Somebody wanted to speak who may not.
    Refused(Refused),
    /// Processes of voters run on that cannot be ended.
    Left(Left),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) gate: ProposalId,
    pub(crate) proposal: ProposalId,
    /// The digest of what was approved.
    pub(crate) content: Digest,
    /// The number of the record that approved it.
    pub(crate) decision: u64,
    /// The number of the record that ended the time for a veto.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) gate: ProposalId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<i32>,
    /// Why it could not be started.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) gate: ProposalId,
    /// `rejected`, `vetoed`, `timed_out`, `out_of_reach`, `fraud`, `interrupted`, `broken` or `failed`.
    pub(crate) why: String,
    pub(crate) exit: u8,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) said: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) gate: ProposalId,
    /// In whose name.
    pub(crate) voter: String,
    pub(crate) why: String,
    /// Not 0: it stands for so many, of whom only the number is kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) more: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) gate: ProposalId,
    /// The numbers of those that are another user's now.
    pub(crate) processes: Vec<i32>,
    /// Why it is not known whether there are more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
}

impl Left {
    /// For people.
    pub(crate) fn words(&self) -> String {
        let names = self.processes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let others = format!("processes of voters are another user's now, and run on: {names}");
        let more = format!("processes of voters may run on: {}", self.why);
        match (self.processes.is_empty(), self.why.is_empty()) {
            (_, true) => others,
            (true, false) => more,
            (false, false) => format!("{others}; {more}"),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(crate) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

const STARTED: RecordKind = record_kind!("gate_started");
const FINISHED: RecordKind = record_kind!("gate_finished");
const ENDED: RecordKind = record_kind!("gate_ended");
const REFUSED: RecordKind = record_kind!("gate_refused");
const LEFT: RecordKind = record_kind!("gate_left");

impl GateRecord {
    /// Writes it down, durably.
    ///
    /// # Errors
    ///
    /// When it is not certain that it is written.
    pub(super) async fn append(&self, journal: &dyn Journal) -> Result<Head, Failure> {
        let (kind, payload) = match self {
            Self::Started(started) => (STARTED, serde_json::to_string(started)),
            Self::Finished(finished) => (FINISHED, serde_json::to_string(finished)),
            Self::Ended(ended) => (ENDED, serde_json::to_string(ended)),
            Self::Refused(refused) => (REFUSED, serde_json::to_string(refused)),
            Self::Left(left) => (LEFT, serde_json::to_string(left)),
        };
        let payload = payload.map_err(|why| Failure::failed("gate.record", why))?;
        let record = NewRecord::new(kind, SystemClock.now(), payload);
        journal.append(vec![record]).await.map_err(|why| Failure::of(&why))
    }

    /// Reads it; nothing for a record of another kind.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn read(kind: &RecordKind, payload: &[u8]) -> Result<Option<Self>, InvalidInput> {
        let wrong = |why: serde_json::Error| InvalidInput::Malformed { field: "gate record", why: why.to_string() };
        let read = match kind {
            kind if *kind == STARTED => Self::Started(serde_json::from_slice(payload).map_err(wrong)?),
            kind if *kind == FINISHED => Self::Finished(serde_json::from_slice(payload).map_err(wrong)?),
            kind if *kind == ENDED => Self::Ended(serde_json::from_slice(payload).map_err(wrong)?),
            kind if *kind == REFUSED => Self::Refused(serde_json::from_slice(payload).map_err(wrong)?),
            kind if *kind == LEFT => Self::Left(serde_json::from_slice(payload).map_err(wrong)?),
            _ => return Ok(None),
        };
        Ok(Some(read))
    }
}

impl GateRecord {
    /// Which gate it is about.
    pub(crate) const fn gate(&self) -> &ProposalId {
        match self {
            Self::Started(its) => &its.gate,
            Self::Finished(its) => &its.gate,
            Self::Ended(its) => &its.gate,
            Self::Refused(its) => &its.gate,
            Self::Left(its) => &its.gate,
        }
    }
}

/// In words, for people.
impl fmt::Display for GateRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.gate())?;
        match self {
            Self::Started(Started { content, .. }) => write!(f, "the command is started: {content}"),
            Self::Finished(Finished { code: Some(code), .. }) => write!(f, "the command has ended with {code}"),
            Self::Finished(Finished { signal: Some(signal), .. }) => write!(f, "signal {signal} has ended the command"),
            Self::Finished(Finished { why, .. }) => write!(f, "the command could not be started: {why:?}"),
            Self::Ended(Ended { why, said, .. }) if said.is_empty() => write!(f, "ends, {why}"),
            Self::Ended(Ended { why, said, .. }) => write!(f, "ends, {why}: {said:?}"),
            Self::Left(left) => f.write_str(&left.words()),
            Self::Refused(Refused { more, why, .. }) if *more > 0 => {
                write!(f, "{more} more votes are refused: {why:?}")
            }
            Self::Refused(Refused { voter, why, .. }) => {
                write!(f, "a vote in the name of {voter:?} is refused: {why:?}")
            }
        }
    }
}
