//! An agent's loop: a mailbox on one side, its halves on the other.

use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use moai_core::{Coordinator, Envelope, Handled, Handler, Mailbox, Outgoing};
use tokio::time::{Sleep, sleep};

use super::outbox::{Outbox, Sent};
use super::working::Working;

/// How many messages are taken from the mailbox at once.
const AT_ONCE: usize = 64;

/// How many messages wait to be sent before no more are taken in.
const MOST_UNSENT: usize = 1_024;

/// What a loop did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// Messages that came.
    pub received: u64,
    /// Of them, those that were no handler's.
    pub unclaimed: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that could not be sent.
    pub unsent: u64,
    /// Work that was dropped at the end.
    pub unfinished: u64,
    /// Handlers that had something left to get rid of at the end, as a replica whose last writes nobody has taken.
    pub unready: u64,
    /// Why it ended.
    pub ended: Ended,
}

/// Why a loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// The agent was taken out of the swarm, or the swarm ended.
    Left,
    /// It was told to stop.
    Stopped,
}

/// Shows an agent's messages to its handlers, and sends what they say, until the agent is taken out of its swarm.
///
/// As [`serve_until`], without an end of its own.
pub async fn serve(
    mailbox: Box<dyn Mailbox>,
    coordinator: Arc<dyn Coordinator>,
    handlers: Vec<Box<dyn Handler>>,
) -> Served {
    serve_until(mailbox, coordinator, handlers, pending()).await
}

/// Shows an agent's messages to its handlers, and sends what they say, until `stop` ends or the agent is taken out of its
/// swarm. Then it leaves at once.
///
/// - Each message is shown to one handler after the other, in their order, until one takes it.
/// - What handlers have to say unasked is sent as well.
/// - Work that takes long goes on beside everything else, all of it in this one future: **nothing is spawned, and dropping
///   the future ends everything**. What blocks its thread holds up all.
/// - Messages are sent one after the other, in the order in which the handlers gave them. One that cannot be sent is
///   told to whoever reads events, and counted. While 1,024 wait for a coordinator that hangs, no more messages are taken
///   in: the mailbox fills, and those who write are refused.
/// - **A recipient whose mailbox is full holds up nobody else**: what is for it waits about a second, in its order, while the
///   rest is sent; then all of that is given up and counted.
/// - When it returns, the agent has left: its mailbox is dropped, and with it work that was not done.
/// - A handler that panics ends it. A [`Voter`](crate::Voter) that does is no such handler.
///
/// ```
/// use std::sync::Arc;
/// use moai_consensus::{Choice, Ended, VoterHandler, serve_until, voter_fn};
/// use moai_core::{Coordinator, Envelope, Handled, LocalCoordinator, Role, agent_id, swarm_id};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (swarm, me) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), agent_id!("agent-1"));
/// let mailbox = swarm.join(me.clone(), Role::Member).await?;
/// let voter = VoterHandler::new(swarm.swarm_id().clone(), me, voter_fn(|_| Choice::For));
/// let replica = |_: &Envelope| Handled::NotMine;
///
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let agent = serve_until(mailbox, swarm.clone(), vec![Box::new(voter), Box::new(replica)], async {
///     let _ = stopped.await;
/// });
/// drop(stop);
/// assert_eq!(agent.await.ended, Ended::Stopped);
/// assert!(swarm.view().await?.members.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn serve_until(
    mailbox: Box<dyn Mailbox>,
    coordinator: Arc<dyn Coordinator>,
    handlers: Vec<Box<dyn Handler>>,
    stop: impl Future<Output = ()> + Send,
) -> Served {
    let leave = async {
        stop.await;
        Duration::ZERO
    };
    serve_and_drain(mailbox, coordinator, handlers, leave).await
}

/// As [`serve_until`], but the agent leaves in peace: when `leave` ends it takes in what is in its mailbox, ends the work that
/// it has begun, sends what it has to say, waits until each handler is [ready](Handler::poll_leave), and goes. That takes at
/// most as long as `leave` says; what is not done by then is dropped and counted.
///
/// Until it goes it is a member like any other, and its voter turns down at once what it is asked anew.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use moai_consensus::{Choice, ConsensusManager, Ask, VoterHandler, serve_and_drain, voter_fn};
/// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (swarm, me) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), agent_id!("agent-1"));
/// let manager = ConsensusManager::new(swarm.clone()).await?;
/// let mailbox = swarm.join(me.clone(), Role::Member).await?;
/// let voter = VoterHandler::new(swarm.swarm_id().clone(), me, voter_fn(|_| Choice::For));
///
/// let (leave, left) = tokio::sync::oneshot::channel();
/// let agent = serve_and_drain(mailbox, swarm.clone(), vec![Box::new(voter)], async {
///     left.await.unwrap_or(Duration::ZERO)
/// });
/// let vote = async {
///     let outcome = manager.request_consensus("deploy", Ask::new()).await;
///     let _ = leave.send(Duration::from_secs(10));
///     outcome
/// };
/// let (served, outcome) = tokio::join!(agent, vote);
/// assert!(outcome?.is_approved());
/// assert_eq!((served.unfinished, served.unsent), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub fn serve_and_drain(
    mailbox: Box<dyn Mailbox>,
    coordinator: Arc<dyn Coordinator>,
    handlers: Vec<Box<dyn Handler>>,
    leave: impl Future<Output = Duration> + Send,
) -> impl Future<Output = Served> + Send {
    // An async function would hold each of its arguments twice, and there are many agents.
    let mut agent = Agent::new(mailbox, coordinator, handlers);
    async move {
        let mut leave = pin!(leave);
        let ended = agent.run(leave.as_mut()).await;
        agent.end(ended)
    }
}

