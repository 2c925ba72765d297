//! More than a share of the members.

use moai_core::InvalidInput;

use super::{Algorithm, RuleAlgorithm};
use crate::{IntoRatio, OpenError, Opening, Session, Threshold};

/// More than a share of the members must be for it; more than half, unless said otherwise.
///
/// **Promises:** whoever stays silent counts as not for it, so a decision never rests on a few who happened to answer.
/// It bears crashed and silent members as long as enough others answer. It bears no liars.
///
/// A threshold of 1 means all of them.
///
/// ```
/// use moai_consensus::QuorumAlgorithm;
///
/// let majority = QuorumAlgorithm::new();
/// let two_thirds = QuorumAlgorithm::with_threshold(0.66)?;
/// assert!(QuorumAlgorithm::with_threshold(1.5).is_err());
/// # let _ = (majority, two_thirds);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone)]
pub struct QuorumAlgorithm(RuleAlgorithm);

impl QuorumAlgorithm {
    /// More than half of the members.
    #[must_use]
    pub fn new() -> Self {
        Self(RuleAlgorithm::new(Threshold::MAJORITY))
    }

    /// More than this share of the members, as a decimal or a [`Ratio`](crate::Ratio); all of them for 1.
    ///
    /// # Errors
    ///
    /// `OutOfRange` above 1, and what does not fit about the number.
    pub fn with_threshold(threshold: impl IntoRatio) -> Result<Self, InvalidInput> {
        Threshold::above(threshold.into_ratio()?).map(|rule| Self(RuleAlgorithm::new(rule)))
    }
}

impl Default for QuorumAlgorithm {
    fn default() -> Self {
        Self::new()
    }
}

impl Algorithm for QuorumAlgorithm {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        self.0.open(opening)
    }
}
