//! By rumours.

use moai_core::InvalidInput;

use super::Algorithm;
use crate::session::{Manner, VoteSession};
use crate::{
    Electorate, Extremes, FinalTally, GossipProtocol, IntoRatio, Measure, OpenError, Opening, Parts, Ratio, Rule,
    Session, SharedRule, Threshold, Why,
};

/// Ballots are collected, and go round as gossip: see [`GossipProtocol`] for what that promises.
///
/// The rule judges the ballots as they were given. The rounds say whether the swarm came to agree; when it did not in
/// time, nothing is decided. The votes in the outcome are those after the last round, and its metadata tells both.
///
/// ```
/// use moai_consensus::{GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol};
///
/// let config = GossipConfig::new(GossipMode::MajorityDynamics)?.with_fanout(5)?.with_max_rounds(7)?;
/// let gossip = GossipAlgorithm::new(GossipProtocol::new(config), 0.66)?;
/// # let _ = gossip;
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct GossipAlgorithm {
    protocol: GossipProtocol,
    rule: SharedRule,
}

impl GossipAlgorithm {
    /// More than this share of the members must be for it; all of them for 1.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above 1, and what does not fit about the number.
    pub fn new(protocol: GossipProtocol, threshold: impl IntoRatio) -> Result<Self, InvalidInput> {
        Ok(Self::by(protocol, Threshold::above(threshold.into_ratio()?)?))
    }

    /// Under any rule.
    #[must_use]
    pub fn by(protocol: GossipProtocol, rule: impl Rule + 'static) -> Self {
        Self { protocol, rule: Rumoured { protocol, rule: rule.shared() }.shared() }
    }
}

/// How the words of a rule end whose ballots go round, where it is known who may vote.
pub(crate) const BY_GOSSIP: &str = ", by gossip";

/// A rule whose ballots go round: it judges as the rule does, and is told from it by its words.
struct Rumoured {
    protocol: GossipProtocol,
    rule: SharedRule,
}

impl Rule for Rumoured {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.rule.holds(tally)
    }

    fn words(&self) -> String {
        let config = serde_json::to_string(self.protocol.config()).unwrap_or_default();
        format!("{}{BY_GOSSIP} as in {config}", self.rule.words())
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        self.rule.words_for(electorate) + BY_GOSSIP
    }

    fn measure(&self) -> Measure {
        self.rule.measure()
    }

    fn threshold(&self) -> Option<Ratio> {
        self.rule.threshold()
    }

    fn extremes(&self) -> Extremes {
        self.rule.extremes()
    }

    fn parts(&self) -> Parts<'_> {
        self.rule.parts()
    }
}

impl Algorithm for GossipAlgorithm {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        opening.check_keys()?;
        self.protocol.config().check_for(opening.electorate.len())?;
        Ok(Box::new(VoteSession::new(opening, self.rule.clone(), Manner::Gossip(self.protocol))))
    }
}
