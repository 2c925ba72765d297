//! A coordinator that is slow, plain and right, unless it is told to break its word in one way.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, CorrelationId, Delivered, Envelope, InvalidInput, Limits,
    Mailbox, Member, Role, SwarmId, Topology, View,
};

use crate::fault::Fault;
use crate::meeting::Meeting;

/// How it keeps or breaks its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Keeps it at once.
    Prompt,
    /// Keeps it in its own time: calls take turns before they begin, and messages are under way for a while.
    Late,
    /// Breaks it in one way.
    Broken(Fault),
}

pub(crate) type Registry = Arc<Mutex<State>>;

pub(crate) struct Reference {
    pub(crate) manner: Manner,
    pub(crate) swarm: SwarmId,
    pub(crate) elsewhere: SwarmId,
    pub(crate) limits: Limits,
    pub(crate) registry: Registry,
    pub(crate) meeting: Meeting,
}

/// Everyone who has a mailbox, in the order of joining; who has left is among them until its mailbox is dropped.
#[derive(Default)]
pub(crate) struct State {
    participants: Vec<Participant>,
    next_serial: u64,
    epoch: u64,
    first_epochs: BTreeMap<AgentId, u64>,
    refused_joins: usize,
    first_roles: BTreeMap<AgentId, Role>,
    outbox: Vec<(AgentId, Envelope)>,
    cuts_names: bool,
}

struct Participant {
    serial: u64,
    id: AgentId,
    role: Role,
    state: AgentState,
    capacity: usize,
    joined: bool,
    since: u64,
    hidden: bool,
    has_listened: bool,
    queue: VecDeque<Envelope>,
    refused: VecDeque<Envelope>,
    handed: Option<Envelope>,
    accepted: usize,
    wakers: Vec<Waker>,
}

