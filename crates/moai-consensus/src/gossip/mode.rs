//! How agents come to agree.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

/// How agents come to agree.
///
/// ```
/// use moai_consensus::GossipMode;
///
/// assert_eq!(GossipMode::default(), GossipMode::Epidemic);
/// assert!(GossipMode::Snowball { k: 20, alpha: 15, beta: 5 }.is_probabilistic());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum GossipMode {
    /// Ballots spread until everybody has all of them, and each agent counts for itself: exact, for up to 20,000 agents,
    /// since each keeps a bit for each: 50 MB, and as much again while a round is taken.
    #[default]
    Epidemic,
    /// Each agent takes over what most of a few others and it say. It makes a majority larger and can overturn a thin one.
    MajorityDynamics,
    /// Each agent asks `k` others. When `alpha` of them say the same, that counts as a success for this side; an agent
    /// stands where it had more successes, and after `beta` of one side in a row it stays there. For a thousand agents and
    /// more; that all end up on one side is likely and not certain.
    Snowball {
        /// How many are asked in a round: fewer than all but two.
        k: u32,
        /// How many of them must say the same: more than half of `k`.
        alpha: u32,
        /// After how many rounds in a row an agent is sure: at most as many as there are rounds.
        beta: u32,
    },
}

/// With more agents than this, Epidemic takes too much memory.
const MOST: u64 = 20_000;

/// With fewer agents than this, Snowball's samples are too much alike.
const FEW: usize = 50;

impl GossipMode {
    /// Whether its agents can end up on different sides although each is sure.
    #[must_use]
    pub const fn is_probabilistic(self) -> bool {
        matches!(self, Self::Snowball { .. })
    }

    /// What can be said before it is known how many agents there are.
    pub(super) fn check(self) -> Result<(), InvalidInput> {
        let Self::Snowball { k, alpha, beta } = self else { return Ok(()) };
        within("k", k.into(), 1, u32::MAX.into())?;
        within("alpha", alpha.into(), u64::from(k / 2) + 1, k.into())?;
        within("beta", beta.into(), 1, u32::MAX.into())
    }

    /// The rest of it.
    pub(super) fn check_for(self, members: usize, max_rounds: u32) -> Result<(), InvalidInput> {
        let members = members as u64;
        match self {
            Self::Epidemic => within("members", members, 0, MOST),
            Self::MajorityDynamics => Ok(()),
            Self::Snowball { k, beta, .. } => {
                within("k", k.into(), 1, members.saturating_sub(2))?;
                within("beta", beta.into(), 1, max_rounds.into())
            }
        }
    }

    /// A word of caution for so many agents.
    pub(super) fn warning(self, members: usize) -> Option<String> {
        let few = self.is_probabilistic() && members < FEW;
        let why = "snowball is meant for a thousand agents and more";
        few.then(|| format!("{why}; with {members}, fewer than {FEW}, they may end up on different sides"))
    }
}

/// Refuses what is outside of `low` to `high`.
pub(super) fn within(field: &'static str, got: u64, low: u64, high: u64) -> Result<(), InvalidInput> {
    if (low..=high).contains(&got) {
        return Ok(());
    }
    Err(InvalidInput::OutOfRange { field, low: low.to_string(), high: high.to_string(), got: got.to_string() })
}
