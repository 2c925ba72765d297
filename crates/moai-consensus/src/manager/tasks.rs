//! The manager's tasks that talk: one takes in answers and rings alarms, one sends.
//!
//! They are apart so that a coordinator that hangs holds up no deadline.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use moai_core::{AgentId, CorrelationId, Envelope, Mailbox, MessageKind, ProposalId, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use super::RequestError;
use super::arrived::Arrived;
use super::audience::send_each;
use super::calm::calm;
use super::effects::{Answer, Sending};
use super::guarded::Guarded;
use super::incoming::{AT_ONCE, is_to_be_read, next_batch};
use super::shared::Shared;
use crate::{Closed, Input, Outcome, Reply, Request, VoteError, message_kinds};

/// Takes in answers, and rings alarms, until the manager stops or is taken out of the swarm.
pub(super) async fn receive(last: Last, mut mailbox: Box<dyn Mailbox>, mut stopped: watch::Receiver<bool>) {
    let shared = &last.0;
    let (mut waiting, mut batch, mut latest) = (Vec::new(), Vec::new(), Latest::default());
    let mut alarm = std::pin::pin!(tokio::time::sleep_until(shared.time.instant(shared.time.now())));
    let mut armed = false;
    // The alarm stays at the earliest time that it ever had to ring at, also when that vote has ended: setting it anew
    // for every vote would cost more than ringing in vain once in a while.
    let set = |alarm: Pin<&mut Sleep>| {
        let next = shared.next_alarm();
        next.map(|time| alarm.reset(shared.time.instant(time))).is_some()
    };
    loop {
        let count = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            () = &mut alarm, if armed => {
                shared.ring();
                armed = set(alarm.as_mut());
                continue;
            }
            () = shared.alarm.notified() => {
                armed = set(alarm.as_mut());
                continue;
            }
            // As long as the record is far behind, answers wait in the mailbox, and full mailboxes refuse them.
            count = async {
                shared.room().await;
                if waiting.is_empty() {
                    mailbox.recv_many(&mut waiting, AT_ONCE).await
                } else {
                    // Much has come: first whatever else there is to do.
                    tokio::task::yield_now().await;
                    waiting.len()
                }
            } => count,
        };
        if count == 0 {
            break;
        }
        let now = shared.time.now();
        next_batch(&mut waiting, &mut batch);
        batch.retain(|envelope| is_to_be_read(shared, envelope, &mut latest));
        if Arrived::any_signed(&batch) {
            let arrived = Arrived::read_all(shared, &mut batch, &mut latest);
            arrived.into_iter().for_each(|arrived| take(shared, now, arrived, &mut latest));
        }
        for envelope in batch.drain(..) {
            let arrived = Arrived::read(shared, envelope, &mut latest);
            take(shared, now, arrived, &mut latest);
        }
        latest.forget_ended();
    }
}

/// Whoever waits is told when a task ends, whatever ends it, be it before it has begun: without it nothing would be
/// decided any more.
pub(super) struct Last(pub(super) Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.stop(&RequestError::Stopped);
    }
}

/// The vote that the last answer was about: the next one is mostly about the same.
#[derive(Default)]
pub(super) struct Latest(Option<Arc<Guarded>>);

impl Latest {
    pub(super) fn id(&self) -> Option<&ProposalId> {
        self.0.as_ref().map(|session| &session.id)
    }

    /// Nothing keeps what has ended.
    fn forget_ended(&mut self) {
        self.0.take_if(|session| session.has_ended());
    }

    /// The open vote of this name.
    pub(super) fn find(&mut self, shared: &Shared, id: &ProposalId) -> Option<&Arc<Guarded>> {
        if self.0.as_ref().is_none_or(|session| session.id != *id || session.has_ended()) {
            self.0 = shared.desk().session(id);
        }
        self.0.as_ref()
    }
}

/// Takes in one answer. Nobody waits here for what becomes of it: it is told to whoever reads events.
fn take(shared: &Shared, now: Timestamp, arrived: Arrived, latest: &mut Latest) {
    let Arrived { envelope, read, flaw, due, .. } = arrived;
    let from = envelope.sender();
    if let (Ok(reply), flaw) = (&read, flaw) {
        let (voter, proposal) = reply.about();
        if voter != from {
            return forged(shared, from, voter, proposal);
        }
        if let Some(flaw) = flaw {
            return refuse(shared, &VoteError::flawed(proposal.clone(), voter.clone(), flaw));
        }
    }
    let (proposal, input) = match read {
        Err(why) => {
            tracing::warn!(%from, cause = %why, "an answer does not parse");
            // It is an answer to something all the same, and its sender will hardly say better.
            let Some(proposal) = shared.asked_with(envelope.correlation()) else { return };
            let session = latest.find(shared, &proposal);
            if session.is_some_and(|session| session.voters.key(from).is_some()) {
                // Whoever sent it is not known.
                return refuse(shared, &VoteError::Unsigned { proposal, voter: from.clone() });
            }
            let round = session.map_or(1, |session| round_of(session));
            (proposal, Input::Failed { voter: from.clone(), round, cause: why.to_string() })
        }
        Ok(Reply::Ballot(ballot)) => (ballot.proposal.clone(), Input::Ballot(Arc::new(ballot))),
        Ok(Reply::Failed { voter, proposal, round, cause, .. }) => {
            // A name may be used again: who failed at its last vote has not failed at this one.
            let session = latest.find(shared, &proposal);
            if due.is_none() && session.is_some_and(|session| session.voters.key(&voter).is_some()) {
                // The vote began after it was read.
                return refuse(shared, &VoteError::Unsigned { proposal, voter });
            }
            let asked = session.map(|session| session.correlation);
            if asked.is_some_and(|asked| asked != envelope.correlation()) {
                return tracing::info!(%voter, %proposal, "a failure at another vote of that name");
            }
            (proposal, Input::Failed { voter, round, cause })
        }
    };
    hand_in(shared, now, latest, &proposal, from, input);
}

