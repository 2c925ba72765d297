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
use super::audience::send_each;
use super::calm::calm;
use super::effects::{Answer, Sending};
use super::guarded::Guarded;
use super::shared::Shared;
use crate::{Closed, Input, Outcome, Reply, Request, message_kinds};

/// How many messages are taken from the mailbox at once.
const AT_ONCE: usize = 1_024;

/// Takes in answers, and rings alarms, until the manager stops or is taken out of the swarm.
pub(super) async fn receive(last: Last, mut mailbox: Box<dyn Mailbox>, mut stopped: watch::Receiver<bool>) {
    let shared = &last.0;
    let (mut envelopes, mut latest) = (Vec::new(), Latest::default());
    let mut alarm = std::pin::pin!(tokio::time::sleep_until(shared.time.instant(shared.time.now())));
    let mut armed = false;
    // The alarm stays at the earliest time that it ever had to ring at, also when that vote has ended: setting it anew
    // for every vote would cost more than ringing in vain once in a while.
    let set = |alarm: Pin<&mut Sleep>| {
        let next = shared.next_alarm();
        next.map(|time| alarm.reset(shared.time.instant(time))).is_some()
    };
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            () = &mut alarm, if armed => {
                shared.ring();
                armed = set(alarm.as_mut());
            }
            () = shared.alarm.notified() => armed = set(alarm.as_mut()),
            // As long as the record is far behind, answers wait in the mailbox, and full mailboxes refuse them.
            count = async {
                shared.room().await;
                mailbox.recv_many(&mut envelopes, AT_ONCE).await
            } => {
                if count == 0 {
                    break;
                }
                let now = shared.time.now();
                envelopes.drain(..).for_each(|envelope| take(shared, now, &envelope, &mut latest));
                latest.forget_ended();
            }
        }
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
struct Latest(Option<Arc<Guarded>>);

impl Latest {
    fn id(&self) -> Option<&ProposalId> {
        self.0.as_ref().map(|session| &session.id)
    }

    /// Nothing keeps what has ended.
    fn forget_ended(&mut self) {
        self.0.take_if(|session| session.has_ended());
    }

    /// The open vote of this name.
    fn find(&mut self, shared: &Shared, id: &ProposalId) -> Option<&Arc<Guarded>> {
        if self.0.as_ref().is_none_or(|session| session.id != *id || session.has_ended()) {
            self.0 = shared.desk().session(id);
        }
        self.0.as_ref()
    }
}

/// Takes in one answer. Nobody waits here for what becomes of it: it is told to whoever reads events.
fn take(shared: &Shared, now: Timestamp, envelope: &Envelope, latest: &mut Latest) {
    if *envelope.kind() != message_kinds::VOTE {
        return tracing::debug!(from = %envelope.from(), kind = %envelope.kind(), "not for a manager");
    }
    let from = envelope.from();
    match Reply::read_from(Some(from), latest.id(), envelope.payload(), &shared.options.limits) {
        Err(why) => {
            tracing::warn!(%from, cause = %why, "an answer does not parse");
            // It is an answer to something all the same, and its sender will hardly say better.
            let Some(proposal) = shared.asked_with(envelope.correlation()) else { return };
            let round = latest.find(shared, &proposal).map_or(1, |session| round_of(session));
            let input = Input::Failed { voter: from.clone(), round, cause: why.to_string() };
            hand_in(shared, now, latest, &proposal, from, input);
        }
        Ok(Reply::Ballot(ballot)) if ballot.voter != *from => forged(from, &ballot.voter, &ballot.proposal),
        Ok(Reply::Ballot(ballot)) => {
            let ballot = Arc::new(ballot);
            hand_in(shared, now, latest, &ballot.proposal, from, Input::Ballot(ballot.clone()));
        }
        Ok(Reply::Failed { voter, proposal, .. }) if voter != *from => forged(from, &voter, &proposal),
        Ok(Reply::Failed { voter, proposal, round, cause, .. }) => {
            // A name may be used again: who failed at its last vote has not failed at this one.
            let asked = latest.find(shared, &proposal).map(|session| session.correlation);
            if asked.is_some_and(|asked| asked != envelope.correlation()) {
                return tracing::info!(%voter, %proposal, "a failure at another vote of that name");
            }
            hand_in(shared, now, latest, &proposal, from, Input::Failed { voter, round, cause });
        }
    }
}

fn round_of(session: &Guarded) -> u32 {
    session.look_at(|session| Some(session.round())).unwrap_or(1)
}

fn forged(from: &AgentId, voter: &AgentId, proposal: &ProposalId) {
    tracing::warn!(%from, %voter, %proposal, "an answer in another's name");
}

fn hand_in(shared: &Shared, now: Timestamp, latest: &mut Latest, proposal: &ProposalId, voter: &AgentId, input: Input) {
    let answer = match latest.find(shared, proposal) {
        Some(session) => shared.hand(session, now, input, None),
        None => Answer::Now(Err(shared.too_late(proposal, voter, input))),
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
