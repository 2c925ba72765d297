//! What a swarm decided by gossip.

use serde::{Deserialize, Serialize};

use super::GossipRun;
use crate::Decision;

/// What a swarm decided by gossip: the rule's word on the ballots before the first round, and what happened.
///
/// ```
/// use moai_consensus::{Choice, Decision, GossipConfig, GossipProtocol, Ratio};
///
/// let ballots = [Some(Choice::For), Some(Choice::For), Some(Choice::Against)];
/// let decision = GossipProtocol::new(GossipConfig::default()).decide(&ballots, Ratio::HALF)?;
/// assert_eq!(decision.decision(), Decision::Approved);
/// assert_eq!(decision.run.initial.in_favour, 2);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GossipDecision {
    /// Whether the rule holds for the ballots before the first round.
    pub passed: bool,
    /// What happened.
    pub run: GossipRun,
}

impl GossipDecision {
    /// What was decided: nothing in time unless the swarm converged, and else what the rule says.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        match (self.run.converged, self.passed) {
            (true, true) => Decision::Approved,
            (true, false) => Decision::Rejected,
            (false, _) => Decision::Timeout,
        }
    }
}
