//! What an agent says once about the proposal: a ballot, or that there will be none.

use moai_core::{Digest, InvalidInput};

use crate::codec::{Reader, Writer};
use crate::{Choice, Ratio};

/// What an agent says once about the proposal. Whoever says two different things is a proven liar, and counts for no side.
///
/// ```
/// use moai_consensus::Choice;
/// use moai_consensus::one_shot::Statement;
///
/// let ballot = Statement::ballot(Choice::Against).because("the migration has no way back");
/// assert_eq!(ballot.choice, Some(Choice::Against));
/// assert_eq!(Statement::none().choice, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The choice; nothing from an agent that had none at the deadline, and will have none.
    pub choice: Option<Choice>,
    /// What stands for the reason.
    pub reason: Digest,
    /// How sure the voter is, from 0 to 1; more is said as 1. It decides nothing.
    pub confidence: Option<Ratio>,
}

impl Statement {
    /// A ballot without a reason.
    #[must_use]
    pub fn ballot(choice: Choice) -> Self {
        Self { choice: Some(choice), ..Self::none() }.because("")
    }

    /// That there is no ballot, and will be none.
    #[must_use]
    pub fn none() -> Self {
        Self { choice: None, reason: reason(""), confidence: None }
    }

    /// The same, with a reason.
    #[must_use]
    pub fn because(self, text: &str) -> Self {
        Self { reason: reason(text), ..self }
    }

    /// The same, as sure as this.
    #[must_use]
    pub const fn confident(self, confidence: Ratio) -> Self {
        Self { confidence: Some(confidence), ..self }
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        let choice = match self.choice {
            None => 0,
            Some(Choice::For) => 1,
            Some(Choice::Against) => 2,
            Some(Choice::Abstain) => 3,
        };
        let to = to.byte(choice).digest(&self.reason);
        // What nobody reads must not be signed.
        match self.confidence.map(|sure| if sure.is_share() { sure } else { Ratio::ONE }) {
            None => to.byte(0),
            Some(sure) => to.byte(1).u64(sure.numerator()).u64(sure.denominator()),
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, InvalidInput> {
        let choice = match from.byte()? {
            0 => None,
            1 => Some(Choice::For),
            2 => Some(Choice::Against),
            3 => Some(Choice::Abstain),
            other => return Err(from.malformed(format!("choice {other} is not known"))),
        };
        let reason = from.digest()?;
        let confidence = match from.byte()? {
            0 => None,
            1 => Some(share(from)?),
            other => return Err(from.malformed(format!("confidence {other} is not known"))),
        };
        Ok(Self { choice, reason, confidence })
    }
}

/// A share has one form: in lowest terms.
fn share(from: &mut Reader<'_>) -> Result<Ratio, InvalidInput> {
    let (part, whole) = (from.u64()?, from.u64()?);
    let sure = Ratio::new(part, whole)?;
    if !sure.is_share() || (sure.numerator(), sure.denominator()) != (part, whole) {
        return Err(from.malformed("the confidence is no share in lowest terms"));
    }
    Ok(sure)
}

fn reason(text: &str) -> Digest {
    moai_core::DigestBuilder::new("moai/one-shot/reason/1").text(text).finish()
}
