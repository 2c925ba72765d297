//! What a monitor's handle and its task share: the state machine, who is a member, and whose lease is whose.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, AgentState, Envelope, InvalidInput, View};
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use super::leases::Leases;
use super::outbox::Outbox;
use super::states::{States, Turn};
use super::strangers::Strangers;
use super::{HealthEvent, HeartbeatError, HeartbeatOptions, Input, Lease, LeaseEpoch, Monitor, wire};

pub(super) struct Watch {
    pub(super) began: Instant,
    inner: Mutex<Inner>,
    pub(super) events: broadcast::Sender<HealthEvent>,
    /// There is something to tell, or to look at sooner.
    pub(super) changed: Notify,
    options: HeartbeatOptions,
}

pub(super) struct Inner {
    pub(super) monitor: Monitor,
    pub(super) states: States,
    pub(super) strangers: Strangers,
    outbox: Outbox,
    /// Which life of which member is watched.
    members: BTreeMap<AgentId, u64>,
    view: Option<u64>,
    leases: Leases,
}

impl Watch {
    pub(super) fn new(
        options: HeartbeatOptions,
        given: impl IntoIterator<Item = (AgentId, Lease)>,
    ) -> Result<Self, HeartbeatError> {
        let monitor = Monitor::new(options.clone())?;
        let mut leases = Leases::new(options.agents);
        for (agent, lease) in given {
            options.check_lease(lease)?;
            leases.set(&agent, lease)?;
        }
        let (events, _) = broadcast::channel(options.events);
        let inner = Inner {
            monitor,
            states: States::default(),
            strangers: Strangers::default(),
            outbox: Outbox::default(),
            members: BTreeMap::new(),
            view: None,
            leases,
        };
        Ok(Self { began: Instant::now(), inner: Mutex::new(inner), events, changed: Notify::new(), options })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By how much a round may be put off to hear or to learn more.
    pub(super) fn patience(&self) -> Duration {
        self.options.interval / 4
    }

    pub(super) fn tell(&self, input: Input) -> Result<(), HeartbeatError> {
        self.feed(&mut self.lock(), input)
    }

    fn feed(&self, inner: &mut Inner, input: Input) -> Result<(), HeartbeatError> {
        let heard = match &input {
            Input::Beat(agent, _) | Input::Progress(agent, ..) if self.options.tells_states => Some(agent.clone()),
            _ => None,
        };
        let now = self.began.elapsed();
        for event in inner.monitor.handle(now, input)? {
            let waits = self.options.tells_states && inner.states.change(&event);
            inner.outbox.push(event, now, !waits);
            self.changed.notify_one();
        }
        self.publish_known(inner);
        if heard.is_some_and(|agent| inner.states.hear(&agent)) {
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Publishes what the coordinator knows of, and what has waited for it for an interval.
    fn publish_known(&self, inner: &mut Inner) {
        let now = self.began.elapsed();
        while let Some(event) = inner.outbox.pop(now, self.options.interval) {
            // Nobody listens: then nobody misses it.
            let _ = self.events.send(event);
            self.changed.notify_one();
        }
    }

    /// The same, where it may have waited long enough.
    pub(super) fn publish(&self) {
        self.publish_known(&mut self.lock());
    }

    /// Whether there is something to tell, or somebody who may be a member.
    pub(super) fn has_errand(&self) -> bool {
        let inner = self.lock();
        inner.states.are_due() || inner.strangers.are_due()
    }

    /// What was refused is due again.
    pub(super) fn begin_round(&self) {
        let mut inner = self.lock();
        inner.states.round();
        inner.strangers.round();
    }

    /// What is due to be told, and the mark for [`told`](Self::told) when that is done.
    pub(super) fn due(&self) -> (BTreeMap<AgentId, Turn>, u64) {
        let mut inner = self.lock();
        (inner.states.take(), inner.outbox.mark())
    }

    /// The coordinator was told of all before this mark, or did not take it.
    pub(super) fn told(&self, mark: u64) {
        let mut inner = self.lock();
        inner.outbox.know(mark);
        self.publish_known(&mut inner);
    }

    /// There is no coordinator to be told any more.
    pub(super) fn publish_all(&self) {
        let mark = self.lock().outbox.mark();
        self.told(mark);
    }

    /// The members cannot be looked at: it is tried again in the next round.
    pub(super) fn refuse(&self, beats: BTreeMap<AgentId, Envelope>) {
        let mut inner = self.lock();
        inner.states.refuse_all();
        inner.strangers.refuse(beats);
        drop(inner);
        self.publish_all();
    }

    /// Takes over who is a member now.
    pub(super) fn take(&self, view: &View) {
        let mut inner = self.lock();
        if inner.view == Some(view.epoch) {
            return;
        }
        inner.view = Some(view.epoch);
        let now: BTreeMap<_, _> = view.members.iter().map(|member| (member.id.clone(), member.joined)).collect();
        let before = std::mem::replace(&mut inner.members, now);
        let gone: Vec<_> = before.keys().filter(|id| !inner.members.contains_key(*id)).cloned().collect();
        for id in gone {
            inner.states.forget(&id);
            let _ = self.feed(&mut inner, Input::Leave(id));
        }
        for member in view.members.iter().filter(|member| before.get(&member.id) != Some(&member.joined)) {
            inner.states.begin(&member.id, member.state);
            let join = Input::Join(member.id.clone(), inner.leases.of(&member.id));
            if let Err(error) = self.feed(&mut inner, join) {
                tracing::warn!(agent = %member.id, %error, "a member is not watched");
            }
        }
    }

    /// What an envelope says; an answer where the agent does not know its epoch. A beat of somebody who is not watched is
    /// kept until the members have been looked at.
    pub(super) fn receive(&self, envelope: &Envelope) -> Option<LeaseEpoch> {
        if *envelope.kind() == wire::beat_kind() {
            let mut inner = self.lock();
            if inner.monitor.epoch(envelope.sender()).is_err() {
                inner.strangers.keep(envelope, self.options.agents);
                return None;
            }
        }
        self.hear(envelope)
    }

    /// The same once they have been looked at: whoever is not watched then is not looked for again in this round.
    pub(super) fn hear(&self, envelope: &Envelope) -> Option<LeaseEpoch> {
        if *envelope.kind() != wire::beat_kind() {
            return None;
        }
        let (epoch, evidence) = wire::decode(envelope.payload())?;
        let from = envelope.sender().clone();
        let input = match (epoch, evidence) {
            (Some(epoch), Some(evidence)) => Input::Progress(from.clone(), epoch, evidence),
            (epoch, _) => Input::Beat(from.clone(), epoch),
        };
        if let Err(error) = self.tell(input) {
            tracing::debug!(agent = %from, %error, "a beat was refused");
        }
        let mut inner = self.lock();
        match inner.monitor.epoch(&from) {
            Ok(current) => Some(current).filter(|current| Some(*current) != epoch),
            Err(_) => {
                inner.strangers.pass(from);
                None
            }
        }
    }

    pub(super) fn check_lease(&self, lease: Lease) -> Result<(), InvalidInput> {
        self.options.check_lease(lease)
    }

    /// Changes who has which lease, and gives it to whom of those that are named back is watched.
    pub(super) fn change_leases(
        &self,
        change: impl FnOnce(&mut Leases) -> Result<Vec<AgentId>, HeartbeatError>,
    ) -> Result<(), HeartbeatError> {
        let mut inner = self.lock();
        for agent in change(&mut inner.leases)? {
            self.give_lease(&mut inner, agent);
        }
        Ok(())
    }

    pub(super) fn reset_lease(&self, agent: &AgentId) {
        let mut inner = self.lock();
        inner.leases.reset(agent);
        self.give_lease(&mut inner, agent.clone());
    }

    fn give_lease(&self, inner: &mut Inner, agent: AgentId) {
        let lease = inner.leases.of(&agent);
        // Who is not watched is given it when it joins.
        let _ = self.feed(inner, Input::Lease(agent, lease));
        self.changed.notify_one();
    }

    /// What the coordinator, which shows this view, is to be told of somebody.
    pub(super) fn plan(&self, view: &View, agent: &AgentId, turn: Turn) -> Option<AgentState> {
        let at = view.members.binary_search_by(|member| member.id.cmp(agent)).ok()?;
        let member = view.members.get(at)?;
        let mut inner = self.lock();
        // Another life of the name has not failed.
        if inner.members.get(agent) != Some(&member.joined) {
            return None;
        }
        inner.states.plan(agent, turn, member.state)
    }
}
