//! What a vote was about, and how it is decided: what whoever checks it has to know.

use moai_core::{AgentId, Digest};

use crate::session::Bound;
use crate::{ByzantineConsensus, Electorate, OpenError, Rule, Ruling, SharedRule, VoterKey, proposal};

/// What a vote was about, and how it is decided: what whoever checks a [`Certificate`](crate::Certificate) or
/// [`Evidence`](crate::Evidence) knows beforehand, and takes from nobody who managed the vote.
///
/// ```
/// use moai_consensus::{Elector, Electorate, Terms, Threshold, VoterKey};
/// use moai_core::{agent_id, value};
///
/// let proposal = value!("stands for the digest of the proposal").digest();
/// let electorate = Electorate::new([Elector::new(agent_id!("a")).with_key(VoterKey::from_bytes(*value!("its key").digest().as_bytes()))])?;
/// let terms = Terms::new(proposal, electorate, Threshold::MAJORITY);
/// assert!(terms.key(&agent_id!("a")).is_some());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct Terms {
    proposal: Digest,
    electorate: Electorate,
    judged: Judged,
    instance: Digest,
}

/// How a vote is decided.
#[derive(Clone)]
pub(crate) enum Judged {
    /// By a rule, with one ballot from each.
    Rule(SharedRule),
    /// By ballots that are confirmed round by round.
    Rounds(Bound),
}

impl Terms {
    /// A vote with one ballot from each under this rule: `quorum` is `Threshold::MAJORITY` by default, `weighted`
    /// `Threshold::THREE_FIFTHS.by_weight()` over the [weighted](Electorate::weighted) electorate, `unanimous`
    /// [`Unanimous`](crate::Unanimous).
    #[must_use]
    pub fn new(proposal: Digest, electorate: Electorate, rule: impl Rule + 'static) -> Self {
        let ruling = Ruling::of(&rule);
        Self::assemble(proposal, electorate, Judged::Rule(rule.shared()), &ruling)
    }

    /// A vote over several rounds, which bears as many liars as this says.
    ///
    /// # Errors
    ///
    /// `NeedMembers` where fewer may vote than that takes.
    pub fn byzantine(
        proposal: Digest,
        electorate: Electorate,
        byzantine: &ByzantineConsensus,
    ) -> Result<Self, OpenError> {
        let bound = byzantine.bound();
        bound.check(electorate.total_weight())?;
        Ok(Self::assemble(proposal, electorate, Judged::Rounds(bound), &bound.ruling()))
    }

    fn assemble(proposal: Digest, electorate: Electorate, judged: Judged, ruling: &Ruling) -> Self {
        let instance = proposal::bound(proposal, electorate.digest(), ruling.digest());
        Self { proposal, electorate, judged, instance }
    }

    /// What ballots are bound to.
    #[must_use]
    pub const fn instance(&self) -> Digest {
        self.instance
    }

    /// What stands for the proposal.
    #[must_use]
    pub const fn proposal(&self) -> Digest {
        self.proposal
    }

    /// Who may vote.
    #[must_use]
    pub const fn electorate(&self) -> &Electorate {
        &self.electorate
    }

    /// The key of a voter; nothing for a stranger, and for who has none.
    #[must_use]
    pub fn key(&self, voter: &AgentId) -> Option<&VoterKey> {
        self.electorate.key(voter)
    }

    pub(crate) const fn judged(&self) -> &Judged {
        &self.judged
    }
}

impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rule = match &self.judged {
            Judged::Rule(rule) => rule.words_for(&self.electorate),
            Judged::Rounds(bound) => bound.words_for(self.electorate.total_weight()),
        };
        f.debug_struct("Terms").field("instance", &self.instance).field("rule", &rule).finish_non_exhaustive()
    }
}
