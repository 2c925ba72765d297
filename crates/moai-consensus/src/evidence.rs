//! Two ballots that contradict each other.

use moai_core::AgentId;
use serde::{Deserialize, Serialize};

use crate::Ballot;

/// Two whole ballots of one voter that contradict each other.
///
/// **Of unsigned ballots it proves nothing to others**: whoever carried them could have made one up. It shows what was
/// received here. Dissent is no contradiction, and neither is silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Evidence {
    /// How they contradict each other.
    pub kind: Contradiction,
    /// The one that was received first.
    pub first: Ballot,
    /// The one that was received later.
    pub second: Ballot,
}

/// How two ballots contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contradiction {
    /// They say different things in one round.
    DoubleBallot,
    /// They choose differently in two rounds of a vote in which nobody may change their mind.
    ChangeOfMind,
}

impl Evidence {
    /// What two ballots of one voter, on one proposal, show together; nothing, if both can stand.
    ///
    /// ```
    /// use moai_consensus::{Ballot, Choice, Contradiction, Evidence};
    /// use moai_core::{agent_id, proposal_id, value};
    ///
    /// let of = |choice| Ballot::new(agent_id!("a"), proposal_id!("p"), value!(0).digest(), choice);
    /// let shown = Evidence::of(&of(Choice::For), &of(Choice::Against)).map(|evidence| evidence.kind);
    /// assert_eq!(shown, Some(Contradiction::DoubleBallot));
    /// assert_eq!(Evidence::of(&of(Choice::For), &of(Choice::For)), None);
    /// ```
    #[must_use]
    pub fn of(first: &Ballot, second: &Ballot) -> Option<Self> {
        let same_question = first.voter == second.voter && first.instance == second.instance;
        let kind = match first.round == second.round {
            true if first != second => Contradiction::DoubleBallot,
            false if first.choice != second.choice => Contradiction::ChangeOfMind,
            _ => return None,
        };
        same_question.then(|| Self { kind, first: first.clone(), second: second.clone() })
    }

    /// Whose ballots they are.
    #[must_use]
    pub fn voter(&self) -> &AgentId {
        &self.first.voter
    }

    /// Whether it proves to anyone that the voter said both: both ballots are signed by it.
    #[must_use]
    pub const fn is_proof(&self) -> bool {
        // Ballots carry no signature yet.
        false
    }
}
