//! Which proposal.

use crate::name::{name, name_macro};

name! {
    /// The name of a proposal.
    ///
    /// ```
    /// use moai_core::ProposalId;
    ///
    /// let id = ProposalId::new("deploy-v2.0")?;
    /// assert_eq!(id.as_str(), "deploy-v2.0");
    /// assert!(ProposalId::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ProposalId, "proposal id", "proposal_id"
}

name_macro!($ proposal_id, ProposalId, "deploy-v2.0");
