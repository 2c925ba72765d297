//! The manager's tasks: one takes in answers and rings alarms, one sends, and one records where there is a journal.
//!
//! They are apart so that a coordinator that hangs holds up no deadline. A journal that is slow holds up whatever must be
//! durable first, and a journal that hangs holds it up for ever.

use std::pin::Pin;
use std::sync::Arc;

use moai_core::{
    AgentId, Digest, Envelope, Journal, JournalError, Mailbox, MessageKind, NewRecord, ProposalId, Timestamp,
};
use tokio::sync::{mpsc, watch};
use tokio::time::Sleep;

use super::RequestError;
use super::desk::correlation_of;
use super::effects::{Answer, Recording, Sending};
use super::shared::Shared;
use crate::{Closed, Input, Outcome, Reply, Request, VoteError, message_kinds};

/// How many messages are taken from the mailbox at once.
const AT_ONCE: usize = 1_024;

/// Takes in answers, and rings alarms, until the manager stops or is taken out of the swarm.
pub(super) async fn receive(shared: Arc<Shared>, mut mailbox: Box<dyn Mailbox>, mut stopped: watch::Receiver<bool>) {
    let _last = Last(shared.clone());
    let (mut envelopes, mut last) = (Vec::new(), None);
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
            count = mailbox.recv_many(&mut envelopes, AT_ONCE) => {
                if count == 0 {
                    break;
                }
                let now = shared.time.now();
                envelopes.drain(..).for_each(|envelope| take(&shared, now, &envelope, &mut last));
            }
        }
    }
}

/// Whoever waits is told when a task ends, whatever ends it: without it nothing would be decided any more.
struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.stop(&RequestError::Stopped);
    }
}

/// Takes in one answer. Nobody waits here for what becomes of it: it is told to whoever reads events.
fn take(shared: &Shared, now: Timestamp, envelope: &Envelope, last: &mut Option<ProposalId>) {
    if *envelope.kind() != message_kinds::VOTE {
        return tracing::debug!(from = %envelope.from(), kind = %envelope.kind(), "not for a manager");
    }
    let from = envelope.from();
    let (voter, proposal, input) =
        match Reply::read_from(Some(from), last.as_ref(), envelope.payload(), &shared.options.limits) {
            Err(why) => {
                tracing::warn!(%from, %why, "an answer does not parse");
                // It is an answer to something all the same, and its sender will hardly say better.
                let Some(proposal) = shared.asked_with(envelope.correlation()) else { return };
                let round = shared.round_of(&proposal);
                (from.clone(), proposal, Input::Failed { voter: from.clone(), round, cause: why.to_string() })
            }
            Ok(Reply::Ballot(ballot)) => {
                (ballot.voter.clone(), ballot.proposal.clone(), Input::Ballot(Arc::new(ballot)))
            }
            Ok(Reply::Failed { voter, proposal, instance, round, cause }) => {
                // A name may be used again: who failed at its last vote has not failed at this one.
                if shared.instance_of(&proposal).is_some_and(|asked| asked != instance) {
                    return tracing::info!(%voter, %proposal, "a failure at another vote of that name");
                }
                (voter.clone(), proposal, Input::Failed { voter, round, cause })
            }
        };
    if last.as_ref() != Some(&proposal) {
        *last = Some(proposal.clone());
    }
    if voter != *from {
        return tracing::warn!(%from, %voter, %proposal, "an answer in another's name");
    }
    if let Err(refused) | Ok(Answer::Now(Err(refused))) = shared.hand_in(now, &proposal, &voter, input, false) {
        tracing::info!(%refused, %proposal, %voter, "an answer does not count");
    }
}

