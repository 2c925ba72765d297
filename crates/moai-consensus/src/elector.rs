//! One voter, and what it has in common with others.

use std::fmt;
use std::str::FromStr;

use moai_core::{AgentId, InvalidInput, Namespace};
use serde::{Deserialize, Serialize};

use crate::VoterKey;

/// What several voters have in common, such as a family of models: a rule can ask for more than one.
///
/// ```
/// use moai_consensus::Group;
///
/// let group: Group = "opus".parse()?;
/// assert_eq!((group.as_str(), group.to_string().as_str()), ("opus", "opus"));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Group(Namespace);

impl Group {
    /// A group by name: `[a-z0-9._-]`, 1 to 64 bytes.
    ///
    /// # Errors
    ///
    /// What does not fit about the name.
    pub fn new(name: impl AsRef<str>) -> Result<Self, InvalidInput> {
        Namespace::new(name).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Group {
    type Err = InvalidInput;

    fn from_str(text: &str) -> Result<Self, InvalidInput> {
        Self::new(text)
    }
}

impl AsRef<str> for Group {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// One voter.
///
/// ```
/// use moai_consensus::{Elector, Group};
/// use moai_core::agent_id;
///
/// let guard = Elector::new(agent_id!("guard")).weighing(3).in_group(Group::new("opus")?).with_veto();
/// assert_eq!((guard.weight, guard.veto), (3, true));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Elector {
    /// Its name.
    pub id: AgentId,
    /// How much its vote weighs, in the electorate's unit.
    pub weight: u64,
    /// What it has in common with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
    /// Whether a rule may let it stop a proposal alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veto: bool,
    /// The key that its ballots must be signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<VoterKey>,
}

impl Elector {
    /// A voter of weight 1, in no group, without veto and key.
    #[must_use]
    pub const fn new(id: AgentId) -> Self {
        Self { id, weight: 1, group: None, veto: false, key: None }
    }

    /// The same voter with another weight.
    #[must_use]
    pub fn weighing(mut self, weight: u64) -> Self {
        self.weight = weight;
        self
    }

    /// The same voter in a group.
    #[must_use]
    pub fn in_group(mut self, group: Group) -> Self {
        self.group = Some(group);
        self
    }

    /// The same voter with a veto.
    #[must_use]
    pub fn with_veto(mut self) -> Self {
        self.veto = true;
        self
    }

    /// The same voter with a key.
    #[must_use]
    pub fn with_key(mut self, key: VoterKey) -> Self {
        self.key = Some(key);
        self
    }
}
