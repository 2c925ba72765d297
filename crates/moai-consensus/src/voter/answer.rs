//! What a voter thinks of a question.

use moai_core::Map;

use super::VoterError;
use crate::{Ballot, Choice, Ratio};

/// What a voter thinks of a question: its choice, and why. A [`Choice`] alone is one, too.
///
/// ```
/// use moai_consensus::{Answer, Choice};
///
/// let answer = Answer::new(Choice::Against).because("the migration has no way back").confident("0.9".parse()?);
/// assert_eq!(answer.reason, "the migration has no way back");
/// assert_eq!(Answer::from(Choice::For), Answer::new(Choice::For));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// What was chosen.
    pub choice: Choice,
    /// Why; empty when nothing is said about that.
    pub reason: String,
    /// How sure the voter is, from 0 to 1. It decides nothing.
    pub confidence: Option<Ratio>,
    /// Whatever else the voter wants to say.
    pub metadata: Map,
}

impl Answer {
    /// A choice, without a reason.
    #[must_use]
    pub fn new(choice: Choice) -> Self {
        Self { choice, reason: String::new(), confidence: None, metadata: Map::new() }
    }

    /// The same answer, with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same answer, as sure as this: from 0 to 1.
    #[must_use]
    pub fn confident(mut self, confidence: Ratio) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// The same answer with more to say.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map) -> Self {
        self.metadata = metadata;
        self
    }

    /// What is sent of it.
    pub(super) fn fill(self, mut ballot: Ballot) -> Ballot {
        let Self { choice, reason, confidence, metadata } = self;
        ballot.choice = choice;
        ballot.reason = reason;
        ballot.confidence = confidence;
        ballot.metadata = metadata;
        ballot
    }
}

impl From<Choice> for Answer {
    fn from(choice: Choice) -> Self {
        Self::new(choice)
    }
}

/// What a voter that is a function may give: a [`Choice`], an [`Answer`], or a [`Result`] of either.
///
/// ```
/// use moai_consensus::{Choice, VoterError, voter_fn};
/// use moai_core::Value;
///
/// let careful = voter_fn(|request| match request.proposal.content().get("risk").and_then(Value::as_text) {
///     Some("low") => Ok(Choice::For),
///     Some(_) => Ok(Choice::Against),
///     None => Err(VoterError::failed("no risk is told")),
/// });
/// # let _ = careful;
/// ```
pub trait IntoAnswer {
    /// The answer, or why there is none.
    ///
    /// # Errors
    ///
    /// Whatever kept the voter from having an opinion.
    fn into_answer(self) -> Result<Answer, VoterError>;
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer, VoterError> {
        Ok(self)
    }
}

impl IntoAnswer for Choice {
    fn into_answer(self) -> Result<Answer, VoterError> {
        Ok(self.into())
    }
}

impl<A: Into<Answer>> IntoAnswer for Result<A, VoterError> {
    fn into_answer(self) -> Result<Answer, VoterError> {
        self.map(Into::into)
    }
}
