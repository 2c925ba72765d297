//! The agreements of one agent, as its handles share them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use moai_core::{AgentId, Clock, Digest, Journal, Outgoing, SwarmId, Work};

use super::super::Setting;
use super::agreement::Seen;
use super::counts::AgreementCounts;
use super::inbox::Inbox;
use super::index::Index;
use crate::{Signer, Verifier};

/// What an agent is set up with.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) swarm: SwarmId,
    pub(super) agent: AgentId,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) verifier: Arc<dyn Verifier>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) most_open: usize,
}

/// One agreement that the agent takes part in.
pub(super) struct Open {
    pub(super) setting: Setting,
    pub(super) inbox: Arc<Inbox>,
    pub(super) seen: Arc<Seen>,
    /// Tells it from an earlier or later one of the same digest.
    pub(super) ticket: u64,
    /// Whether more than its place is taken.
    pub(super) has_begun: bool,
}

/// What all handles of an agent share.
#[derive(Default)]
pub(super) struct Desk(Mutex<Inner>);

#[derive(Default)]
pub(super) struct Inner {
    pub(super) open: BTreeMap<Digest, Open>,
    pub(super) index: Index,
    /// Where something is being written, or nobody knows whether it was.
    pub(super) unsettled: BTreeSet<Digest>,
    pub(super) tickets: u64,
    pub(super) counts: AgreementCounts,
    /// What nobody has begun to drive yet.
    pub(super) begun: Vec<Work>,
    pub(super) outgoing: Vec<Outgoing>,
    /// How many are writing into the journal.
    pub(super) writing: usize,
    pub(super) waker: Option<Waker>,
}

impl Desk {
    /// Nothing foreign runs while it is held, so a poisoned lock is as good as any.
    pub(super) fn held(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an agreement off the desk, unless it is another by now.
    pub(super) fn remove(&self, instance: &Digest, ticket: u64) {
        let mut inner = self.held();
        if inner.open.get(instance).is_some_and(|open| open.ticket == ticket) {
            inner.open.remove(instance);
        }
    }
}

impl Inner {
    /// How many agreements have no outcome yet, or have not even begun.
    pub(super) fn undecided(&self) -> usize {
        self.open.values().filter(|open| !open.seen.is_over()).count()
    }

    /// An agreement begins. If more than this many have, the oldest that is decided is taken off the desk, and is to end.
    pub(super) fn begin(&mut self, instance: &Digest, limit: usize) -> Option<Arc<Inbox>> {
        self.open.get_mut(instance)?.has_begun = true;
        let begun = self.open.values().filter(|open| open.has_begun).count();
        let decided = self.open.iter().filter(|(_, open)| open.seen.is_over());
        let oldest = decided.min_by_key(|(_, open)| open.ticket).filter(|_| begun > limit);
        let oldest = oldest.map(|(instance, _)| *instance)?;
        self.open.remove(&oldest).map(|open| open.inbox)
    }
}
