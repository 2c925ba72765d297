//! What is voted on.

use std::sync::Arc;

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
#[derive(Debug, Clone, PartialEq)]
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
        Ok(Proposal::assemble(id, proposer, Arc::new(self.content)))
    }
}

impl From<Value> for Draft {
    fn from(content: Value) -> Self {
        Self::new(content)
    }
}

/// What is voted on: content under a name, by a proposer. It costs a pointer to copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Proposal {
    id: ProposalId,
    proposer: AgentId,
    content: Arc<Value>,
    digest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Proposal", deny_unknown_fields)]
struct Written {
    id: ProposalId,
    proposer: AgentId,
    content: Value,
}

impl Proposal {
    pub(crate) fn assemble(id: ProposalId, proposer: AgentId, content: Arc<Value>) -> Self {
        let digest = DigestBuilder::new("moai/proposal/1").text(id.as_str()).text(proposer.as_str()).value(&content);
        let digest = digest.finish();
        Self { id, proposer, content, digest }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &ProposalId {
        &self.id
    }

    /// Who proposed it.
    #[must_use]
    pub fn proposer(&self) -> &AgentId {
        &self.proposer
    }

    /// What it says.
    #[must_use]
    pub fn content(&self) -> &Value {
        &self.content
    }

    /// What stands for it in ballots: SHA-256 by [`DigestBuilder`] under the domain `moai/proposal/1` of name, proposer
    /// and content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl From<Written> for Proposal {
    fn from(Written { id, proposer, content }: Written) -> Self {
        Self::assemble(id, proposer, Arc::new(content))
    }
}

impl From<Proposal> for Written {
    fn from(Proposal { id, proposer, content, .. }: Proposal) -> Self {
        Self { id, proposer, content: Arc::unwrap_or_clone(content) }
    }
}

/// What a ballot is bound to, so that it counts nowhere else: the digest under the domain `moai/1` of those of proposal,
/// electorate and rule.
#[must_use]
pub fn instance(proposal: &Proposal, electorate: Digest, rule: Digest) -> Digest {
    DigestBuilder::new("moai/1").digest(&proposal.digest()).digest(&electorate).digest(&rule).finish()
}
