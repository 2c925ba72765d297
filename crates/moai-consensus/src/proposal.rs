//! What is voted on.

use std::sync::{Arc, OnceLock};

use moai_core::{AgentId, Digest, DigestBuilder, InvalidInput, Limits, ProposalId, Value};
use serde::{Deserialize, Serialize};

/// What somebody wants to have decided, not yet under a name.
///
/// Content that has a text under `proposal_id` is named by it, as in the documents.
///
/// ```
/// use moai_consensus::Draft;
/// use moai_core::{Limits, agent_id, proposal_id, value};
///
/// let draft = Draft::from(value!({"proposal_id": "deploy-v2.0", "action": "deploy"}));
/// let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default())?;
/// assert_eq!(proposal.id(), &proposal_id!("deploy-v2.0"));
///
/// // Without a name, one comes from the content, the proposer and a nonce: never from a clock.
/// let nameless = || Draft::from(value!({"action": "deploy"}));
/// let first = nameless().identify(agent_id!("lead"), [1; 16], &Limits::default())?;
/// let second = nameless().identify(agent_id!("lead"), [2; 16], &Limits::default())?;
/// assert_ne!(first.id(), second.id());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    content: Value,
    id: Option<ProposalId>,
}

impl Draft {
    /// What is to be decided.
    #[must_use]
    pub fn new(content: impl Into<Value>) -> Self {
        Self { content: content.into(), id: None }
    }

    /// The same under a name of the caller's: it counts more than one in the content.
    #[must_use]
    pub fn named(mut self, id: ProposalId) -> Self {
        self.id = Some(id);
        self
    }

    /// Whether it has a name, so that no nonce is needed for one.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.id.is_some() || self.content.get("proposal_id").is_some()
    }

    /// The proposal, under a name.
    ///
    /// # Errors
    ///
    /// Content over the limits, or a `proposal_id` in it that is no name.
    pub fn identify(self, proposer: AgentId, nonce: [u8; 16], limits: &Limits) -> Result<Proposal, InvalidInput> {
        // Before anything walks over it.
        self.content.check(limits)?;
        // It is written down as JSON.
        self.content.check_json()?;
        let named = match (self.id, self.content.get("proposal_id")) {
            (Some(id), _) => Some(id),
            (None, None) => None,
            (None, Some(id)) => {
                let malformed = || InvalidInput::Malformed { field: "proposal id", why: "it is not a text".into() };
                Some(ProposalId::new(id.as_text().ok_or_else(malformed)?)?)
            }
        };
        let id = match named {
            Some(id) => id,
            None => {
                let drawn = DigestBuilder::new("moai/proposal-id/1").value(&self.content).text(proposer.as_str());
                // Half of the digest: 128 bits are enough to be the only one.
                let drawn = drawn.bytes(&nonce).finish().to_string();
                ProposalId::new(drawn.get(..32).unwrap_or_default())?
            }
        };
        Ok(Proposal::assemble(id, proposer, self.content))
    }
}

impl From<Value> for Draft {
    fn from(content: Value) -> Self {
        Self::new(content)
    }
}

impl From<&str> for Draft {
    fn from(content: &str) -> Self {
        Self::new(content)
    }
}

impl From<String> for Draft {
    fn from(content: String) -> Self {
        Self::new(content)
    }
}

/// What is voted on: content under a name, by a proposer. It costs a pointer to copy.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Proposal(Arc<Inner>);

struct Inner {
    id: ProposalId,
    proposer: AgentId,
    content: Value,
    /// Worked out when somebody asks: voters do not.
    digest: OnceLock<Digest>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Proposal", deny_unknown_fields)]
struct Written {
    id: ProposalId,
    proposer: AgentId,
    content: Value,
}

impl Proposal {
    pub(crate) fn assemble(id: ProposalId, proposer: AgentId, content: Value) -> Self {
        Self(Arc::new(Inner { id, proposer, content, digest: OnceLock::new() }))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &ProposalId {
        &self.0.id
    }

    /// Who proposed it.
    #[must_use]
    pub fn proposer(&self) -> &AgentId {
        &self.0.proposer
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Value {
        &self.0.content
    }

    /// What stands for it in ballots: SHA-256 by [`DigestBuilder`] under the domain `moai/proposal/1` of name, proposer
    /// and content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let Inner { id, proposer, content, digest } = self.0.as_ref();
        *digest.get_or_init(|| {
            DigestBuilder::new("moai/proposal/1").text(id.as_str()).text(proposer.as_str()).value(content).finish()
        })
    }

    /// What a ballot is bound to, so that it counts nowhere else: the digest under the domain `moai/1` of those of this proposal,
    /// of the electorate and of the rule.
    ///
    /// ```
    /// # use moai_consensus::{Draft, Electorate, Ruling, Threshold};
    /// # use moai_core::{Limits, agent_id, value};
    /// let draft = Draft::from(value!({"proposal_id": "p", "action": "deploy"}));
    /// let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default())?;
    /// let (electorate, rule) = (Electorate::of([agent_id!("a")])?.digest(), Ruling::of(&Threshold::MAJORITY).digest());
    /// let bound_to = proposal.instance_under(electorate, rule);
    /// assert_ne!(proposal.instance_under(rule, electorate), bound_to, "which is which counts");
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn instance_under(&self, electorate: Digest, rule: Digest) -> Digest {
        bound(self.digest(), electorate, rule)
    }
}

impl From<Written> for Proposal {
    fn from(Written { id, proposer, content }: Written) -> Self {
        Self::assemble(id, proposer, content)
    }
}

impl From<Proposal> for Written {
    fn from(proposal: Proposal) -> Self {
        let Inner { id, proposer, content, .. } = proposal.0.as_ref();
        Self { id: id.clone(), proposer: proposer.clone(), content: content.clone() }
    }
}

impl PartialEq for Proposal {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (&self.0, &other.0);
        Arc::ptr_eq(left, right)
            || (left.id == right.id && left.proposer == right.proposer && left.content == right.content)
    }
}

impl Eq for Proposal {}

impl std::fmt::Debug for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { id, proposer, content, .. } = self.0.as_ref();
        let mut parts = f.debug_struct("Proposal");
        parts.field("id", id).field("proposer", proposer).field("content", content).finish()
    }
}

/// [`Proposal::instance_under`] where only what stands for the proposal is known.
pub(crate) fn bound(proposal: Digest, electorate: Digest, rule: Digest) -> Digest {
    DigestBuilder::new("moai/1").digest(&proposal).digest(&electorate).digest(&rule).finish()
}