/// The time that leaving may take is over.
async fn over(limit: &mut Option<Pin<Box<Sleep>>>) {
    match limit {
        Some(limit) => limit.await,
        None => pending().await,
    }
}

/// What one of them has to say unasked; nothing, where the agent may go and all are ready to.
async fn unasked(handlers: &mut [Box<dyn Handler>], may_go: bool) -> Option<Vec<Outgoing>> {
    poll_fn(|context| {
        let said = handlers.iter_mut().map(|handler| handler.poll_unasked(context)).find(Poll::is_ready);
        match said {
            Some(said) => said.map(Some),
            None if may_go => are_ready(handlers, context).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await
}

/// Whether each of them is ready to leave. All are asked.
fn are_ready(handlers: &mut [Box<dyn Handler>], context: &mut Context<'_>) -> Poll<()> {
    let unready = handlers.iter_mut().filter_map(|handler| handler.poll_leave(context).is_pending().then_some(()));
    if unready.count() == 0 { Poll::Ready(()) } else { Poll::Pending }
}

/// What goes on in a loop. It is dropped from the top: the mailbox goes last.
struct Agent {
    served: Served,
    outbox: Outbox,
    working: Working,
    inbox: Vec<Envelope>,
    handlers: Vec<Box<dyn Handler>>,
    coordinator: Arc<dyn Coordinator>,
    mailbox: Box<dyn Mailbox>,
}

impl Agent {
    fn new(mailbox: Box<dyn Mailbox>, coordinator: Arc<dyn Coordinator>, handlers: Vec<Box<dyn Handler>>) -> Self {
        let served =
            Served { received: 0, unclaimed: 0, sent: 0, unsent: 0, unfinished: 0, unready: 0, ended: Ended::Left };
        let (inbox, working, outbox) = (Vec::new(), Working::default(), Outbox::default());
        Self { mailbox, coordinator, handlers, inbox, working, outbox, served }
    }

    async fn run(&mut self, mut leave: Pin<&mut (impl Future<Output = Duration> + Send)>) -> Ended {
        let mut limit: Option<Pin<Box<Sleep>>> = None;
        loop {
            let has_room = self.outbox.unhindered() < MOST_UNSENT;
            let goes = limit.is_some() && self.is_idle();
            tokio::select! {
                biased;
                within = &mut leave, if limit.is_none() => {
                    if within.is_zero() {
                        return Ended::Stopped;
                    }
                    limit = Some(Box::pin(sleep(within)));
                    // They begin nothing new from here on.
                    poll_fn(|context| {
                        let _ = are_ready(&mut self.handlers, context);
                        Poll::Ready(())
                    })
                    .await;
                }
                () = over(&mut limit) => return Ended::Stopped,
                sent = self.outbox.turn(&self.coordinator) => self.note(sent),
                outgoing = self.working.next() => self.outbox.extend(outgoing),
                said = unasked(&mut self.handlers, goes), if has_room => match said {
                    Some(outgoing) => self.outbox.extend(outgoing),
                    // What came before is heard first.
                    None => match poll_fn(|context| Poll::Ready(self.poll_once(context))).await {
                        Poll::Pending => return Ended::Stopped,
                        Poll::Ready(0) => return Ended::Left,
                        Poll::Ready(_) => self.take_all(),
                    },
                },
                count = self.mailbox.recv_many(&mut self.inbox, AT_ONCE), if has_room => {
                    if count == 0 {
                        return Ended::Left;
                    }
                    self.take_all();
                    // A mailbox that is never empty must not keep others from their turn.
                    tokio::task::coop::consume_budget().await;
                }
            }
        }
    }

    /// What is in the mailbox at this moment.
    fn poll_once(&mut self, context: &mut Context<'_>) -> Poll<usize> {
        pin!(self.mailbox.recv_many(&mut self.inbox, AT_ONCE)).poll(context)
    }

    fn take(&mut self, envelope: &Envelope) {
        self.served.received += 1;
        for handler in &mut self.handlers {
            match handler.handle(envelope) {
                Handled::NotMine => {}
                Handled::Done(outgoing) => return self.outbox.extend(outgoing),
                Handled::Later(work) => return self.working.begin(work),
            }
        }
        self.served.unclaimed += 1;
        let agent = self.mailbox.owner();
        tracing::debug!(%agent, from = %envelope.sender(), kind = %envelope.kind(), "a message is nobody's");
    }

    fn take_all(&mut self) {
        let mut inbox = std::mem::take(&mut self.inbox);
        inbox.drain(..).for_each(|envelope| self.take(&envelope));
        self.inbox = inbox;
    }

    /// It has nothing to do, and nothing to send.
    fn is_idle(&self) -> bool {
        self.working.len() == 0 && self.outbox.len() == 0
    }

    fn note(&mut self, sent: Sent) {
        let (given_up, cause) = match sent {
            Sent::Accepted => {
                self.served.sent += 1;
                return;
            }
            Sent::GivenUp(given_up, cause) => (given_up, cause),
        };
        self.served.unsent += given_up.len() as u64;
        for outgoing in given_up {
            let (agent, to, kind) = (self.mailbox.owner(), &outgoing.to, outgoing.envelope.kind());
            tracing::warn!(%agent, %to, %kind, %cause, "a message could not be sent");
        }
    }

    fn end(mut self, ended: Ended) -> Served {
        self.served.unsent += self.outbox.len() as u64;
        self.served.unfinished = self.working.len() as u64;
        let mut context = Context::from_waker(Waker::noop());
        let unready = self.handlers.iter_mut().map(|handler| handler.poll_leave(&mut context));
        self.served.unready = unready.filter(Poll::is_pending).count() as u64;
        self.served.ended = ended;
        tracing::debug!(agent = %self.mailbox.owner(), served = ?self.served, "an agent's loop ends");
        self.served
    }
}
