//! Algorithms: how a vote is run. One for each file.

mod byzantine;
mod detected;
mod gossip;
mod quorum;
mod rule_algorithm;
mod unanimous;
mod unasked;
mod weighted;

use std::sync::Arc;

use crate::{OpenError, Opening, Session};

pub use byzantine::ByzantineConsensus;
pub(crate) use detected::Detected;
pub(crate) use gossip::BY_GOSSIP;
pub use gossip::GossipAlgorithm;
pub use quorum::QuorumAlgorithm;
pub use rule_algorithm::RuleAlgorithm;
pub use unanimous::UnanimousAlgorithm;
pub(crate) use unasked::Unasked;
pub use weighted::WeightedAlgorithm;

/// How votes are run: what is registered under a name.
///
/// For a plain vote under a rule of one's own take [`RuleAlgorithm`]; this trait is for protocols of several rounds.
pub trait Algorithm: Send + Sync {
    /// Opens one vote. The first input that the session gets is [`Input::Start`](crate::Input::Start).
    ///
    /// # Errors
    ///
    /// When the electorate does not fit; nothing was opened.
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError>;
}

/// An algorithm that was chosen at run time is one as well.
impl<A: Algorithm + ?Sized> Algorithm for Arc<A> {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        self.as_ref().open(opening)
    }
}