fn round_of(session: &Guarded) -> u32 {
    session.look_at(|session| Some(session.round())).unwrap_or(1)
}

fn forged(shared: &Shared, from: &AgentId, voter: &AgentId, proposal: &ProposalId) {
    tracing::warn!(%from, %voter, %proposal, "an answer in another's name");
    shared.refuse(&VoteError::OtherName { proposal: proposal.clone(), voter: voter.clone(), from: from.clone() });
}

/// What is not the word of who is to have said it is counted, and changes nothing.
fn refuse(shared: &Shared, refused: &VoteError) {
    tracing::warn!(cause = %refused, "an answer proves nothing");
    shared.refuse(refused);
}

fn hand_in(shared: &Shared, now: Timestamp, latest: &mut Latest, proposal: &ProposalId, voter: &AgentId, input: Input) {
    let answer = match latest.find(shared, proposal) {
        // Nearly always it has been checked, and this costs a look.
        Some(session) => match shared.check_input(&session.voters, input) {
            Ok(input) => shared.hand(session, now, input, None),
            Err(refused) => return refuse(shared, &refused),
        },
        None => {
            let refused = shared.too_late(proposal, voter, input);
            shared.refuse(&refused);
            Answer::Now(Err(refused))
        }
    };
    if let Answer::Now(Err(refused)) = answer {
        tracing::info!(%proposal, %voter, cause = %refused, "an answer does not count");
    }
}

/// How many questions and releases may hang in the coordinator before others wait for them.
const HANGING: usize = 10_000;

/// How long a voter is tried to be told that it need not answer any more.
const RELEASE: Duration = Duration::from_secs(30);

/// Puts questions, and tells who need not answer any more. What the coordinator carries at once goes out in order; what
/// hangs in it holds up nothing else.
pub(super) async fn send(
    last: Last,
    mut sendings: mpsc::UnboundedReceiver<Sending>,
    mut stopped: watch::Receiver<bool>,
) {
    let shared = &last.0;
    // They end with this task.
    let mut hanging = JoinSet::new();
    loop {
        let sending = tokio::select! {
            biased;
            Some(_) = hanging.join_next(), if !hanging.is_empty() => continue,
            sending = sendings.recv(), if hanging.len() < HANGING => sending,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let Some(sending) = sending else { break };
        let mut carried = Box::pin(carry(shared.clone(), sending));
        if poll_fn(|context| Poll::Ready(carried.as_mut().poll(context).is_pending())).await {
            hanging.spawn(carried);
        }
    }
}

async fn carry(shared: Arc<Shared>, sending: Sending) {
    match sending {
        Sending::Question(session, request) => put(&shared, &session, &request).await,
        Sending::Release(session, outcome, ids) => {
            let released = release(&shared, session.correlation, &outcome, &ids);
            if !matches!(tokio::time::timeout(RELEASE, calm(released)).await, Ok(Some(()))) {
                tracing::debug!(proposal = %outcome.proposal, "not everybody is released");
            }
        }
    }
}

async fn put(shared: &Shared, session: &Arc<Guarded>, request: &Request) {
    // It may have ended meanwhile.
    let Some((audience, mut ended)) = shared.desk().asking(session, request.instance) else { return };
    let envelope = envelope(shared, session.correlation, message_kinds::REQUEST, request.to_bytes());
    let delivered = tokio::select! {
        biased;
        delivered = calm(audience.ask(&shared.coordinator, envelope)) => delivered,
        // Then nobody needs to be asked any more.
        _ = ended.wait_for(Option::is_some) => return,
    };
    let broken = match delivered {
        None => Some("the question could not be put: the coordinator panicked".to_owned()),
        Some(Err(why)) => Some(format!("the question could not be put: {why}")),
        Some(Ok(delivered)) => {
            // They will never know of the question: waiting for them would be in vain.
            for (voter, why) in &delivered.refused {
                let (voter, cause) = (voter.clone(), format!("not reached: {why}"));
                shared.give(session, Input::Failed { voter, round: request.round, cause });
            }
            let nobody = delivered.ids.is_empty() && audience.is_everybody && !Shared::has_answers(session);
            nobody.then(|| "the question reached nobody".to_owned())
        }
    };
    if let Some(why) = broken {
        shared.give(session, Input::Broken { why });
    }
}

async fn release(shared: &Shared, correlation: CorrelationId, outcome: &Outcome, ids: &[AgentId]) {
    let closed = Closed::new(outcome.proposal.clone(), outcome.instance, outcome.decision);
    let envelope = envelope(shared, correlation, message_kinds::CLOSED, closed.to_bytes());
    for (id, sent) in send_each(&shared.coordinator, ids, &envelope).await {
        // Who cannot be told thinks on, and its answer will be refused.
        if let Err(why) = sent {
            tracing::debug!(proposal = %outcome.proposal, voter = %id, cause = %why, "not released");
        }
    }
}

fn envelope(shared: &Shared, correlation: CorrelationId, kind: MessageKind, payload: Vec<u8>) -> Envelope {
    let (swarm, from) = (shared.coordinator.swarm_id().clone(), shared.options.id.clone());
    Envelope::new(swarm, from, kind, correlation, payload)
}
