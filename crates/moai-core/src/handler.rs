//! What one half of an agent does with a message.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::{AgentId, Envelope, MessageKind};

/// One half of an agent: its voter, its replica, its heartbeat. It is shown messages, and says what to send; some have
/// something to say unasked.
///
/// **A handler owns no mailbox and sends nothing itself**, so that one agent is put together from several: whoever has the
/// mailbox shows each message to one after the other, until one says that it is its own.
///
/// ```text
///               envelope    ┌────────────┐ NotMine  ┌────────────┐ NotMine
///   mailbox ───────────────▶│   voter    │─────────▶│  replica   │─────────▶ nobody's
///                           └─────┬──────┘          └─────┬──────┘
///                    Done, Later  │                       │
///   coordinator ◀────────────────┴───────────────────────┘
/// ```
///
/// # What an implementation promises
///
/// - **It does not wait.** What takes long is handed back as [`Handled::Later`], and goes on while the other halves
///   work.
/// - A message that is its own is never [`NotMine`](Handled::NotMine), even where it is rubbish: then it is `Done`, with
///   nothing to send.
/// - What comes from others makes it neither panic nor fail.
///
/// # What whoever drives it promises
///
/// - Messages are shown in the order in which they came, each to one handler after the other.
/// - What is `Done` is sent in its order. Work is polled until it ends, or dropped: then nothing of it is sent.
/// - It polls what a handler has to say unasked, from the beginning on and again after each message.
/// - Before an agent leaves in peace, it polls every handler until it is [ready to leave](Self::poll_leave).
///
/// A closure is a handler:
///
/// ```
/// use moai_core::{CorrelationId, Envelope, Handled, Handler, Outgoing, agent_id, message_kind, swarm_id};
///
/// let me = agent_id!("agent-1");
/// let mut heartbeat = |envelope: &Envelope| {
///     if *envelope.kind() != message_kind!("ping") {
///         return Handled::NotMine;
///     }
///     Handled::Done(vec![Outgoing::reply(envelope, me.clone(), message_kind!("pong"), "alive")])
/// };
///
/// let message = |kind| {
///     let correlation = CorrelationId::from_bytes([1; 16]);
///     Envelope::new(swarm_id!("swarm-001"), agent_id!("monitor"), kind, correlation, "")
/// };
/// let Handled::Done(answers) = heartbeat.handle(&message(message_kind!("ping"))) else { panic!("it answers at once") };
/// assert_eq!(answers[0].to, agent_id!("monitor"));
/// assert_eq!(answers[0].envelope.payload(), "alive");
/// assert!(matches!(heartbeat.handle(&message(message_kind!("state_request"))), Handled::NotMine));
/// ```
pub trait Handler: Send {
    /// Says what is to be done with a message. It returns at once.
    fn handle(&mut self, envelope: &Envelope) -> Handled;

    /// What it has to say without being asked, in the order in which it is to be sent. Unless a handler says otherwise, that
    /// is nothing, ever.
    ///
    /// Not ready, it wakes `context` as soon as there is something; what a message changes needs no waking, for it is polled
    /// again after each. What was given is not given again.
    ///
    /// ```
    /// use std::task::{Context, Poll};
    /// use moai_core::{CorrelationId, Envelope, Handled, Handler, Outgoing, agent_id, message_kind, swarm_id};
    ///
    /// /// Greets the monitor, once.
    /// struct Greeting(Option<Outgoing>);
    ///
    /// impl Handler for Greeting {
    ///     fn handle(&mut self, _: &Envelope) -> Handled {
    ///         Handled::NotMine
    ///     }
    ///
    ///     fn poll_unasked(&mut self, _: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
    ///         self.0.take().map_or(Poll::Pending, |hello| Poll::Ready(vec![hello]))
    ///     }
    /// }
    ///
    /// let (kind, id) = (message_kind!("hello"), CorrelationId::from_bytes([1; 16]));
    /// let hello = Envelope::new(swarm_id!("swarm-001"), agent_id!("agent-1"), kind, id, "");
    /// let mut greeting = Greeting(Some(Outgoing::new(agent_id!("monitor"), hello)));
    /// # pollster::block_on(async {
    /// let said = std::future::poll_fn(|context| greeting.poll_unasked(context)).await;
    /// assert_eq!(said[0].to, agent_id!("monitor"));
    /// # });
    /// ```
    fn poll_unasked(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        let _ = context;
        Poll::Pending
    }

    /// The agent is about to leave. From the first call on a handler begins nothing new that takes long, and it is ready once
    /// it has nothing left to get rid of. Unless a handler says otherwise, that is at once.
    ///
    /// It is shown messages and polled for what it has to say as before, for it may wait for an answer. Work that it has
    /// handed back is seen to by whoever drives it. Not ready, it need not wake `context` for what a message changes.
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    /// use moai_core::{Envelope, Handled, Handler};
    ///
    /// /// Waits for a receipt before it goes.
    /// struct Sale {
    ///     is_paid: bool,
    /// }
    ///
    /// impl Handler for Sale {
    ///     fn handle(&mut self, _: &Envelope) -> Handled {
    ///         self.is_paid = true;
    ///         Handled::NOTHING
    ///     }
    ///
    ///     fn poll_leave(&mut self, _: &mut Context<'_>) -> Poll<()> {
    ///         if self.is_paid { Poll::Ready(()) } else { Poll::Pending }
    ///     }
    /// }
    ///
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(Sale { is_paid: false }.poll_leave(&mut context).is_pending());
    /// ```
    fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let _ = context;
        Poll::Ready(())
    }
}

impl<F: FnMut(&Envelope) -> Handled + Send> Handler for F {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        self(envelope)
    }
}

/// Work that takes long, and ends with what is to be sent. Dropping it ends it.
pub type Work = Pin<Box<dyn Future<Output = Vec<Outgoing>> + Send>>;

/// What a handler did with a message.
#[must_use = "what it holds is to be sent"]
pub enum Handled {
    /// Nothing: it is for another.
    NotMine,
    /// It is done with it, and these are to be sent, in this order.
    Done(Vec<Outgoing>),
    /// It works on it: what the future ends with is to be sent. Meanwhile the handler takes further messages.
    Later(Work),
}

impl Handled {
    /// Taken, and nothing is to be sent.
    pub const NOTHING: Self = Self::Done(Vec::new());

    /// Work that takes long.
    pub fn later(work: impl Future<Output = Vec<Outgoing>> + Send + 'static) -> Self {
        Self::Later(Box::pin(work))
    }
}

impl std::fmt::Debug for Handled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMine => f.write_str("NotMine"),
            Self::Done(outgoing) => f.debug_tuple("Done").field(outgoing).finish(),
            Self::Later(_) => f.debug_tuple("Later").finish_non_exhaustive(),
        }
    }
}

/// A message, and to whom it is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// To whom.
    pub to: AgentId,
    /// What.
    pub envelope: Envelope,
}

impl Outgoing {
    /// A message to somebody.
    #[must_use]
    pub const fn new(to: AgentId, envelope: Envelope) -> Self {
        Self { to, envelope }
    }

    /// An answer to whoever sent `question`.
    #[must_use]
    pub fn reply(question: &Envelope, from: AgentId, kind: MessageKind, payload: impl Into<Bytes>) -> Self {
        Self { to: question.sender().clone(), envelope: question.reply(from, kind, payload) }
    }
}