async fn turn() {
    let mut waited = false;
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Manner {
    fn lies(self, fault: Fault) -> bool {
        self == Self::Broken(fault)
    }

    async fn takes_its_time(self) {
        if self == Self::Late {
            turn().await;
            turn().await;
        }
    }
}

impl Participant {
    fn is_hidden(&self, manner: Manner) -> bool {
        match manner {
            Manner::Broken(Fault::HidesServices) => self.role == Role::Service,
            Manner::Broken(Fault::CutsOffTheBusy) => self.state != AgentState::Active,
            Manner::Broken(Fault::IsReachedOnlyOnceItListens) => !self.has_listened,
            _ => false,
        }
    }

    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }

    fn is_full(&self, manner: Manner) -> bool {
        let held = if manner.lies(Fault::CountsWhatWasEverAccepted) { self.accepted } else { self.queue.len() };
        let capacity = match manner {
            Manner::Broken(Fault::TakesOneMessageMore) => self.capacity + 1,
            Manner::Broken(Fault::TakesOneMessageLess) => self.capacity - 1,
            _ => self.capacity,
        };
        held >= capacity
    }

    fn push(&mut self, manner: Manner, envelope: Envelope) -> Result<(), CoordinatorError> {
        if self.is_full(manner) {
            match manner {
                Manner::Broken(Fault::DropsTheOldest) => drop(self.queue.pop_front()),
                Manner::Broken(Fault::KeepsTheRefused) => self.refused.push_back(envelope),
                Manner::Broken(Fault::MisnamesAFullMailbox) => {
                    return Err(CoordinatorError::MailboxFull { id: envelope.sender().clone(), capacity: 0 });
                }
                _ => {}
            }
            return Err(CoordinatorError::MailboxFull { id: self.id.clone(), capacity: self.capacity });
        }
        self.accepted += 1;
        let hands = manner.lies(Fault::HandsToADroppedRecv) || manner.lies(Fault::HandsToADroppedRecvMany);
        if hands && self.handed.is_none() && !self.wakers.is_empty() {
            self.handed = Some(envelope);
        } else if manner.lies(Fault::PutsTheLastFirst) {
            self.queue.push_front(envelope);
        } else {
            self.queue.push_back(envelope);
        }
        if !manner.lies(Fault::WakesNobody) {
            self.wake();
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<Envelope> {
        let envelope = self.handed.take().or_else(|| self.queue.pop_front());
        if let Some(refused) = self.refused.pop_front() {
            self.queue.push_back(refused);
        }
        envelope
    }

    fn wait<T>(&mut self, manner: Manner, cx: &Context<'_>) -> Poll<T> {
        if manner.lies(Fault::WakesTheFirstWaker) {
            if self.wakers.is_empty() {
                self.wakers.push(cx.waker().clone());
            }
        } else {
            self.wakers = vec![cx.waker().clone()];
        }
        Poll::Pending
    }
}

impl State {
    fn named(&mut self, id: &AgentId) -> Option<&mut Participant> {
        let significant = if self.cuts_names { 63 } else { 64 };
        let cut = |id: &AgentId| id.as_str().chars().take(significant).collect::<String>();
        self.participants.iter_mut().find(|one| one.joined && cut(&one.id) == cut(id))
    }

    fn with_serial(&mut self, serial: u64) -> &mut Participant {
        self.participants.iter_mut().find(|one| one.serial == serial).unwrap()
    }

    fn take_out(&mut self, manner: Manner, serial: u64) {
        let one = self.with_serial(serial);
        let went = one.joined && one.role == Role::Member;
        one.joined = false;
        if manner.lies(Fault::EmptiesALeftMailbox) {
            one.queue.clear();
        }
        if !manner.lies(Fault::LeavesSilently) {
            one.wake();
        }
        if went && !manner.lies(Fault::CountsOnlyWhoComes) {
            self.epoch += 1;
        }
    }
}

impl Reference {
    fn lies(&self, fault: Fault) -> bool {
        self.manner.lies(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.registry.lock().unwrap()
    }

    fn check(&self, envelope: &Envelope, carries: Fault, large: Fault) -> Result<(), CoordinatorError> {
        if envelope.swarm() != &self.swarm && !self.lies(carries) {
            let (expected, got) = (self.swarm.clone(), envelope.swarm().clone());
            return Err(CoordinatorError::WrongSwarm { expected, got });
        }
        let (limit, got) = (self.limits.payload_bytes as u64, envelope.payload().len() as u64);
        let exact = got == limit && self.lies(Fault::RefusesAPayloadAtTheLimit);
        if exact || got > limit && !self.lies(large) {
            return Err(InvalidInput::TooLong { field: "payload", limit, got }.into());
        }
        Ok(())
    }

    fn check_sender(&self, from: &AgentId, strangers: Fault, services: Fault) -> Result<(), CoordinatorError> {
        let mut state = self.lock();
        let left = state.participants.iter().any(|one| one.id == *from && !one.joined);
        let known = match state.named(from) {
            Some(one) => one.role == Role::Member || !self.lies(services),
            None => self.lies(strangers) || left && self.lies(Fault::LetsWhoLeftSend),
        };
        if known { Ok(()) } else { Err(CoordinatorError::UnknownSender { id: from.clone() }) }
    }

    fn deliver(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        let (manner, mut state) = (self.manner, self.lock());
        if self.lies(Fault::CopiesToOthers) {
            for one in state.participants.iter_mut().filter(|one| one.id != *to) {
                let _copied = one.push(manner, envelope.clone());
            }
        }
        let full = self.lies(Fault::IsFullWhenOneIs) && state.participants.iter().any(|one| one.is_full(manner));
        let oneself = self.lies(Fault::RefusesOneself) && envelope.sender() == to;
        let left = state.participants.iter().rposition(|one| one.id == *to && self.lies(Fault::ReachesWhoLeft));
        if state.named(to).is_none()
            && let Some(one) = left.and_then(|at| state.participants.get_mut(at))
        {
            return one.push(manner, envelope);
        }
        match state.named(to) {
            Some(one) if full => Err(CoordinatorError::MailboxFull { id: to.clone(), capacity: one.capacity }),
            Some(one) if !oneself && !one.is_hidden(manner) => {
                if self.lies(Fault::DeliversTwice) {
                    one.push(manner, envelope.clone())?;
                }
                if self.lies(Fault::ForgetsTheCorrelation) {
                    let (swarm, from) = (envelope.swarm().clone(), envelope.sender().clone());
                    let correlation = CorrelationId::from_bytes([0; 16]);
                    let payload = envelope.payload().clone();
                    return one.push(manner, Envelope::new(swarm, from, envelope.kind().clone(), correlation, payload));
                }
                one.push(manner, envelope)
            }
            _ if self.lies(Fault::AcceptsForNobody) => Ok(()),
            _ => Err(CoordinatorError::UnknownRecipient { id: to.clone() }),
        }
    }

    fn addressees(&self, from: &AgentId, except: &[AgentId]) -> Vec<(AgentId, u64)> {
        let state = self.lock();
        let mut all: Vec<_> = state
            .participants
            .iter()
            .filter(|one| one.joined || self.lies(Fault::BroadcastsToWhoLeft))
            .filter(|one| one.role == Role::Member || self.lies(Fault::BroadcastsToServices))
            .filter(|one| one.id != *from || self.lies(Fault::BroadcastsToTheSender))
            .filter(|one| !except.contains(&one.id) || self.lies(Fault::IgnoresExceptions))
            .map(|one| (one.id.clone(), one.serial))
            .collect();
        all.sort();
        if self.lies(Fault::BroadcastsToAllButTheLast) {
            all.pop();
        }
        all
    }
}

#[async_trait]
impl Coordinator for Reference {
    fn swarm_id(&self) -> &SwarmId {
        if self.lies(Fault::NamesAnotherSwarm) { &self.elsewhere } else { &self.swarm }
    }

    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        self.manner.takes_its_time().await;
        if id.is_reserved() && !self.lies(Fault::LetsTheReservedNameIn) {
            return Err(InvalidInput::Reserved { field: "agent id", word: "coordinator" }.into());
        }
        let serial = {
            let mut state = self.lock();
            state.cuts_names = self.lies(Fault::CutsNames);
            let kept = self.lies(Fault::KeepsNames) && state.participants.iter().any(|one| one.id == id);
            if kept || state.named(&id).is_some() && !self.lies(Fault::GivesANameTwice) {
                state.refused_joins += 1;
                if self.lies(Fault::EvictsOnARefusedJoin) {
                    state.participants.iter_mut().filter(|one| one.id == id).for_each(|one| one.joined = false);
                }
                return Err(CoordinatorError::AlreadyJoined { id });
            }
            let extra = if self.lies(Fault::CountsRefusedJoins) { state.refused_joins } else { 0 };
            let got = state.participants.iter().filter(|one| one.joined).count() + 1 + extra;
            let limit = match self.manner {
                Manner::Broken(Fault::HoldsOneMore) => self.limits.participants + 1,
                Manner::Broken(Fault::HoldsOneLess) => self.limits.participants - 1,
                _ => self.limits.participants,
            };
            if got > limit {
                return Err(
                    InvalidInput::TooMany { field: "participants", limit: limit as u64, got: got as u64 }.into()
                );
            }
            let first_role = *state.first_roles.entry(id.clone()).or_insert(role);
            let role = if self.lies(Fault::RemembersTheFirstRole) { first_role } else { role };
            let counts = role == Role::Member && !self.lies(Fault::CountsOnlyWhoGoes);
            if counts || role == Role::Service && self.lies(Fault::CountsServicesThatCome) {
                state.epoch += 1;
            }
            let epoch = state.epoch;
            let first_epoch = *state.first_epochs.entry(id.clone()).or_insert(epoch);
            let mut one = Participant {
                serial: state.next_serial,
                id: id.clone(),
                role,
                state: if self.lies(Fault::BeginsIdle) { AgentState::Idle } else { AgentState::Active },
                capacity: match role {
                    Role::Service if !self.lies(Fault::GivesServicesAMembersMailbox) => self.limits.service_mailbox,
                    _ => self.limits.member_mailbox,
                },
                joined: true,
                since: if self.lies(Fault::RemembersTheFirstJoining) { first_epoch } else { epoch },
                hidden: false,
                has_listened: false,
                queue: VecDeque::new(),
                refused: VecDeque::new(),
                handed: None,
                accepted: 0,
                wakers: Vec::new(),
            };
            if let Some(old) = state.participants.iter_mut().rfind(|old| old.id == id) {
                if self.lies(Fault::BequeathsMessages) {
                    one.queue = std::mem::take(&mut old.queue);
                }
                if self.lies(Fault::BequeathsTheState) {
                    one.state = old.state;
                }
            }
            state.next_serial += 1;
            state.participants.push(one);
            state.next_serial - 1
        };
        if self.lies(Fault::JoinsBeforeItAnswers) {
            turn().await;
        }
        let owner = if self.lies(Fault::MixesUpOwners) { AgentId::new("somebody-else").unwrap() } else { id };
        Ok(Box::new(ReferenceMailbox { manner: self.manner, registry: Arc::clone(&self.registry), serial, owner }))
    }

    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.manner.takes_its_time().await;
        if self.lies(Fault::LeavesInTwoSteps) {
            if let Some(one) = self.lock().named(id) {
                one.hidden = true;
            }
            turn().await;
        }
        let mut state = self.lock();
        let serial = state.named(id).map(|one| (one.serial, one.role));
        match serial {
            Some((_, Role::Service)) if self.lies(Fault::KeepsServices) => {
                Err(CoordinatorError::NotJoined { id: id.clone() })
            }
            Some((serial, _)) => {
                state.take_out(self.manner, serial);
                Ok(())
            }
            None if self.lies(Fault::LetsStrangersLeave) => Ok(()),
            None => Err(CoordinatorError::NotJoined { id: id.clone() }),
        }
    }

    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.manner.takes_its_time().await;
        self.check(&envelope, Fault::CarriesForOtherSwarms, Fault::CarriesLargePayloads)?;
        self.check_sender(envelope.sender(), Fault::LetsStrangersSend, Fault::SilencesServices)?;
        if self.lies(Fault::WaitsForRoom) {
            while self.lock().named(to).is_some_and(|one| one.is_full(self.manner)) {
                turn().await;
            }
        }
        if self.lies(Fault::LosesWhatIsSentMeanwhile) {
            let before = self.lock().named(to).map(|one| one.queue.clone());
            turn().await;
            if let (Some(one), Some(before)) = (self.lock().named(to), before)
                && before.len() < one.queue.len()
            {
                one.queue = before;
            }
        }
        if self.lies(Fault::WritesBackWhatItRead) {
            let mut queue = self.lock().named(to).map(|one| one.queue.clone()).unwrap_or_default();
            self.meeting.meet();
            queue.push_back(envelope);
            if let Some(one) = self.lock().named(to) {
                one.queue = queue;
            }
            return Ok(());
        }
        if self.lies(Fault::SendsWhatWasDropped) {
            self.lock().outbox.push((to.clone(), envelope.clone()));
            turn().await;
            let answer = self.deliver(to, envelope.clone());
            let mut left = std::mem::take(&mut self.lock().outbox);
            left.retain(|(_, other)| *other != envelope);
            for (to, envelope) in left {
                self.deliver(&to, envelope)?;
            }
            return answer;
        }
        self.deliver(to, envelope)
    }

    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.manner.takes_its_time().await;
        self.check(&envelope, Fault::BroadcastsForOtherSwarms, Fault::BroadcastsLargePayloads)?;
        self.check_sender(envelope.sender(), Fault::LetsStrangersBroadcast, Fault::SilencesBroadcastsOfServices)?;
        if self.lies(Fault::RefusesStrangeExceptions) {
            for id in except {
                let known = self.lock().named(id).is_some();
                if !known {
                    return Err(CoordinatorError::UnknownRecipient { id: id.clone() });
                }
            }
        }
        let addressees = self.addressees(envelope.sender(), except);
        if addressees.is_empty() && self.lies(Fault::RefusesABroadcastToNobody) {
            return Err(CoordinatorError::UnknownRecipient { id: envelope.sender().clone() });
        }
        let mut delivered = Delivered::default();
        let half = addressees.len() / 2;
        for (number, (id, serial)) in addressees.into_iter().enumerate() {
            if number == half && self.lies(Fault::BroadcastsInTwoSteps) {
                turn().await;
            }
            let mut state = self.lock();
            let one = state.with_serial(serial);
            if self.lies(Fault::BroadcastsTwice) {
                let _first = one.push(self.manner, envelope.clone());
            }
            match one.push(self.manner, envelope.clone()) {
                Ok(()) => {
                    if self.lies(Fault::BroadcastsFirst) {
                        one.queue.rotate_right(1);
                    }
                    delivered.ids.push(id);
                }
                Err(why) => delivered.refused.push((id, why)),
            }
            if !delivered.refused.is_empty() && self.lies(Fault::BroadcastsUpToTheFirstFull) {
                break;
            }
        }
        if self.lies(Fault::HidesRefusals) {
            delivered.refused.clear();
        }
        if self.lies(Fault::NamesTheReachedBackwards) {
            delivered.ids.reverse();
        }
        Ok(delivered)
    }

    async fn set_state(&self, id: &AgentId, new: AgentState) -> Result<(), CoordinatorError> {
        self.manner.takes_its_time().await;
        let mut state = self.lock();
        if self.lies(Fault::SetsTheStateOfAll) {
            state.participants.iter_mut().for_each(|one| one.state = new);
        }
        match state.named(id) {
            Some(one) if one.role == Role::Member || self.lies(Fault::GivesServicesAState) => {
                if !self.lies(Fault::IgnoresStates) {
                    one.state = new;
                }
                Ok(())
            }
            None if self.lies(Fault::TakesStatesOfStrangers) => Ok(()),
            _ => Err(CoordinatorError::NotJoined { id: id.clone() }),
        }
    }

    async fn view(&self) -> Result<View, CoordinatorError> {
        self.manner.takes_its_time().await;
        let state = self.lock();
        let mut members: Vec<_> = state
            .participants
            .iter()
            .filter(|one| one.joined || self.lies(Fault::ShowsWhoLeft))
            .filter(|one| one.role == Role::Member || self.lies(Fault::ShowsServices))
            .filter(|one| one.state != AgentState::Failed || !self.lies(Fault::HidesTheFailed))
            .filter(|one| !one.hidden)
            .map(|one| Member::new(one.id.clone(), one.state, one.since))
            .collect();
        if !self.lies(Fault::ShowsInTheOrderOfJoining) {
            members.sort_by(|a, b| a.id.cmp(&b.id));
        }
        if self.lies(Fault::ShowsAllButTheFirst) && !members.is_empty() {
            members.remove(0);
        }
        Ok(View::new(state.epoch, members, Topology::Mesh))
    }
}

