//! More than half of the members and of the liars together, in every round.

use std::collections::BTreeMap;

use moai_core::{AgentId, InvalidInput};

use super::{Algorithm, Detected};
use crate::session::{Bound, ByzantineSession};
use crate::{Evidence, OpenError, Opening, Ruling, Session};

/// Ballots are taken in several rounds, and only who says the same in each of them is counted; so many of those must be
/// for it that a known weight of liars cannot bring it about.
///
/// With a weight `W` of all members and `f` of liars, `Q = floor((W + f) / 2) + 1` must be confirmed FOR: `2f + 1` of
/// `3f + 1`, and more where there are more. Weights are those of the [`Electorate`](crate::Electorate): 1 for each
/// member, unless said otherwise.
///
/// **Promises:** what is approved was said in every round by honest members of a weight of at least `Q − f`, as long as
/// no more than `f` lie. It is approved in the last round at the earliest, and rejected as soon as `Q` cannot be reached
/// any more. **Dissent is not malice, and neither is silence:** who is proven to have said two things, who changed its
/// mind as far as was seen here, who fell silent and who is of another opinion are four lists that are never merged.
/// Whoever carries the ballots is trusted to carry them; ballots are not signed yet, so no one is proven a liar yet.
///
/// A round is open until everybody who is still heard has answered, and at the latest until its share of the time has
/// passed. Who misses one counts as silent. Under [`OnDeadline::Timeout`](crate::OnDeadline) and `Reject` a vote that
/// silence has made hopeless is rejected there and then, for want of a quorum; under the others the deadline decides.
///
/// ```
/// use moai_consensus::{Algorithm, ByzantineConsensus, Draft, Electorate, OpenError, Opening};
/// use moai_core::{AgentId, Limits, Timestamp, agent_id, algorithm_name, value};
///
/// let byzantine = ByzantineConsensus::new(1, 3)?;
/// let open = |members: u32| {
///     let proposal = Draft::from(value!({"action": "upgrade"})).identify(agent_id!("lead"), [0; 16], &Limits::default())?;
///     let ids: Result<Vec<_>, _> = (0..members).map(|number| AgentId::new(format!("agent-{number}"))).collect();
///     let now = Timestamp::UNIX_EPOCH;
///     byzantine.open(Opening::new(proposal, Electorate::of(ids?)?, algorithm_name!("byzantine"), now, now))
/// };
/// assert!(open(4).is_ok());
/// assert_eq!(open(3).err(), Some(OpenError::NeedMembers { need: 4, got: 3 }));
/// assert!(byzantine.detected_malicious().is_empty());
/// # Ok::<(), OpenError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ByzantineConsensus {
    bound: Bound,
    detected: Detected,
}

impl ByzantineConsensus {
    /// The fewest rounds: with fewer nobody is held to their word.
    pub const MIN_ROUNDS: u32 = 3;

    /// The most rounds: every ballot of every round is kept.
    pub const MAX_ROUNDS: u32 = 100;

    /// Bears liars of this weight together, and asks in so many rounds.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for fewer than 3 rounds or more than 100.
    pub fn new(fault_tolerance: u64, rounds: u32) -> Result<Self, InvalidInput> {
        if (Self::MIN_ROUNDS..=Self::MAX_ROUNDS).contains(&rounds) {
            return Ok(Self { bound: Bound { faults: fault_tolerance, rounds }, detected: Detected::default() });
        }
        let (low, high) = (Self::MIN_ROUNDS.to_string(), Self::MAX_ROUNDS.to_string());
        Err(InvalidInput::OutOfRange { field: "rounds", low, high, got: rounds.to_string() })
    }

    /// Who contradicted itself in the votes that ran under this one and its clones, with what shows it: the documents'
    /// `get_detected_malicious`. Whether anyone else can check it says
    /// [`Evidence::is_proof`](crate::Evidence::is_proof).
    ///
    /// The latest 1,024 voters are remembered, each with its latest 4 votes: one piece of evidence for each.
    #[must_use]
    pub fn detected_malicious(&self) -> BTreeMap<AgentId, Vec<Evidence>> {
        self.detected.all()
    }
}

impl ByzantineConsensus {
    /// What voters are told of it, and what stands in their ballots as its digest.
    ///
    /// ```
    /// use moai_consensus::ByzantineConsensus;
    ///
    /// let ruling = ByzantineConsensus::new(1, 3)?.ruling();
    /// assert!(ruling.words().starts_with("confirmed in 3 rounds"));
    /// assert_eq!(ruling.rounds(), 3);
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    #[must_use]
    pub fn ruling(&self) -> Ruling {
        self.bound.ruling()
    }

    pub(crate) const fn bound(&self) -> Bound {
        self.bound
    }
}

impl Default for ByzantineConsensus {
    /// One liar of weight 1, in 3 rounds.
    fn default() -> Self {
        Self { bound: Bound { faults: 1, rounds: Self::MIN_ROUNDS }, detected: Detected::default() }
    }
}

impl Algorithm for ByzantineConsensus {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        if opening.changes_allowed {
            let why = "where ballots are confirmed round by round nobody may change their mind".into();
            return Err(InvalidInput::Malformed { field: "changes_allowed", why }.into());
        }
        opening.check_keys()?;
        self.bound.check(opening.electorate.total_weight())?;
        Ok(Box::new(ByzantineSession::new(opening, self.bound, self.detected.clone())))
    }
}
