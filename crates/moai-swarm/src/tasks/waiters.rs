//! Who sleeps until there is a task, and who is woken for which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use moai_core::AgentId;
use tokio::sync::Notify;

use super::TaskQueue;

type Needs = BTreeSet<String>;

/// **The rule**: for each set of needs either so many are woken as tasks wait, or nobody who sleeps can do another.
/// Who was woken and ends, by taking something else, by finding nothing, or by being dropped, hands its call on.
///
/// One of them keeps the time for all; the others look by themselves only once in the time of a lease.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    next: u64,
    all: BTreeMap<u64, Waiter>,
    crews: BTreeMap<AgentId, Crew>,
    /// Who sleeps and has room, by capabilities; who has waited the longest first.
    free: BTreeMap<Needs, BTreeSet<(u64, AgentId)>>,
    /// How many are woken for which needs.
    woken: BTreeMap<Needs, usize>,
    keeper: Option<(u64, Option<Duration>)>,
}

#[derive(Debug)]
struct Waiter {
    agent: AgentId,
    bell: Arc<Notify>,
    woken_for: Option<Needs>,
}

/// Those that wait for the same agent.
#[derive(Debug, Default)]
struct Crew {
    asleep: BTreeSet<u64>,
    woken: usize,
    /// Where it stands among the free.
    stands: Option<(Needs, u64)>,
}

impl Waiters {
    /// Somebody new, asleep.
    pub(super) fn add(&mut self, queue: &TaskQueue, agent: &AgentId) -> u64 {
        let ticket = self.next;
        self.next = ticket.saturating_add(1);
        let waiter = Waiter { agent: agent.clone(), bell: Arc::default(), woken_for: None };
        self.all.insert(ticket, waiter);
        self.crews.entry(agent.clone()).or_default().asleep.insert(ticket);
        self.place(queue, agent);
        ticket
    }

    pub(super) fn bell(&self, ticket: u64) -> Option<Arc<Notify>> {
        self.all.get(&ticket).map(|waiter| waiter.bell.clone())
    }