/// Puts questions, and tells who need not answer any more, in order.
pub(super) async fn send(
    shared: Arc<Shared>,
    mut sendings: mpsc::UnboundedReceiver<Sending>,
    mut stopped: watch::Receiver<bool>,
) {
    let _last = Last(shared.clone());
    loop {
        let sending = tokio::select! {
            biased;
            sending = sendings.recv() => sending,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let Some(sending) = sending else { break };
        // A coordinator that hangs must not keep the manager from stopping.
        tokio::select! {
            biased;
            () = carry(&shared, sending) => {}
            _ = stopped.wait_for(|stopped| *stopped) => break,
        }
    }
}

async fn carry(shared: &Shared, sending: Sending) {
    match sending {
        Sending::Question(request) => put(shared, &request).await,
        Sending::Release(outcome, ids) => release(shared, &outcome, &ids).await,
    }
}

async fn put(shared: &Shared, request: &Request) {
    let id = request.proposal.id();
    let envelope = envelope(shared, request.instance, message_kinds::REQUEST, request.to_bytes());
    let delivered = shared.coordinator.broadcast(envelope, &[]).await;
    // It may have ended meanwhile, and another vote may have begun under its name.
    if !shared.asks(id, request.instance) {
        return;
    }
    let broken = match delivered {
        Err(why) => Some(format!("the question could not be put: {why}")),
        Ok(delivered) => {
            // They will never know of the question: waiting for them would be in vain.
            for (voter, why) in &delivered.refused {
                let (voter, cause) = (voter.clone(), format!("not reached: {why}"));
                let _ = shared.give(id, Input::Failed { voter, round: request.round, cause });
            }
            (delivered.ids.is_empty() && shared.nobody_can_answer(id)).then(|| "the question reached nobody".to_owned())
        }
    };
    if let Some(why) = broken {
        let _ = shared.give(id, Input::Broken { why });
    }
}

async fn release(shared: &Shared, outcome: &Outcome, ids: &[AgentId]) {
    let closed = Closed::new(outcome.proposal.clone(), outcome.instance, outcome.decision);
    let envelope = envelope(shared, outcome.instance, message_kinds::CLOSED, closed.to_bytes());
    for id in ids {
        // Who cannot be told thinks on, and its answer will be refused.
        if let Err(why) = shared.coordinator.send(id, envelope.clone()).await {
            tracing::debug!(proposal = %outcome.proposal, voter = %id, %why, "not released");
        }
    }
}

fn envelope(shared: &Shared, instance: Digest, kind: MessageKind, payload: Vec<u8>) -> Envelope {
    let (swarm, from) = (shared.coordinator.swarm_id().clone(), shared.options.id.clone());
    Envelope::new(swarm, from, kind, correlation_of(instance), payload)
}

/// Records what is queued, as much as there is in one append, and lets its effects show.
pub(super) async fn record(
    shared: Arc<Shared>,
    journal: Arc<dyn Journal>,
    mut recordings: mpsc::UnboundedReceiver<Recording>,
    mut stopped: watch::Receiver<bool>,
) {
    let _last = Last(shared.clone());
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
        if let Err(why) = record_all(&shared, journal.as_ref(), &mut queued).await {
            // What is durable is not known any more: nobody is told anything that may be taken back.
            tracing::error!(%why, "the journal failed, the manager stops");
            queued.drain(..).for_each(|recording| shared.give_up(recording.effects, &why));
            shared.stop(&RequestError::Journal(why));
            break;
        }
    }
}

/// Records everything in one append, or, should that be refused, one by one: what is refused alone ends its own vote. What
/// was recorded takes effect and is taken out.
async fn record_all(shared: &Shared, journal: &dyn Journal, queued: &mut Vec<Recording>) -> Result<(), JournalError> {
    let at_once = shared.options.limits.append_records.max(1);
    let records: Vec<NewRecord> = queued.iter().flat_map(|recording| recording.records.iter().cloned()).collect();
    let all = if records.len() > at_once { None } else { Some(append(journal, records).await) };
    match all {
        Some(Ok(())) => queued.drain(..).for_each(|recording| drop(shared.carry_out(recording.effects))),
        Some(Err(why)) if !matches!(why, JournalError::Input(_)) => return Err(why),
        _ => {
            while !queued.is_empty() {
                let Recording { records, effects } = queued.remove(0);
                match append(journal, records).await {
                    Ok(()) => drop(shared.carry_out(effects)),
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

impl Shared {
    /// Gives a voter's answer to its vote, whether that is open or has ended.
    pub(super) fn hand_in(
        &self,
        now: Timestamp,
        proposal: &ProposalId,
        voter: &AgentId,
        input: Input,
        waits: bool,
    ) -> Result<Answer, VoteError> {
        let ballot = match &input {
            Input::Ballot(ballot) => Some(ballot.clone()),
            _ => None,
        };
        self.hand(now, proposal, input, waits).ok_or_else(|| self.too_late(proposal, voter, ballot))
    }
}