struct ReferenceMailbox {
    manner: Manner,
    registry: Registry,
    serial: u64,
    owner: AgentId,
}

impl ReferenceMailbox {
    fn lies(&self, fault: Fault) -> bool {
        self.manner.lies(fault)
    }

    /// Begins a wait: what was handed to a wait before this one is gone.
    async fn begins(&self) {
        if self.lies(Fault::HandsToADroppedRecv) || self.lies(Fault::HandsToADroppedRecvMany) {
            self.registry.lock().unwrap().with_serial(self.serial).handed = None;
        }
        self.manner.takes_its_time().await;
    }
}

#[async_trait]
impl Mailbox for ReferenceMailbox {
    fn owner(&self) -> &AgentId {
        &self.owner
    }

    async fn recv(&mut self) -> Option<Envelope> {
        self.begins().await;
        poll_fn(|cx| {
            let mut state = self.registry.lock().unwrap();
            let one = state.with_serial(self.serial);
            one.has_listened = true;
            if let Some(envelope) = one.pop() {
                return Poll::Ready(Some(envelope));
            }
            let (id, joined) = (one.id.clone(), one.joined);
            if !joined && self.lies(Fault::ReadsByName) {
                return Poll::Ready(state.named(&id).and_then(Participant::pop));
            }
            if !joined && !self.lies(Fault::NeverEnds) || self.lies(Fault::EndsAnEmptyMailbox) {
                return Poll::Ready(None);
            }
            if self.lies(Fault::HandsToADroppedRecvMany) {
                let waited = one.wait(self.manner, cx);
                one.wakers.drain(..).for_each(Waker::wake);
                return waited;
            }
            one.wait(self.manner, cx)
        })
        .await
    }

