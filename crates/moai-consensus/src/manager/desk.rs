//! What is open, when its alarms ring, and what became of the rest.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use moai_core::{Digest, ProposalId, Timestamp};
use tokio::sync::watch;

use super::RequestError;
use super::history::{Ended, History};
use super::shared::Shared;
use super::statistics::Statistics;
use super::ticket::Ending;
use crate::{Input, Outcome, Session};

/// A session under its own lock.
pub(super) type Guarded = Arc<Mutex<Box<dyn Session>>>;

/// What is open, and what became of the rest.
pub(super) struct Desk {
    open: HashMap<ProposalId, Open>,
    alarms: BTreeSet<(Timestamp, ProposalId)>,
    /// When the alarm will ring.
    rings_at: Option<Timestamp>,
    pub(super) history: History,
    pub(super) statistics: Statistics,
    /// Why nothing is taken in any more.
    stopped: Option<RequestError>,
}

/// One open vote.
pub(super) struct Open {
    pub(super) session: Guarded,
    pub(super) deadline: Timestamp,
    /// Whether everybody who may vote was in the swarm when it was opened.
    pub(super) everybody_is_asked: bool,
    pub(super) instance: Option<Digest>,
    pub(super) ending: watch::Sender<Ending>,
}

impl Desk {
    pub(super) fn new(history: usize) -> Self {
        Self {
            open: HashMap::new(),
            alarms: BTreeSet::new(),
            rings_at: None,
            history: History::new(history),
            statistics: Statistics::default(),
            stopped: None,
        }
    }

    /// Lays down a new vote, if there is room for it.
    pub(super) fn lay(&mut self, id: ProposalId, open: Open, limit: usize) -> Result<(), RequestError> {
        if let Some(why) = &self.stopped {
            return Err(why.clone());
        }
        if self.open.contains_key(&id) {
            return Err(RequestError::AlreadyOpen { proposal: id });
        }
        if self.open.len() >= limit {
            return Err(RequestError::TooManyOpen { limit });
        }
        self.open.insert(id, open);
        Ok(())
    }

    pub(super) fn get(&self, id: &ProposalId) -> Option<&Open> {
        self.open.get(id)
    }

    pub(super) fn session(&self, id: &ProposalId) -> Option<Guarded> {
        self.open.get(id).map(|open| open.session.clone())
    }

    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }

    /// Takes in nothing more, and gives out what was open.
    pub(super) fn close(&mut self, why: &RequestError) -> HashMap<ProposalId, Open> {
        self.stopped.get_or_insert_with(|| why.clone());
        self.alarms.clear();
        std::mem::take(&mut self.open)
    }
}

impl Shared {
    /// Takes a vote from the desk, and wakes whoever waits for it.
    /// With a session it is that one's vote, or none: another may have begun under its name.
    pub(super) fn end(&self, id: &ProposalId, session: Option<&Guarded>, ending: Result<Arc<Outcome>, RequestError>) {
        let mut desk = self.desk();
        if session.is_some_and(|its| !desk.open.get(id).is_some_and(|open| Arc::ptr_eq(&open.session, its))) {
            return;
        }
        let Some(open) = desk.open.remove(id) else { return };
        desk.alarms.remove(&(open.deadline, id.clone()));
        match &ending {
            Ok(outcome) => {
                desk.statistics.count(outcome);
                desk.history.push(Ended { outcome: outcome.clone(), deadline: open.deadline });
                tell(outcome);
            }
            Err(why) => {
                desk.statistics.refused += 1;
                tracing::error!(proposal = %id, %why, "a vote ends without an outcome");
            }
        }
        open.ending.send_replace(Some(ending));
        drop(desk);
        self.counted.notify_one();
    }

    /// Lets a vote be ticked at a time.
    pub(super) fn arm(&self, time: Timestamp, id: ProposalId) {
        let mut desk = self.desk();
        if !desk.open.contains_key(&id) {
            return;
        }
        desk.alarms.insert((time, id));
        let rings_in_time = desk.rings_at.is_some_and(|rings_at| rings_at <= time);
        drop(desk);
        if !rings_in_time {
            self.alarm.notify_one();
        }
    }

    /// When the next alarm is due. Whoever asks rings it then.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        let mut desk = self.desk();
        desk.rings_at = desk.alarms.first().map(|(time, _)| *time);
        desk.rings_at
    }

    /// Ticks every vote whose alarm has rung.
    pub(super) fn ring(&self) {
        let now = self.time.now();
        loop {
            let mut desk = self.desk();
            let Some((_, id)) = desk.alarms.first().filter(|(time, _)| *time <= now).cloned() else { return };
            desk.alarms.pop_first();
            drop(desk);
            let _ = self.give(&id, Input::Tick);
        }
    }
}

fn tell(outcome: &Outcome) {
    let Outcome { proposal, decision, basis, algorithm_used, .. } = outcome;
    let (voted, eligible) = (outcome.participants.len(), outcome.electorate.len());
    tracing::info!(%proposal, %decision, ?basis, algorithm = %algorithm_used, voted, eligible, why = outcome.why, "decided");
    // Silence that an early decision made unnecessary is no lack.
    if !outcome.silent.is_empty() && voted * 2 < eligible {
        tracing::warn!(%proposal, voted, eligible, "low participation");
    }
}
