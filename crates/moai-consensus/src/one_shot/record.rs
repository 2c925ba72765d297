//! The outcome that is agreed on: a verdict, with the statements that it follows from.

use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{Digest, DigestBuilder, InvalidInput};
use serde::{Deserialize, Serialize};

use super::setting::{MOST_BYTES, Setting, limits};
use super::statements::Statements;
use super::{Flaw, Said};
use crate::codec::{Reader, Writer};
use crate::{Decision, Verifier};

/// The outcome that is agreed on: a verdict, with the signed statements that it follows from. Two different statements of
/// one agent are in it when that agent lied: evidence.
///
/// It is kept as [bytes](Self::as_bytes), or in serde's formats.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Record {
    verdict: Decision,
    said: Vec<Said>,
    bytes: Arc<[u8]>,
    digest: Digest,
}

/// The record as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Record", deny_unknown_fields)]
struct Written {
    verdict: Decision,
    said: Vec<Said>,
}

impl From<Written> for Record {
    fn from(Written { verdict, said }: Written) -> Self {
        Self::assemble(verdict, said)
    }
}

impl From<Record> for Written {
    fn from(Record { verdict, said, .. }: Record) -> Self {
        Self { verdict, said }
    }
}

impl Record {
    /// A verdict with statements. Whether it follows from them is checked by everybody: see [`verify`](Self::verify).
    #[must_use]
    pub fn new(verdict: Decision, mut said: Vec<Said>) -> Self {
        said.sort_unstable();
        Self::assemble(verdict, said)
    }

    fn assemble(verdict: Decision, said: Vec<Said>) -> Self {
        let word = match verdict {
            Decision::Approved => 1,
            Decision::Rejected => 2,
            Decision::Timeout => 3,
        };
        let count = u32::try_from(said.len()).unwrap_or(u32::MAX);
        let start = Writer::new(said.len() * 160).byte(word).u32(count);
        let bytes = said.iter().fold(start, |to, said| said.write(to)).finish();
        Self { verdict, said, digest: digest(&bytes), bytes: bytes.into() }
    }

    /// What is to become of the proposal.
    #[must_use]
    pub const fn verdict(&self) -> Decision {
        self.verdict
    }

    /// The statements, sorted by agent.
    #[must_use]
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// What stands for it in votes: SHA-256 by [`DigestBuilder`] under `moai/one-shot/record/1` of its bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The bytes, as they were sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads the bytes of a record.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("outcome record", bytes, limits())?;
        let verdict = match from.byte()? {
            1 => Decision::Approved,
            2 => Decision::Rejected,
            3 => Decision::Timeout,
            other => return Err(from.malformed(format!("verdict {other} is not known"))),
        };
        let count = from.u32()?;
        let said = (0..count).map(|_| Said::read(&mut from)).collect::<Result<_, _>>()?;
        from.end()?;
        Ok(Self { verdict, said, digest: digest(bytes), bytes: bytes.into() })
    }

    /// Checks it as everybody does: whatever the time, and whatever else is known.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        let mut pairs = self.said.iter().zip(self.said.iter().skip(1));
        if pairs.any(|(left, right)| (left.by(), left.as_bytes()) >= (right.by(), right.as_bytes())) {
            return Err(Flaw::Unsorted);
        }
        let mut statements = Statements::new(setting.electorate().clone());
        // Each counts, and there are at most two of an agent: the others would say nothing more.
        if !self.said.iter().all(|said| statements.take(said)) {
            return Err(Flaw::NoStatement);
        }
        if !Said::all_verify(&self.said, setting, verifier) {
            return Err(Flaw::Unsigned);
        }
        // x is valid when verdict = Rule(ballots), recomputed by each checker ...
        if statements.verdict(setting) != self.verdict && !planted("a_verdict_that_is_not_recomputed") {
            return Err(Flaw::Verdict);
        }
        // ... and an expired one carries ballots, or statements that there are none, of weight W - f.
        let enough = statements.weight(setting) >= setting.honest() || planted("expiring_without_asking_all");
        let too_few = self.verdict == Decision::Timeout && !enough;
        if too_few { Err(Flaw::TooFew) } else { Ok(()) }
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        to.bytes(&self.bytes)
    }

    pub(super) fn read_from(from: &mut Reader<'_>) -> Result<Self, InvalidInput> {
        Self::from_bytes(from.bytes("outcome record", MOST_BYTES)?)
    }
}

fn digest(bytes: &[u8]) -> Digest {
    DigestBuilder::new("moai/one-shot/record/1").bytes(bytes).finish()
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Record {}

impl std::hash::Hash for Record {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("Record");
        parts.field("verdict", &self.verdict).field("said", &self.said).field("digest", &self.digest).finish()
    }
}
