//! What a leader proposes, and what shows that it may.

use moai_core::InvalidInput;
use moai_core::planted::planted;

use super::{Certificate, Flaw, Kind, Record, Said, Setting};
use crate::Verifier;
use crate::codec::{Reader, Writer};

/// What a leader proposes in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposition {
    /// In which view.
    pub view: u64,
    /// The outcome, whole.
    pub record: Record,
    /// What shows that it may be proposed in this view.
    pub justification: Justification,
}

/// What accounts for all views before one: the notarized outcome to go on from, if there is one, and that every view behind
/// it was nullified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Justification {
    /// The notarization of the highest view that has one; without it the outcome is fresh.
    pub parent: Option<Certificate>,
    /// The nullifications of all views behind that, ascending.
    pub nullified: Vec<Certificate>,
}

impl Justification {
    /// A justification of these.
    #[must_use]
    pub const fn new(parent: Option<Certificate>, nullified: Vec<Certificate>) -> Self {
        Self { parent, nullified }
    }
}

impl Proposition {
    /// A proposal.
    #[must_use]
    pub const fn new(view: u64, record: Record, justification: Justification) -> Self {
        Self { view, record, justification }
    }

    /// Whether it goes on from no notarized outcome. Only then do the time and late ballots matter.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.justification.parent.is_none()
    }

    /// Checks a proposal as everybody does: whatever the time, and whatever else is known.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(said: &Said, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        let Ok(super::Message::Propose(proposition)) = said.message() else { return Err(Flaw::Unreadable) };
        proposition.verify_by(said.by(), setting, verifier)
    }

    pub(super) fn verify_by(&self, by: u32, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        // v = 1, 2, ...; leader = E[(v - 1 + H(I)) mod n].
        if self.view == 0 || setting.leader(self.view) != by {
            return Err(Flaw::NotLeader);
        }
        self.verify_chain(setting, verifier)?;
        self.record.verify(setting, verifier)
    }

    /// Notarization(u, x) for some u < v, and Nullifications for every view in (u, v); if every view below v is nullified, a
    /// fresh x.
    fn verify_chain(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        if planted("no_check_of_the_justification") {
            return Ok(());
        }
        let Justification { parent, nullified } = &self.justification;
        if let Some(parent) = parent {
            if parent.kind != Kind::Notarize || parent.view == 0 || parent.view >= self.view {
                return Err(Flaw::Gap);
            }
            if parent.record != self.record.digest() {
                return Err(Flaw::OtherRecord);
            }
        }
        let due = parent.as_ref().map_or(0, |parent| parent.view) + 1..self.view;
        let is_due = |(view, it): (u64, &Certificate)| it.kind == Kind::Nullify && it.view == view;
        let complete = nullified.len() as u64 == due.end - due.start && due.zip(nullified).all(is_due);
        if !complete {
            return Err(Flaw::Gap);
        }
        parent.iter().chain(nullified).try_for_each(|certificate| certificate.verify(setting, verifier))
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        let Justification { parent, nullified } = &self.justification;
        let to = self.record.write(to.u64(self.view));
        let to = match parent {
            None => to.byte(0),
            Some(parent) => parent.write(to.byte(1)),
        };
        let count = u32::try_from(nullified.len()).unwrap_or(u32::MAX);
        nullified.iter().fold(to.u32(count), |to, certificate| certificate.write(to))
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, InvalidInput> {
        let (view, record) = (from.u64()?, Record::read_from(from)?);
        let parent = match from.byte()? {
            0 => None,
            1 => Some(Certificate::read_from(from)?),
            other => return Err(from.malformed(format!("parent {other} is not known"))),
        };
        let count = from.u32()?;
        let nullified = (0..count).map(|_| Certificate::read_from(from)).collect::<Result<_, _>>()?;
        Ok(Self { view, record, justification: Justification { parent, nullified } })
    }
}
