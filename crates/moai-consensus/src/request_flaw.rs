//! Why a question is none that anybody honest puts.

use moai_core::{Aftermath, Coded};

/// Why a question is none that anybody honest puts. A voter answers it by nothing, and signs nothing.
///
/// ```
/// use moai_consensus::{Draft, Electorate, Opening, Request, RequestFlaw, Ruling, Threshold};
/// use moai_core::{Limits, Timestamp, agent_id, algorithm_name, value};
///
/// let about = |action: &str| {
///     let draft = Draft::from(value!({"proposal_id": "p", "action": action}));
///     let (electorate, now) = (Electorate::of([agent_id!("a")])?, Timestamp::UNIX_EPOCH);
///     let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default())?;
///     let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), now, now);
///     Ok::<_, moai_core::InvalidInput>(Request::of(&opening, Ruling::of(&Threshold::MAJORITY), 1))
/// };
/// let (mut shown, other) = (about("deploy")?, about("delete everything")?);
/// assert_eq!(shown.check(), Ok(()));
/// shown.instance = other.instance;
/// assert_eq!(shown.check(), Err(RequestFlaw::OtherInstance));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFlaw {
    /// Ballots would be bound to something else than what it shows: another proposal, another electorate or another rule.
    #[error("it asks for ballots on something else than it shows; nothing changed")]
    OtherInstance,
    /// A vote under its rule has no such round.
    #[error("the vote has rounds 1 to {rounds}, and it asks for {round}; nothing changed")]
    NoSuchRound {
        /// Which round it asks for.
        round: u32,
        /// How many there are.
        rounds: u32,
    },
}

impl RequestFlaw {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["request.other_instance", "request.no_such_round"];
}

impl Coded for RequestFlaw {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherInstance => "request.other_instance",
            Self::NoSuchRound { .. } => "request.no_such_round",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
