//! What waits for the live task: bounded, whoever sends how much.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use moai_core::{AgentId, CorrelationId, Envelope, Limits};
use tokio::sync::Notify;

use crate::frame::unpacked_length;
use crate::{StateFollow, message_kinds};

/// How many messages of one agent that wrote unasked may wait: what it sent in a former life, and what it sends now.
const OF_ONE: usize = 2;

/// How many more agents than may follow can have asked for it before that is looked at.
const MORE: usize = 1_000;

/// What waits for the live task.
pub(in crate::sync) struct Inbox {
    followers: usize,
    pushes: usize,
    bytes: usize,
    waiting: Mutex<Waiting>,
    /// Rings when something comes.
    pub(super) rings: Notify,
}

#[derive(Default)]
struct Waiting {
    /// The last word of each agent that follows.
    follows: BTreeMap<AgentId, (CorrelationId, StateFollow)>,
    /// What agents wrote, in the order in which it came.
    pushes: VecDeque<Envelope>,
    /// Their bytes, unpacked.
    bytes: usize,
    /// How many of them are of whom.
    of: BTreeMap<AgentId, usize>,
}

impl Inbox {
    pub(in crate::sync) fn new(followers: usize, pushes: usize, bytes: usize) -> Self {
        Self { followers, pushes, bytes, waiting: Mutex::default(), rings: Notify::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message in, if there is room for it.
    pub(in crate::sync) fn take(&self, envelope: Envelope, limits: &Limits) {
        let (from, kind) = (envelope.sender().clone(), envelope.kind().clone());
        let taken =
            if kind == message_kinds::FOLLOW { self.take_follow(&envelope, limits) } else { self.take_push(envelope) };
        match taken {
            Ok(()) => self.rings.notify_one(),
            Err(why) => tracing::warn!(%from, %kind, %why, "a message is left"),
        }
    }

    fn take_follow(&self, envelope: &Envelope, limits: &Limits) -> Result<(), String> {
        let follow = StateFollow::from_bytes(envelope.payload(), limits).map_err(|why| why.to_string())?;
        let mut waiting = self.waiting();
        let follows = &mut waiting.follows;
        if follows.len() >= self.followers.saturating_add(MORE) && !follows.contains_key(envelope.sender()) {
            return Err(format!("{} agents wait to follow", follows.len()));
        }
        follows.insert(envelope.sender().clone(), (envelope.correlation(), follow));
        Ok(())
    }

    fn take_push(&self, envelope: Envelope) -> Result<(), String> {
        let size = envelope.payload().len().max(unpacked_length(envelope.payload()));
        let mut waiting = self.waiting();
        if waiting.pushes.len() >= self.pushes || size > self.bytes.saturating_sub(waiting.bytes) {
            return Err(format!("{} messages of {} bytes wait to be settled", waiting.pushes.len(), waiting.bytes));
        }
        let count = waiting.of.entry(envelope.sender().clone()).or_default();
        if *count >= OF_ONE {
            return Err(format!("{count} messages of it wait to be settled"));
        }
        *count += 1;
        waiting.bytes += size;
        waiting.pushes.push_back(envelope);
        Ok(())
    }

    /// The last words of those who follow.
    pub(super) fn follows(&self) -> BTreeMap<AgentId, (CorrelationId, StateFollow)> {
        std::mem::take(&mut self.waiting().follows)
    }

    pub(super) fn has_pushes(&self) -> bool {
        !self.waiting().pushes.is_empty()
    }

    /// What was written first of what waits, if that is wanted.
    pub(super) fn next_push(&self, is_wanted: impl FnOnce(&Envelope) -> bool) -> Option<Envelope> {
        let mut waiting = self.waiting();
        if !waiting.pushes.front().is_some_and(is_wanted) {
            return None;
        }
        let envelope = waiting.pushes.pop_front()?;
        waiting.bytes -= envelope.payload().len().max(unpacked_length(envelope.payload()));
        if let Some(count) = waiting.of.get_mut(envelope.sender()) {
            *count -= 1;
            if *count == 0 {
                waiting.of.remove(envelope.sender());
            }
        }
        Some(envelope)
    }
}
