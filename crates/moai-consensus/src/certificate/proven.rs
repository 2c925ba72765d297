//! What a certificate proves.

use moai_core::AgentId;

use crate::Decision;

/// What a certificate that verifies proves: the decision, or only that some ballots were given.
///
/// **Nobody can prove silence.** Whoever managed a vote can keep a ballot back, and say that it never came. So an approval
/// either follows from ballots, whatever those may have said who are not heard in it, or its certificate does not verify.
/// A rejection may follow from ballots as well. A timeout, and a rejection at the deadline, never do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a certificate that verifies need not prove the decision"]
#[non_exhaustive]
pub enum Proven {
    /// The decision follows from what was signed, whatever anybody else has said, and whenever.
    Decision(Decision),
    /// That these ballots were given, and nothing is decided by them. That it ended like this is the word of whoever managed
    /// the vote: that nobody else was heard, that time was over, that somebody stopped it.
    Ballots {
        /// What is said to have been decided: never an approval.
        claimed: Decision,
        /// Whose silence that rests on, sorted.
        unheard: Vec<AgentId>,
    },
}

impl Proven {
    /// The decision, where it is proven.
    #[must_use]
    pub const fn decision(&self) -> Option<Decision> {
        match self {
            Self::Decision(decision) => Some(*decision),
            Self::Ballots { .. } => None,
        }
    }
}
