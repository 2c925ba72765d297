//! One agreement, from its beginning to its end: inputs in, outputs out, each in its order.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moai_core::planted::planted;
use moai_core::{CorrelationId, Envelope, JournalError, Limits, NewRecord, Outgoing, algorithm_name};
use tokio::time::{Instant, sleep, sleep_until};

use super::super::{Agent, Input, Kind, Output, Statement};
use super::AgreementError;
use super::agreements::Place;
use super::desk::{Desk, Setup};
use super::handler::payload;
use super::inbox::Next;
use super::recorded::Recorded;
use crate::manager::time::Time;
use crate::voter::{Caught, told};
use crate::{Answer, Opening, Proposal, Request, Ruling, Voter, VoterError, message_kinds};

/// How many packets are taken in before what they lead to is written down, in one append.
const AT_ONCE: usize = 16;

/// How long a journal that has no room, or does not answer, is left alone before it is tried again: at first, and at the
/// most.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One agreement under way. It is dropped from the top: the place goes last, and with it who waits.
pub(super) struct Run {
    agent: Agent,
    thought: Option<Caught>,
    time: Time,
    timer: Option<Instant>,
    request: Request,
    setup: Arc<Setup>,
    place: Place,
}

impl Run {
    pub(super) fn new(
        setup: Arc<Setup>,
        place: Place,
        agent: Agent,
        proposal: Proposal,
        voter: Arc<dyn Voter>,
    ) -> Self {
        let time = Time::starting(setup.clock.as_ref());
        let setting = &place.setting;
        let (electorate, deadline) = (setting.electorate().clone(), setting.deadline());
        let opening = Opening::new(proposal, electorate, algorithm_name!("one_shot"), time.now(), deadline);
        let request = Request::of(&opening, Ruling::of(setting.rule().as_ref()), 1);
        let asks = !agent.mine.has(Kind::Statement, 0) && agent.agreed().is_none() && time.now() < deadline;
        if asks {
            place.desk.held().counts.asked += 1;
        }
        let thought = asks.then(|| Caught::new(voter, request.clone()));
        Self { agent, thought, time, timer: None, request, setup, place }
    }

    /// Goes on until it is told to end, or cannot. What is to be sent goes to the desk.
    pub(super) async fn run(mut self) -> Vec<Outgoing> {
        let agent = self.setup.agent.clone();
        if let Err(why) = self.go_on().await {
            tracing::warn!(%agent, instance = %self.place.setting.instance(), cause = %why, "an agreement ends");
            self.place.seen.end(Err(why));
        }
        Vec::new()
    }

    async fn go_on(&mut self) -> Result<(), AgreementError> {
        let mut outputs = self.input(Input::Start)?;
        loop {
            self.carry_out(outputs).await?;
            let inbox = self.place.inbox.clone();
            let input = tokio::select! {
                biased;
                answer = think(&mut self.thought) => {
                    self.thought = None;
                    match self.judge(answer) {
                        Some(statement) => Input::Vote(statement),
                        None => Input::Tick,
                    }
                }
                () = until(self.timer) => {
                    self.timer = None;
                    Input::Tick
                }
                next = inbox.next() => match next {
                    Next::End => return Err(AgreementError::Ended),
                    Next::Packet(from, packet) => packet_from(from, &packet),
                },
            };
            outputs = self.input(input)?;
            for _ in 1..AT_ONCE {
                let Some((from, packet)) = self.place.inbox.pop() else { break };
                outputs.extend(self.input(packet_from(from, &packet))?);
            }
            // Whoever floods must not keep the agent's other halves from their turn.
            tokio::task::yield_now().await;
        }
    }

    /// What the agent makes of it. Rules, signers and verifiers are foreign code.
    fn input(&mut self, input: Input) -> Result<Vec<Output>, AgreementError> {
        let (now, agent) = (self.time.now(), &mut self.agent);
        let outputs = catch_unwind(AssertUnwindSafe(|| agent.handle(now, input)));
        let outputs = outputs.map_err(|panic| AgreementError::Panicked { why: told(panic) })?;
        let over = now >= self.place.setting.deadline() || self.agent.agreed.is_some() || self.agent.breach.is_some();
        if over && self.thought.take().is_some() {
            self.place.desk.held().counts.unanswered += 1;
        }
        Ok(outputs)
    }

    /// The statement that an answer is, if it stands.
    fn judge(&self, answer: Result<Answer, VoterError>) -> Option<Statement> {
        let judged = answer.and_then(|answer| {
            let ballot = self.request.ballot(self.setup.agent.clone(), answer.choice).because(answer.reason);
            let ballot = answer.confidence.map_or(ballot.clone(), |confidence| ballot.confident(confidence));
            ballot.check(&Limits::default()).map_err(VoterError::Rubbish)?;
            let statement = Statement::ballot(ballot.choice).because(&ballot.reason);
            Ok(ballot.confidence.map_or(statement, |confidence| statement.confident(confidence)))
        });
        judged
            .inspect_err(|cause| {
                self.place.desk.held().counts.unanswered += 1;
                tracing::warn!(agent = %self.setup.agent, proposal = %self.request.proposal.id(), %cause, "no ballot");
            })
            .ok()
    }

