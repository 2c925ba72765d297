//! The port to the others: who is in the swarm, and how a message reaches them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Aftermath, AgentId, Coded, Envelope, InvalidInput, Mailbox, SwarmId};

/// Knows who is in one swarm, and carries envelopes to them.
///
/// ```text
///            join            ┌─────────────┐  send, broadcast   ┌─────────┐
///  agent ───────────────────▶│ Coordinator │───────────────────▶│ Mailbox │──▶ recv
///            leave, or drop  │ (one swarm) │  full: a refusal   │ bounded │
///            of its mailbox  └─────────────┘                    └─────────┘
/// ```
///
/// # What an implementation promises
///
/// Each sentence is a check in [`conformance::coordinator`](crate::conformance::coordinator()) (feature `conformance`).
///
/// - **One coordinator is one swarm.** An envelope of another swarm is refused with
///   [`WrongSwarm`](CoordinatorError::WrongSwarm).
/// - **Members count, services do not.** Both can be written to by name and may send. Only members stand in
///   [`view`](Coordinator::view) and receive broadcasts.
/// - **Sending never waits for the receiver.** A full mailbox is a refusal; it delays nobody else, and what was in it
///   stays.
/// - **What was accepted arrives once, unchanged, and in the order in which its sender sent it**, unless the receiver
///   goes first.
/// - **A refusal changes nothing.**
///
/// Methods may be called from many tasks at once. Dropping a future half way leaves the call either done or not begun,
/// and what is called after it comes after it. A [`join`](Coordinator::join) that was done drops its mailbox with it, and
/// so leaves again.
#[async_trait]
pub trait Coordinator: Send + Sync {
    /// The one swarm that this coordinator is.
    fn swarm_id(&self) -> &SwarmId;

    /// Joins under a name and gives its mailbox. When it returns, others reach it.
    ///
    /// A new member is [`Active`](AgentState::Active), whatever somebody of that name was before, and its mailbox is
    /// empty. Dropping the mailbox leaves.
    ///
    /// # Errors
    ///
    /// [`AlreadyJoined`](CoordinatorError::AlreadyJoined) when the name is in use, and the first one stays;
    /// [`InvalidInput::Reserved`] for [`AgentId::COORDINATOR`]; [`InvalidInput::TooMany`] when the swarm is full.
    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError>;

    /// Takes a participant out. When it returns, nobody reaches it; its mailbox still yields what was accepted before
    /// and then ends. The name is free again.
    ///
    /// # Errors
    ///
    /// [`NotJoined`](CoordinatorError::NotJoined) when nobody has that name.
    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError>;

    /// Puts an envelope into the mailbox of one participant, be it a member, a service or the sender itself.
    ///
    /// # Errors
    ///
    /// [`WrongSwarm`](CoordinatorError::WrongSwarm), [`UnknownSender`](CoordinatorError::UnknownSender),
    /// [`UnknownRecipient`](CoordinatorError::UnknownRecipient), [`MailboxFull`](CoordinatorError::MailboxFull),
    /// [`Unreachable`](CoordinatorError::Unreachable), or [`InvalidInput::TooLong`] for a payload over the limit.
    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError>;

    /// Puts an envelope into the mailbox of every member but its sender and those in `except`.
    ///
    /// Who could not be given it is named with the error that a [`send`](Coordinator::send) would have met; the others
    /// receive it all the same. It reaches the members of one moment: who joins during the call may or may not be among
    /// them. Names in `except` that are no member's, or stand there twice, do no harm; reaching nobody is no error.
    ///
    /// # Errors
    ///
    /// [`WrongSwarm`](CoordinatorError::WrongSwarm), [`UnknownSender`](CoordinatorError::UnknownSender), or
    /// [`InvalidInput::TooLong`]: then nobody receives it.
    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError>;

    /// Says what a member is doing; [`view`](Coordinator::view) shows it from then on.
    ///
    /// # Errors
    ///
    /// [`NotJoined`](CoordinatorError::NotJoined) when no *member* has that name: services have no state.
    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError>;

    /// The members of this moment, sorted by name, with what they are doing.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](CoordinatorError::Unavailable) when an engine behind the coordinator does not answer.
    async fn view(&self) -> Result<View, CoordinatorError>;
}

/// What a participant is to the swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Votes, holds state, is counted and gets broadcasts.
    Member,
    /// Serves the swarm (a manager, a synchronizer, a monitor): reached by name only, never counted.
    Service,
}

crate::words! {
    Role "role":
    Member "member"
    Service "service"
}

/// What a member is doing.
///
/// ```
/// use moai_core::AgentState;
/// assert_eq!(AgentState::Busy.to_string(), "busy");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AgentState {
    /// Takes part.
    Active,
    /// Takes part, and has nothing to do.
    Idle,
    /// Takes part, and works on something.
    Busy,
    /// Was found dead. It still stands in the view until it leaves.
    Failed,
}

crate::words! {
    AgentState "agent_state":
    Active "active"
    Idle "idle"
    Busy "busy"
    Failed "failed"
}

/// The shape in which messages travel.
///
/// ```
/// use moai_core::Topology;
/// assert_eq!(Topology::Hierarchical.to_string(), "hierarchical");
/// assert_eq!("ring".parse(), Ok(Topology::Ring));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Topology {
    /// Everyone reaches everyone.
    Mesh,
    /// Everyone reaches the hub.
    Star,
    /// Everyone reaches two neighbours.
    Ring,
    /// Everyone reaches a parent and children.
    Hierarchical,
    /// One of the others, by size and load.
    Adaptive,
}

