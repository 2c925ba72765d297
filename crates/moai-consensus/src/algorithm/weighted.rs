//! More than a share of the weight.

use std::collections::BTreeMap;

use moai_core::{AgentId, InvalidInput};

use super::Algorithm;
use crate::session::{Manner, VoteSession};
use crate::{IntoRatio, OpenError, Opening, Ratio, Rule, Session, Threshold};

/// More than a share of the members' weight must be for it; more than 3/5, unless said otherwise. Members without a
/// weight weigh 1.
///
/// **Promises:** weights come from whoever sets up the vote, never from a ballot. Decimals are taken as they are written
/// and become whole numbers of a common unit, so that 0.1 and 0.2 are exactly 0.3. It bears silent members, and no liars.
///
/// ```
/// use moai_consensus::WeightedAlgorithm;
/// use moai_core::agent_id;
///
/// let experts = WeightedAlgorithm::new()
///     .with_threshold(0.6)?
///     .weigh(agent_id!("expert-senior"), 3.0)?
///     .weigh(agent_id!("expert-junior"), 1.5)?;
/// # let _ = experts;
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightedAlgorithm {
    rule: Threshold,
    weights: BTreeMap<AgentId, Ratio>,
}

impl WeightedAlgorithm {
    /// More than 3/5 of the weight; everybody weighs 1.
    #[must_use]
    pub fn new() -> Self {
        Self { rule: Threshold::THREE_FIFTHS.by_weight(), weights: BTreeMap::new() }
    }

    /// The same with another share, as a decimal or a [`Ratio`]; all of the weight for 1.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above 1, and what does not fit about the number.
    pub fn with_threshold(mut self, threshold: impl IntoRatio) -> Result<Self, InvalidInput> {
        self.rule = Threshold::above(threshold.into_ratio()?)?.by_weight();
        Ok(self)
    }

    /// The same with a weight for one member, as a decimal or a [`Ratio`]. The later one counts.
    ///
    /// # Errors
    ///
    /// What does not fit about the number.
    pub fn weigh(mut self, id: AgentId, weight: impl IntoRatio) -> Result<Self, InvalidInput> {
        self.weights.insert(id, weight.into_ratio()?);
        Ok(self)
    }
}

impl Default for WeightedAlgorithm {
    fn default() -> Self {
        Self::new()
    }
}

impl Algorithm for WeightedAlgorithm {
    fn open(&self, mut opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        opening.check_keys()?;
        opening.electorate = opening.electorate.weighted(|id| self.weights.get(id).copied())?;
        Ok(Box::new(VoteSession::new(opening, self.rule.shared(), Manner::Weighted)))
    }
}
