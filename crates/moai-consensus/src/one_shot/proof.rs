//! What an agent signed and no honest agent signs: it proves itself.

use moai_core::{AgentId, InvalidInput};
use serde::{Deserialize, Serialize};

use super::setting::{MOST_BYTES, Setting, limits};
use super::{Kind, Message, Proposition, Said};
use crate::Verifier;
use crate::codec::{Reader, Writer};

/// How an agent has lied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Offence {
    /// It said two different things about the proposal.
    DoubleStatement = 1,
    /// It proposed two different things in one view.
    DoubleProposal = 2,
    /// It notarized two different proposals in one view.
    DoubleNotarize = 3,
    /// It finalized two different outcomes in one view.
    DoubleFinalize = 4,
    /// It nullified a view and finalized an outcome in it.
    NullifyAndFinalize = 5,
    /// It proposed what is not valid, or out of turn.
    BadProposal = 6,
    /// It notarized a proposal that is not valid.
    NotarizedBadProposal = 7,
}

impl Offence {
    const ALL: [Self; 7] = [
        Self::DoubleStatement,
        Self::DoubleProposal,
        Self::DoubleNotarize,
        Self::DoubleFinalize,
        Self::NullifyAndFinalize,
        Self::BadProposal,
        Self::NotarizedBadProposal,
    ];

    /// The offence of saying the same kind of thing twice.
    pub(super) const fn double(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Statement => Some(Self::DoubleStatement),
            Kind::Propose => Some(Self::DoubleProposal),
            Kind::Notarize => Some(Self::DoubleNotarize),
            Kind::Finalize => Some(Self::DoubleFinalize),
            // There is one way to say it.
            Kind::Nullify => None,
        }
    }
}

/// What an agent signed and no honest agent signs: whole messages, so that it proves itself to anyone who knows the setting.
///
/// It is kept as [bytes](Self::to_bytes), or in serde's formats.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Proof {
    /// How it lied.
    pub offence: Offence,
    /// A message; for a notarized bad proposal, the proposal.
    pub first: Said,
    /// Another one; a bad proposal needs none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second: Option<Said>,
}

/// It proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these messages prove nothing against anybody; nothing changed")]
pub struct NoProof;

impl Proof {
    /// Puts messages together. Whether they prove anything, [`verify`](Self::verify) says.
    #[must_use]
    pub const fn new(offence: Offence, first: Said, second: Option<Said>) -> Self {
        Self { offence, first, second }
    }

    /// Who lied.
    ///
    /// # Errors
    ///
    /// When it proves nothing: a signature does not verify, or an honest agent could have signed these.
    pub fn verify<'a>(&self, setting: &'a Setting, verifier: &dyn Verifier) -> Result<&'a AgentId, NoProof> {
        let genuine = |said: &Said| said.verify(setting, verifier).is_ok();
        if !genuine(&self.first) || !self.second.as_ref().is_none_or(genuine) || !self.shows(setting, verifier) {
            return Err(NoProof);
        }
        setting.name(self.accused()).ok_or(NoProof)
    }

    /// Who is accused: the place in the electorate.
    #[must_use]
    pub fn accused(&self) -> u32 {
        match (self.offence, &self.second) {
            (Offence::NotarizedBadProposal, Some(second)) => second.by(),
            _ => self.first.by(),
        }
    }

    /// Whether an honest agent cannot have signed these.
    fn shows(&self, setting: &Setting, verifier: &dyn Verifier) -> bool {
        let first = &self.first;
        let flawed = || first.kind() == Kind::Propose && Proposition::verify(first, setting, verifier).is_err();
        match (self.offence, &self.second) {
            (Offence::BadProposal, None) => flawed(),
            (Offence::NotarizedBadProposal, Some(second)) => {
                let notarizes =
                    matches!(second.message(), Ok(Message::Notarize { proposal, .. }) if proposal == first.digest());
                notarizes && flawed()
            }
            (Offence::NullifyAndFinalize, Some(second)) => {
                let kinds = [first.kind(), second.kind()];
                let both = kinds == [Kind::Nullify, Kind::Finalize] || kinds == [Kind::Finalize, Kind::Nullify];
                both && first.by() == second.by() && same_view(first, second)
            }
            (offence, Some(second)) => {
                let double = first.kind() == second.kind() && Offence::double(first.kind()) == Some(offence);
                double && first.by() == second.by() && first.as_bytes() != second.as_bytes() && same_view(first, second)
            }
            (_, None) => false,
        }
    }

    /// The bytes to keep, or to show to others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let to = self.first.write(Writer::new(256).byte(self.offence as u8));
        match &self.second {
            None => to.byte(0),
            Some(second) => second.write(to.byte(1)),
        }
        .finish()
    }

    /// Reads the bytes of a proof.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidInput> {
        if bytes.len() > 2 * MOST_BYTES {
            let (limit, got) = (2 * MOST_BYTES as u64, bytes.len() as u64);
            return Err(InvalidInput::TooLong { field: "proof of a lie", limit, got });
        }
        let mut from = Reader::new("proof of a lie", bytes, limits())?;
        let byte = from.byte()?;
        let offence = Offence::ALL.into_iter().find(|offence| *offence as u8 == byte);
        let offence = offence.ok_or_else(|| from.malformed(format!("offence {byte} is not known")))?;
        let first = Said::read(&mut from)?;
        let second = match from.byte()? {
            0 => None,
            1 => Some(Said::read(&mut from)?),
            other => return Err(from.malformed(format!("number {other} is not known"))),
        };
        from.end()?;
        Ok(Self { offence, first, second })
    }
}

/// Whether both can be read and are about one view; statements are about none.
fn same_view(first: &Said, second: &Said) -> bool {
    match (first.message(), second.message()) {
        (Ok(first), Ok(second)) => first.view() == second.view(),
        _ => false,
    }
}
