//! Every member.

use super::{Algorithm, RuleAlgorithm};
use crate::{OpenError, Opening, Session, Unanimous};

/// Every member must be for it. One who is against it, or abstains, or answers with no ballot, decides at once.
///
/// **Promises:** nothing happens that anybody does not want. One silent member is enough to let it time out.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnanimousAlgorithm;

impl Algorithm for UnanimousAlgorithm {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        RuleAlgorithm::new(Unanimous).open(opening)
    }
}