    /// Puts it to sleep again: its call is handed on.
    pub(super) fn sleep(&mut self, queue: &TaskQueue, ticket: u64) {
        let Some(waiter) = self.all.get_mut(&ticket) else { return };
        let Some(needs) = waiter.woken_for.take() else { return };
        let agent = waiter.agent.clone();
        if let Some(crew) = self.crews.get_mut(&agent) {
            crew.woken = crew.woken.saturating_sub(1);
            crew.asleep.insert(ticket);
        }
        if let Some(count) = self.woken.get_mut(&needs) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.woken.remove(&needs);
            }
        }
        self.place(queue, &agent);
        self.wake_for(queue, &needs);
    }

    pub(super) fn remove(&mut self, queue: &TaskQueue, ticket: u64) {
        let Some(agent) = self.all.get(&ticket).map(|waiter| waiter.agent.clone()) else { return };
        // It must not be woken for what it hands on.
        let needs = self.all.get_mut(&ticket).and_then(|waiter| waiter.woken_for.clone());
        if let Some(crew) = self.crews.get_mut(&agent) {
            crew.asleep.remove(&ticket);
            crew.woken = crew.woken.saturating_sub(usize::from(needs.is_some()));
        }
        self.all.remove(&ticket);
        if let Some(needs) = &needs {
            let left = self.woken.remove(needs).unwrap_or_default().saturating_sub(1);
            if left > 0 {
                self.woken.insert(needs.clone(), left);
            }
        }
        self.place(queue, &agent);
        if let Some(needs) = needs {
            self.wake_for(queue, &needs);
        }
        self.wake_agent(queue, &agent);
        if self.keeper.is_none_or(|(keeper, _)| keeper == ticket) {
            self.keeper = None;
            self.call_keeper();
        }
    }

    /// Wakes who can do the tasks with these needs.
    pub(super) fn wake_for(&mut self, queue: &TaskQueue, needs: &Needs) {
        while self.lacks(queue, needs) {
            let able = self.free.iter().filter(|(capabilities, _)| needs.is_subset(capabilities));
            let Some((ticket, _)) = able.filter_map(|(_, free)| free.first()).min().cloned() else { break };
            self.wake(queue, ticket, needs.clone());
        }
    }

    /// Wakes those that wait for an agent, if there is something for it. Who is gone is told so.
    pub(super) fn wake_agent(&mut self, queue: &TaskQueue, agent: &AgentId) {
        self.place(queue, agent);
        if queue.agents.get(agent).is_none_or(|agent| agent.is_closed) {
            let gone = self.crews.get(agent).into_iter().flat_map(|crew| &crew.asleep);
            gone.filter_map(|ticket| self.all.get(ticket)).for_each(|waiter| waiter.bell.notify_one());
        }
        while let Some((able, ticket)) = self.crews.get(agent).and_then(|crew| crew.stands.clone()) {
            let mut needs = queue.waiting.keys().filter(|needs| needs.is_subset(&able));
            let Some(needs) = needs.find(|needs| self.lacks(queue, needs)) else { break };
            self.wake(queue, ticket, needs.clone());
        }
    }

    fn lacks(&self, queue: &TaskQueue, needs: &Needs) -> bool {
        let waiting = queue.waiting.get(needs).map(super::waiting::Waiting::len).unwrap_or_default();
        self.woken.get(needs).copied().unwrap_or_default() < waiting
    }

    fn wake(&mut self, queue: &TaskQueue, ticket: u64, needs: Needs) {
        let Some(waiter) = self.all.get_mut(&ticket) else { return };
        let woken = self.woken.entry(needs.clone()).or_default();
        *woken = woken.saturating_add(1);
        waiter.woken_for = Some(needs);
        waiter.bell.notify_one();
        let agent = waiter.agent.clone();
        if let Some(crew) = self.crews.get_mut(&agent) {
            crew.asleep.remove(&ticket);
            crew.woken = crew.woken.saturating_add(1);
        }
        self.place(queue, &agent);
    }

    /// Lets an agent stand where it belongs.
    fn place(&mut self, queue: &TaskQueue, agent: &AgentId) {
        let Some(crew) = self.crews.get_mut(agent) else { return };
        if let Some((able, ticket)) = crew.stands.take()
            && let Some(free) = self.free.get_mut(&able)
        {
            free.remove(&(ticket, agent.clone()));
            if free.is_empty() {
                self.free.remove(&able);
            }
        }
        let known = queue.agents.get(agent).filter(|known| known.room() > crew.woken);
        if let (Some(known), Some(ticket)) = (known, crew.asleep.first()) {
            let able = known.worker.capabilities.clone();
            self.free.entry(able.clone()).or_default().insert((*ticket, agent.clone()));
            crew.stands = Some((able, *ticket));
        }
        if crew.asleep.is_empty() && crew.woken == 0 {
            self.crews.remove(agent);
        }
    }

    /// Whether this one is to keep the time, until then.
    pub(super) fn keeps(&mut self, ticket: u64, until: Option<Duration>) -> bool {
        let is_keeper = self.keeper.is_none_or(|(keeper, _)| keeper == ticket);
        if is_keeper {
            self.keeper = Some((ticket, until));
        }
        is_keeper
    }

    /// Something is due earlier than the keeper knows.
    pub(super) fn due(&mut self, at: Option<Duration>) {
        let Some((_, until)) = &mut self.keeper else { return };
        if at.is_some_and(|at| until.is_none_or(|until| at < until)) {
            *until = at;
            self.call_keeper();
        }
    }

    /// Calls whoever keeps the time, or lets who will be woken last keep it from now on.
    pub(super) fn call_keeper(&self) {
        let keeper = self.keeper.and_then(|(keeper, _)| self.all.get(&keeper));
        if let Some(waiter) = keeper.or_else(|| self.all.values().next_back()) {
            waiter.bell.notify_one();
        }
    }
}
