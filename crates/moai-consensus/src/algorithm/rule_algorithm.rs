//! A plain vote under any rule.

use super::Algorithm;
use crate::session::{Manner, VoteSession};
use crate::{OpenError, Opening, Rule, Session, SharedRule};

/// A plain vote under any rule, also one of your own.
///
/// ```
/// use moai_consensus::{FinalTally, Rule, RuleAlgorithm, Why};
///
/// struct NobodyObjects;
///
/// impl Rule for NobodyObjects {
///     fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
///         if tally.against().heads == 0 { Ok(()) } else { Err(Why::Other("somebody objects")) }
///     }
///     fn words(&self) -> String {
///         "nobody objects".into()
///     }
/// }
///
/// let algorithm = RuleAlgorithm::new(NobodyObjects);
/// # let _ = algorithm;
/// ```
#[derive(Debug, Clone)]
pub struct RuleAlgorithm {
    rule: SharedRule,
}

impl RuleAlgorithm {
    /// Votes under this rule.
    #[must_use]
    pub fn new(rule: impl Rule + 'static) -> Self {
        Self { rule: rule.shared() }
    }
}

impl Algorithm for RuleAlgorithm {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        opening.check_keys()?;
        Ok(Box::new(VoteSession::new(opening, self.rule.clone(), Manner::Plain)))
    }
}