    /// Carries outputs out in their order: what is to be kept is durable before anything behind it happens.
    async fn carry_out(&mut self, outputs: Vec<Output>) -> Result<(), AgreementError> {
        let now = self.time.now();
        let mut behind = Vec::with_capacity(outputs.len());
        let mut records = Vec::new();
        let head = Recorded { key: self.setup.signer.key(), instance: self.place.setting.instance() };
        for output in outputs {
            match output {
                // Those of later inputs may go first: nothing depends on their being late.
                Output::Persist(part) => records.push(head.to_record(now, &part)),
                other => behind.push(other),
            }
        }
        let late = if planted("agreeing_before_recording") { std::mem::take(&mut records) } else { Vec::new() };
        self.write(records).await?;
        for output in behind {
            match output {
                Output::Persist(_) => {}
                Output::Send { to, bytes } => self.send(to, &bytes)?,
                Output::Evidence(proof) => {
                    let liar = self.place.setting.name(proof.accused());
                    tracing::warn!(agent = %self.setup.agent, ?liar, offence = ?proof.offence, "a lie is proven");
                    self.place.desk.held().counts.lies += 1;
                    self.place.seen.accuse(proof);
                }
                Output::Decided(agreed) => self.place.seen.end(Ok(agreed)),
                Output::FaultBoundExceeded(breach) => {
                    self.place.seen.end(Err(AgreementError::FaultBoundExceeded(breach)));
                }
                Output::Refused { from, why } => {
                    tracing::debug!(agent = %self.setup.agent, from, cause = %why, "a part of a packet is refused");
                    self.place.desk.held().counts.rejected += 1;
                }
                Output::Arm(time) => self.timer = Some(self.time.instant(time)),
            }
        }
        self.write(late).await
    }

    /// Writes down. A journal that cannot for now is tried again: nothing was written, and nothing leaves before it is.
    async fn write(&mut self, records: Vec<NewRecord>) -> Result<(), AgreementError> {
        if records.is_empty() {
            return Ok(());
        }
        let count = records.len() as u64;
        let _writing = Writing::begin(&self.place.desk);
        let instance = self.place.setting.instance();
        // Whatever ends this, an append that was begun may still come about.
        let unsettled = |is: bool| {
            let mut desk = self.place.desk.held();
            if is {
                desk.unsettled.insert(instance)
            } else {
                desk.unsettled.remove(&instance)
            };
        };
        let mut pause = FIRST_PAUSE;
        loop {
            unsettled(true);
            let appended = tokio::select! {
                biased;
                () = self.place.inbox.ended() => return Err(AgreementError::Ended),
                appended = self.setup.journal.append(records.clone()) => appended,
            };
            match appended {
                Ok(head) => {
                    let first = head.seq.saturating_sub(count - 1);
                    self.place.desk.held().index.note(instance, first..=head.seq);
                    unsettled(false);
                    return Ok(());
                }
                Err(why @ (JournalError::Unavailable { .. } | JournalError::Full { .. })) => {
                    unsettled(false);
                    tracing::warn!(agent = %self.setup.agent, cause = %why, "the journal is tried again");
                    tokio::select! {
                        biased;
                        () = self.place.inbox.ended() => return Err(AgreementError::Ended),
                        () = sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                    }
                }
                Err(why) => return Err(AgreementError::Journal(why)),
            }
        }
    }

    fn send(&self, to: Option<u32>, packet: &[u8]) -> Result<(), AgreementError> {
        let Setup { swarm, agent, .. } = self.setup.as_ref();
        let setting = &self.place.setting;
        let instance = setting.instance();
        let [first, ..] = instance.as_bytes().as_chunks().0 else { return Err(AgreementError::Ended) };
        let correlation = CorrelationId::from_bytes(*first);
        let bytes: Bytes = payload(&instance, packet).into();
        let envelope = Envelope::new(swarm.clone(), agent.clone(), message_kinds::AGREEMENT, correlation, bytes);
        let to = to.and_then(|place| setting.name(place));
        let all = setting.electorate().ids().filter(|other| to.map_or(*other != agent, |to| to == *other));
        let outgoing: Vec<Outgoing> = all.map(|other| Outgoing::new(other.clone(), envelope.clone())).collect();
        self.place.desk.held().outgoing.extend(outgoing);
        Ok(())
    }
}

fn packet_from(from: u32, packet: &[u8]) -> Input {
    Input::Packet { from, bytes: packet.into() }
}

/// What the voter answers; for ever nothing where none is asked.
async fn think(thought: &mut Option<Caught>) -> Result<Answer, VoterError> {
    match thought {
        Some(thought) => thought.await,
        None => pending().await,
    }
}

async fn until(timer: Option<Instant>) {
    match timer {
        Some(timer) => sleep_until(timer).await,
        None => pending().await,
    }
}

/// That something is being written.
struct Writing<'a>(&'a Desk);

impl<'a> Writing<'a> {
    fn begin(desk: &'a Desk) -> Self {
        desk.held().writing += 1;
        Self(desk)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut desk = self.0.held();
        desk.writing = desk.writing.saturating_sub(1);
    }
}