crate::words! {
    Topology "topology":
    Mesh "mesh"
    Star "star"
    Ring "ring"
    Hierarchical "hierarchical"
    Adaptive "adaptive"
}

/// One member, as [`Coordinator::view`] shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Member {
    /// Its name.
    pub id: AgentId,
    /// What it is doing.
    pub state: AgentState,
    /// The epoch with which it joined: it tells two lives of one name apart.
    pub joined: u64,
}

impl Member {
    /// A member, for coordinators to show.
    #[must_use]
    pub const fn new(id: AgentId, state: AgentState, joined: u64) -> Self {
        Self { id, state, joined }
    }
}

/// A swarm at one moment.
///
/// ```
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
///
/// # pollster::block_on(async {
/// let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
/// let _mailbox = swarm.join(agent_id!("agent-1"), Role::Member).await?;
/// let before = swarm.view().await?;
/// swarm.leave(&agent_id!("agent-1")).await?;
/// assert!(swarm.view().await?.epoch > before.epoch);
/// # Ok::<(), moai_core::CoordinatorError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct View {
    /// Grows whenever a member joins or leaves, and at no other time: two views with one epoch have the same members.
    pub epoch: u64,
    /// The members, sorted by name. Services are not among them.
    pub members: Vec<Member>,
    /// The shape in which messages travel.
    pub topology: Topology,
}

impl View {
    /// A view, for coordinators to give.
    #[must_use]
    pub const fn new(epoch: u64, members: Vec<Member>, topology: Topology) -> Self {
        Self { epoch, members, topology }
    }
}

/// Whom a broadcast reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
#[must_use = "a broadcast may have reached nobody"]
pub struct Delivered {
    /// Whose mailbox holds it, sorted by name.
    pub ids: Vec<AgentId>,
    /// Who could not be given it, sorted by name, each with the reason.
    pub refused: Vec<(AgentId, CoordinatorError)>,
}

impl Delivered {
    /// What became of a broadcast, for coordinators to give.
    pub const fn new(ids: Vec<AgentId>, refused: Vec<(AgentId, CoordinatorError)>) -> Self {
        Self { ids, refused }
    }
}

/// Why a coordinator did not do as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoordinatorError {
    /// The input itself does not fit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// The envelope belongs to another swarm.
    #[error("the envelope belongs to swarm {got}, this is swarm {expected}; nothing changed")]
    WrongSwarm {
        /// The coordinator's swarm.
        expected: SwarmId,
        /// The envelope's swarm.
        got: SwarmId,
    },
    /// The name is in use.
    #[error("{id} has joined already; nothing changed")]
    AlreadyJoined {
        /// The name.
        id: AgentId,
    },
    /// Nobody has that name, or it names a service where a member is due.
    #[error("{id} has not joined; nothing changed")]
    NotJoined {
        /// The name.
        id: AgentId,
    },
    /// The sender has not joined.
    #[error("the sender {id} has not joined; nothing changed")]
    UnknownSender {
        /// The sender's name.
        id: AgentId,
    },
    /// The recipient has not joined, or has left.
    #[error("the recipient {id} has not joined; nothing changed")]
    UnknownRecipient {
        /// The recipient's name.
        id: AgentId,
    },
    /// The recipient does not keep up: its mailbox holds as many messages as it may.
    #[error("the mailbox of {id} is full with {capacity} messages; nothing changed")]
    MailboxFull {
        /// The recipient's name.
        id: AgentId,
        /// How many messages the mailbox holds.
        capacity: usize,
    },
    /// The topology has no way to the recipient.
    #[error("there is no way to {id}: {why}; nothing changed")]
    Unreachable {
        /// The recipient's name.
        id: AgentId,
        /// Where the way ends.
        why: String,
    },
    /// The engine behind the coordinator did not answer: the call may have taken effect.
    #[error("the coordinator is unavailable: {why}; may be half done")]
    Unavailable {
        /// What the engine said.
        why: String,
    },
}

impl CoordinatorError {
    /// Every code of this error's own; bad input has the codes of [`InvalidInput`].
    pub const CODES: &'static [&'static str] = &[
        "coordinator.wrong_swarm",
        "coordinator.already_joined",
        "coordinator.not_joined",
        "coordinator.unknown_sender",
        "coordinator.unknown_recipient",
        "coordinator.mailbox_full",
        "coordinator.unreachable",
        "coordinator.unavailable",
    ];
}

impl Coded for CoordinatorError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::WrongSwarm { .. } => "coordinator.wrong_swarm",
            Self::AlreadyJoined { .. } => "coordinator.already_joined",
            Self::NotJoined { .. } => "coordinator.not_joined",
            Self::UnknownSender { .. } => "coordinator.unknown_sender",
            Self::UnknownRecipient { .. } => "coordinator.unknown_recipient",
            Self::MailboxFull { .. } => "coordinator.mailbox_full",
            Self::Unreachable { .. } => "coordinator.unreachable",
            Self::Unavailable { .. } => "coordinator.unavailable",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Unavailable { .. } => Aftermath::MayBeHalfDone,
            Self::Input(_)
            | Self::WrongSwarm { .. }
            | Self::AlreadyJoined { .. }
            | Self::NotJoined { .. }
            | Self::UnknownSender { .. }
            | Self::UnknownRecipient { .. }
            | Self::MailboxFull { .. }
            | Self::Unreachable { .. } => Aftermath::NothingChanged,
        }
    }
}
