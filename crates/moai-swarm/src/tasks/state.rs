//! The queue together with who waits for it.

use std::sync::Arc;
use std::time::Duration;

use moai_core::AgentId;
use tokio::sync::Notify;

use super::record::Event;
use super::waiters::Waiters;
use super::watching::Watching;
use super::{Leased, TaskError, TaskQueue};

#[derive(Debug)]
pub(super) struct State {
    pub(super) queue: TaskQueue,
    pub(super) waiters: Waiters,
    pub(super) watching: Watching,
    /// Somebody was dropped while it wrote: whoever comes next finishes that.
    pub(super) is_abandoned: bool,
}

/// What somebody finds who looks for a task.
pub(super) enum Look {
    Taken(Leased),
    /// Nothing yet: something has to be recorded first.
    Due,
    /// Nothing: it sleeps until the bell rings, or until then.
    Nothing(Arc<Notify>, Duration),
}

impl State {
    /// Wakes whomever it concerns. It is called behind every change.
    pub(super) fn settle(&mut self) {
        let Some(notes) = self.queue.notes.as_mut().map(std::mem::take) else { return };
        for agent in &notes.touched {
            self.waiters.wake_agent(&self.queue, agent);
        }
        for needs in &notes.came {
            self.waiters.wake_for(&self.queue, needs);
        }
        let next = self.queue.next_deadline();
        self.waiters.due(next);
        self.watching.settle(self.queue.open.is_empty(), next);
    }

    /// Whether something has to be recorded, or finished, before anybody can say what there is.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.is_abandoned || self.queue.overdue(now).next().is_some()
    }

    /// Takes a task if there is one.
    pub(super) fn glance(&mut self, agent: &AgentId, now: Duration) -> Result<Option<Leased>, TaskError> {
        self.queue.wake(now);
        let taken = self.queue.take(agent, now);
        self.settle();
        taken
    }

    /// Looks for a task, and registers who found none, under `ticket` if it has one.
    pub(super) fn look(&mut self, agent: &AgentId, ticket: &mut Option<u64>, now: Duration) -> Result<Look, TaskError> {
        self.queue.wake(now);
        let taken = self.queue.take(agent, now);
        if let (Ok(None), Some(ticket)) = (&taken, *ticket) {
            self.waiters.sleep(&self.queue, ticket);
        }
        self.settle();
        if let Some(leased) = taken? {
            return Ok(Look::Taken(leased));
        }
        if self.is_due(now) {
            return Ok(Look::Due);
        }
        let ticket = *ticket.get_or_insert_with(|| self.waiters.add(&self.queue, agent));
        let Some(bell) = self.waiters.bell(ticket) else { return Ok(Look::Due) };
        let deadline = self.queue.next_deadline();
        let keeps = self.waiters.keeps(ticket, deadline);
        // A keeper that is held and not polled delays the others by this at the most.
        let latest = now.saturating_add(self.queue.options.lease);
        Ok(Look::Nothing(bell, deadline.filter(|_| keeps).map_or(latest, |at| at.min(latest))))
    }

    /// Does what was recorded.
    pub(super) fn apply(&mut self, events: Vec<Event>, rests: bool, now: Duration) {
        for event in events {
            match event {
                Event::Began => {}
                Event::Accepted(id, new) => self.queue.insert(id, new, now),
                Event::Completed(id) => self.queue.done(id),
                Event::Ended { task, .. } => self.queue.end(task, now, rests),
            }
        }
        self.settle();
    }
}