    async fn recv_many(&mut self, into: &mut Vec<Envelope>, limit: usize) -> usize {
        self.begins().await;
        poll_fn(|cx| {
            let mut state = self.registry.lock().unwrap();
            let one = state.with_serial(self.serial);
            one.has_listened = true;
            let limit = match self.manner {
                Manner::Broken(Fault::TakesOneForNone) => limit.max(1),
                Manner::Broken(Fault::IgnoresTheLimitOfMany) if limit > 0 => usize::MAX,
                _ => limit,
            };
            if limit == 0 {
                return Poll::Ready(0);
            }
            if !one.joined && self.lies(Fault::GivesNoneOfALeftMailbox) {
                return Poll::Ready(0);
            }
            let mut got: Vec<_> = std::iter::from_fn(|| one.pop()).take(limit).collect();
            if got.is_empty() {
                if !one.joined && !self.lies(Fault::NeverEndsMany) || self.lies(Fault::GivesNoneOfNothing) {
                    return Poll::Ready(0);
                }
                return if self.lies(Fault::WakesNobodyFromMany) { Poll::Pending } else { one.wait(self.manner, cx) };
            }
            if self.lies(Fault::GivesManyBackwards) {
                got.reverse();
            }
            if self.lies(Fault::ClearsWhatWasGathered) {
                into.clear();
            }
            let count = got.len();
            into.extend(got);
            Poll::Ready(if self.lies(Fault::CountsWhatWasGathered) { into.len() } else { count })
        })
        .await
    }
}

impl Drop for ReferenceMailbox {
    fn drop(&mut self) {
        let mut state = self.registry.lock().unwrap();
        let id = state.with_serial(self.serial).id.clone();
        if self.lies(Fault::StaysWhenDropped) {
            return;
        }
        if self.lies(Fault::LeavesByNameWhenDropped)
            && let Some(serial) = state.named(&id).map(|one| one.serial)
        {
            state.take_out(self.manner, serial);
        }
        state.take_out(self.manner, self.serial);
        if !self.lies(Fault::ReachesWhoLeft) {
            state.participants.retain(|one| one.serial != self.serial);
        }
    }
}
