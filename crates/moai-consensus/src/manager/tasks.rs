//! The manager's tasks: one takes in answers and rings alarms, one sends, and one records where there is a journal.
//!
//! They are apart so that a coordinator that hangs holds up no deadline. A journal that is slow holds up whatever must be
//! durable first, and a journal that hangs holds it up until the manager is stopped.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use moai_core::{
    AgentId, Digest, Envelope, Journal, JournalError, Mailbox, MessageKind, NewRecord, ProposalId, Timestamp,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use super::RequestError;
use super::desk::correlation_of;
use super::effects::{Answer, Recording, Sending};
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
            let round = shared.round_of(&proposal);
            let input = Input::Failed { voter: from.clone(), round, cause: why.to_string() };
            hand_in(shared, now, latest, &proposal, from, input);
        }
        Ok(Reply::Ballot(ballot)) if ballot.voter != *from => forged(from, &ballot.voter, &ballot.proposal),
        Ok(Reply::Ballot(ballot)) => {
            let ballot = Arc::new(ballot);
            hand_in(shared, now, latest, &ballot.proposal, from, Input::Ballot(ballot.clone()));
        }
        Ok(Reply::Failed { voter, proposal, .. }) if voter != *from => forged(from, &voter, &proposal),
        Ok(Reply::Failed { voter, proposal, instance, round, cause }) => {
            // A name may be used again: who failed at its last vote has not failed at this one.
            if shared.instance_of(&proposal).is_some_and(|asked| asked != instance) {
                return tracing::info!(%voter, %proposal, "a failure at another vote of that name");
            }
            hand_in(shared, now, latest, &proposal, from, Input::Failed { voter, round, cause });
        }
    }
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
        Sending::Question(request) => put(&shared, &request).await,
        Sending::Release(outcome, ids) => {
            let released = tokio::time::timeout(RELEASE, release(&shared, &outcome, &ids)).await;
            if released.is_err() {
                tracing::debug!(proposal = %outcome.proposal, "not everybody is released");
            }
        }
    }
}

async fn put(shared: &Shared, request: &Request) {
    let id = request.proposal.id();
    // It may have ended meanwhile, and another vote may have begun under its name.
    let Some((audience, mut ended)) = shared.desk().asking(id, request.instance) else { return };
    let envelope = envelope(shared, request.instance, message_kinds::REQUEST, request.to_bytes());
    let delivered = tokio::select! {
        biased;
        delivered = audience.ask(shared.coordinator.as_ref(), envelope) => delivered,
        // Then nobody needs to be asked any more.
        _ = ended.wait_for(Option::is_some) => return,
    };
    if shared.instance_of(id) != Some(request.instance) {
        return;
    }
    let broken = match delivered {
        Err(why) => Some(format!("the question could not be put: {why}")),
        Ok(delivered) => {
            // They will never know of the question: waiting for them would be in vain.
            for (voter, why) in &delivered.refused {
                let (voter, cause) = (voter.clone(), format!("not reached: {why}"));
                shared.give(id, Input::Failed { voter, round: request.round, cause });
            }
            let nobody = delivered.ids.is_empty() && audience.is_everybody && !shared.has_answers(id);
            nobody.then(|| "the question reached nobody".to_owned())
        }
    };
    if let Some(why) = broken {
        shared.give(id, Input::Broken { why });
    }
}

async fn release(shared: &Shared, outcome: &Outcome, ids: &[AgentId]) {
    let closed = Closed::new(outcome.proposal.clone(), outcome.instance, outcome.decision);
    let envelope = envelope(shared, outcome.instance, message_kinds::CLOSED, closed.to_bytes());
    for id in ids {
        // Who cannot be told thinks on, and its answer will be refused.
        if let Err(why) = shared.coordinator.send(id, envelope.clone()).await {
            tracing::debug!(proposal = %outcome.proposal, voter = %id, cause = %why, "not released");
        }
    }
}

fn envelope(shared: &Shared, instance: Digest, kind: MessageKind, payload: Vec<u8>) -> Envelope {
    let (swarm, from) = (shared.coordinator.swarm_id().clone(), shared.options.id.clone());
    Envelope::new(swarm, from, kind, correlation_of(instance), payload)
}

/// Records what is queued, as much as there is in one append, and lets its effects show. When the manager stops, what is
/// being recorded has the `grace` to end.
pub(super) async fn record(
    last: Last,
    journal: Arc<dyn Journal>,
    mut recordings: mpsc::UnboundedReceiver<Recording>,
    mut stopped: watch::Receiver<bool>,
) {
    let shared = &last.0;
    let mut queued = Vec::new();
    loop {
        let count = tokio::select! {
            biased;
            count = recordings.recv_many(&mut queued, AT_ONCE) => count,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        if count == 0 {
            break;
        }
        let recorded = tokio::select! {
            biased;
            recorded = record_all(shared, journal.as_ref(), &mut queued) => recorded,
            () = grace_is_over(shared, &mut stopped) => {
                tracing::error!("the journal hangs, and the manager stops without it");
                break;
            }
        };
        if let Some(recorder) = &shared.recorder {
            recorder.done(count);
        }
        if let Err(why) = recorded {
            // What is durable is not known any more: nobody is told anything that may be taken back.
            tracing::error!(cause = %why, "the journal failed, the manager stops");
            queued.drain(..).for_each(|recording| shared.give_up(recording.effects, &why));
            shared.stop(&RequestError::Journal(why));
            break;
        }
    }
}

/// Ends once the manager has been stopped for so long.
pub(super) async fn grace_is_over(shared: &Shared, stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
    tokio::time::sleep(shared.options.grace).await;
}

/// Records everything in one append, or, should that be refused, one by one: what is refused alone ends its own vote. What
/// was recorded takes effect and is taken out.
async fn record_all(shared: &Shared, journal: &dyn Journal, queued: &mut Vec<Recording>) -> Result<(), JournalError> {
    let at_once = shared.options.limits.append_records.max(1);
    let written = queued.iter().map(|recording| recording.records.as_ref().ok());
    let records: Option<Vec<NewRecord>> =
        written.map(|records| records.cloned()).collect::<Option<Vec<_>>>().map(|all| all.concat());
    let all = match records {
        Some(records) if records.len() <= at_once => Some(append(journal, records).await),
        _ => None,
    };
    match all {
        Some(Ok(())) => queued.drain(..).for_each(|recording| shared.carry_out(recording.effects)),
        Some(Err(why)) if !matches!(why, JournalError::Input(_)) => return Err(why),
        _ => {
            while !queued.is_empty() {
                let Recording { records, effects } = queued.remove(0);
                let appended = match records {
                    Ok(records) => append(journal, records).await,
                    Err(why) => Err(why.into()),
                };
                match appended {
                    Ok(()) => shared.carry_out(effects),
                    Err(why) => {
                        let refused = matches!(why, JournalError::Input(_));
                        shared.give_up(effects, &why);
                        if !refused {
                            return Err(why);
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

async fn append(journal: &dyn Journal, records: Vec<NewRecord>) -> Result<(), JournalError> {
    if records.is_empty() { Ok(()) } else { journal.append(records).await.map(drop) }
}
