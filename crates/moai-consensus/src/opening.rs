//! What a session is opened with.

use std::sync::Arc;

use moai_core::{AgentId, AlgorithmName, InvalidInput, Timestamp};
use serde::{Deserialize, Serialize};

use crate::signing::ChosenScheme;
use crate::{Elector, Electorate, Proposal, Verifier};

/// What becomes of a proposal that is still open at its deadline.
///
/// **Nothing but [`Approve`](OnDeadline::Approve) approves what the rule has not**, and nobody gets that without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnDeadline {
    /// It has timed out, and nothing is done.
    #[default]
    Timeout,
    /// Those who voted decide, as if nobody else could have: the rule judges them alone. Where nobody voted it has timed
    /// out.
    DecideByCast,
    /// It is approved: for what must be done unless somebody objects.
    Approve,
    /// It is rejected.
    Reject,
}

/// What a session is opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Opening {
    /// What is voted on.
    pub proposal: Proposal,
    /// Who may vote.
    pub electorate: Electorate,
    /// The name under which the algorithm is registered.
    pub algorithm: AlgorithmName,
    /// When the question is put.
    pub opened_at: Timestamp,
    /// Until when answers count.
    pub deadline: Timestamp,
    /// What then becomes of it.
    #[serde(default)]
    pub on_deadline: OnDeadline,
    /// Whether voters may change their mind until the deadline: then nothing is decided before it.
    #[serde(default)]
    pub changes_allowed: bool,
    /// How signatures are checked.
    #[serde(skip)]
    pub(crate) scheme: ChosenScheme,
}

impl Opening {
    /// How often a voter may change its mind where that is allowed: each change is written down.
    pub const MOST_CHANGES: u32 = 100;

    /// An opening that times out, in which nobody may change their mind.
    #[must_use]
    pub const fn new(
        proposal: Proposal,
        electorate: Electorate,
        algorithm: AlgorithmName,
        opened_at: Timestamp,
        deadline: Timestamp,
    ) -> Self {
        let (on_deadline, scheme) = (OnDeadline::Timeout, ChosenScheme::USUAL);
        Self { proposal, electorate, algorithm, opened_at, deadline, on_deadline, changes_allowed: false, scheme }
    }

    /// The same, with signatures that are checked like this. Default: Ed25519 with feature `signing`, and without it
    /// nothing. It is not recorded: whoever opens it says so anew.
    #[must_use]
    pub fn verified_by(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.scheme = ChosenScheme::of(verifier);
        self
    }

    /// What checks signatures, if there is anything.
    #[must_use]
    pub fn verifier(&self) -> Option<&dyn Verifier> {
        self.scheme.verifier()
    }

    /// Whether the ballots of those who have keys can be told from others. Every algorithm asks this before it opens a vote.
    ///
    /// # Errors
    ///
    /// [`NoVerifier`](OpenError::NoVerifier), [`SignedChanges`](OpenError::SignedChanges),
    /// [`SmallOrder`](OpenError::SmallOrder), and `DuplicateKey` where two voters have one key.
    pub fn check_keys(&self) -> Result<(), OpenError> {
        match self.electorate.has_keys() {
            true if self.verifier().is_none() => Err(OpenError::NoVerifier),
            true if self.changes_allowed => Err(OpenError::SignedChanges),
            true => {
                OpenError::check_orders(&self.electorate)?;
                match self.electorate.shared_keys().first() {
                    Some(key) => {
                        Err(InvalidInput::DuplicateKey { field: "keys of voters", key: key.to_string() }.into())
                    }
                    None => Ok(()),
                }
            }
            false => Ok(()),
        }
    }
}

/// Why a session cannot be opened. Nothing was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// Fewer may vote than the algorithm needs to bear so many liars.
    #[error("it takes a weight of {need} to bear that many faults, there is {got}; nothing changed")]
    NeedMembers {
        /// What is needed.
        need: u64,
        /// What is there.
        got: u64,
    },
    /// Voters have keys, and nothing is there that checks signatures.
    #[error(
        "voters have keys, and nothing checks their signatures: give a verifier, or build with signing; nothing changed"
    )]
    NoVerifier,
    /// Voters have keys, and may change their mind: whoever kept a signed ballot could play it again against a later one.
    #[error("where voters have keys nobody may change their mind; nothing changed")]
    SignedChanges,
    /// The key of a voter is of small order: anybody can sign anything for it.
    #[error("the key of {voter} is of small order, anybody can sign for it; nothing changed")]
    SmallOrder {
        /// Whose.
        voter: AgentId,
    },
}

impl OpenError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`].
    pub const CODES: &'static [&'static str] =
        &["consensus.need_members", "consensus.no_verifier", "consensus.signed_changes", "consensus.small_order"];

    /// Refuses an electorate in which somebody has a key that [anybody can sign for](crate::VoterKey::is_of_small_order).
    pub(crate) fn check_orders(electorate: &Electorate) -> Result<(), Self> {
        let small = |elector: &&Elector| elector.key.is_some_and(|key| key.is_of_small_order());
        match electorate.electors().iter().find(small) {
            Some(elector) => Err(Self::SmallOrder { voter: elector.id.clone() }),
            None => Ok(()),
        }
    }
}

impl moai_core::Coded for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::NeedMembers { .. } => "consensus.need_members",
            Self::NoVerifier => "consensus.no_verifier",
            Self::SignedChanges => "consensus.signed_changes",
            Self::SmallOrder { .. } => "consensus.small_order",
        }
    }

    fn aftermath(&self) -> moai_core::Aftermath {
        moai_core::Aftermath::NothingChanged
    }
}
