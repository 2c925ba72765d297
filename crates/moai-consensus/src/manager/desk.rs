//! What is open, when its alarms ring, and what became of the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{AlgorithmName, CorrelationId, Digest, ProposalId, Timestamp};
use tokio::sync::watch;

use super::RequestError;
use super::audience::Audience;
use super::guarded::Guarded;
use super::history::{Ended, History};
use super::shared::Shared;
use super::statistics::Statistics;
use super::ticket::Ending;
use crate::{Input, Outcome};

/// What is open, and what became of the rest.
pub(super) struct Desk {
    open: BTreeMap<ProposalId, Open>,
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
    pub(super) session: Arc<Guarded>,
    /// By its own time.
    pub(super) deadline: Timestamp,
    pub(super) algorithm: AlgorithmName,
    pub(super) audience: Audience,
    pub(super) instance: Option<Digest>,
    /// When it is ticked, by the manager's time.
    pub(super) alarms: Vec<Timestamp>,
    pub(super) ending: watch::Sender<Ending>,
}

impl Desk {
    pub(super) fn new(history: usize) -> Self {
        Self {
            open: BTreeMap::new(),
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

    /// Who is to be asked this by a vote, and how to hear that nobody needs to be any more; nothing when it is not open.
    pub(super) fn asking(
        &mut self,
        session: &Arc<Guarded>,
        instance: Digest,
    ) -> Option<(Audience, watch::Receiver<Ending>)> {
        let open = self.open.get_mut(&session.id).filter(|open| Arc::ptr_eq(&open.session, session))?;
        open.instance.get_or_insert(instance);
        Some((open.audience.clone(), open.ending.subscribe()))
    }

    pub(super) fn session(&self, id: &ProposalId) -> Option<Arc<Guarded>> {
        self.open.get(id).map(|open| open.session.clone())
    }

    /// The open vote whose questions have this correlation. It looks at all: only an answer that does not parse asks.
    pub(super) fn asked_with(&self, correlation: CorrelationId) -> Option<ProposalId> {
        self.open.iter().find(|(_, open)| open.session.correlation == correlation).map(|(id, _)| id.clone())
    }

    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }

    /// Why nothing is taken in any more, if that is so.
    pub(super) const fn stopped(&self) -> Option<&RequestError> {
        self.stopped.as_ref()
    }

    /// Takes in nothing more, and gives out what was open.
    pub(super) fn close(&mut self, why: &RequestError) -> BTreeMap<ProposalId, Open> {
        self.stopped.get_or_insert_with(|| why.clone());
        self.alarms.clear();
        self.open.values().for_each(|open| self.statistics.refuse(Some(&open.algorithm)));
        std::mem::take(&mut self.open)
    }
}

impl Shared {
    /// Takes a vote from the desk, and wakes whoever waits for it. It is this session's vote, or none: another may have
    /// begun under its name.
    pub(super) fn end(&self, session: &Arc<Guarded>, ending: Result<Arc<Outcome>, RequestError>) {
        let id = &session.id;
        let mut desk = self.desk();
        if !desk.open.get(id).is_some_and(|open| Arc::ptr_eq(&open.session, session)) {
            return;
        }
        let Some(open) = desk.open.remove(id) else { return };
        for time in &open.alarms {
            desk.alarms.remove(&(*time, id.clone()));
        }
        match &ending {
            Ok(outcome) => desk.statistics.count(outcome),
            Err(_) => desk.statistics.refuse(Some(&open.algorithm)),
        }
        desk.history.push(id.clone(), Ended::new(ending.clone(), open.deadline, session.ahead()));
        // Whoever is told or woken may look at the desk.
        drop(desk);
        match &ending {
            Ok(outcome) => tell(outcome),
            Err(why) => tracing::error!(proposal = %id, cause = %why, "a vote ends without an outcome"),
        }
        open.ending.send_replace(Some(ending));
        session.end();
        self.counted.notify_one();
    }

    /// Lets a vote be ticked at a time, which is its own.
    pub(super) fn arm(&self, time: Timestamp, session: &Arc<Guarded>) {
        if planted("never_looking_at_the_clock") {
            return;
        }
        let (time, id) = (session.manager_time(time), &session.id);
        let mut desk = self.desk();
        let Some(open) = desk.open.get_mut(id).filter(|open| Arc::ptr_eq(&open.session, session)) else { return };
        if open.alarms.contains(&time) {
            return;
        }
        open.alarms.push(time);
        desk.alarms.insert((time, id.clone()));
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

    /// Ends a vote whose session did not decide at its deadline, as it must.
    fn end_forgotten(&self, session: &Arc<Guarded>, now: Timestamp) {
        let deadline = match self.desk().get(&session.id) {
            Some(open) if Arc::ptr_eq(&open.session, session) => open.deadline,
            _ => return,
        };
        let mut guard = session.lock();
        // With a journal a decision may be on its way.
        if session.time(now) >= deadline && !guard.has_decided() {
            let gone = guard.give_up(RequestError::Undecided { proposal: session.id.clone() });
            self.abandon(session, guard, gone);
        }
    }

    /// Ticks every vote whose alarm has rung.
    pub(super) fn ring(&self) {
        let now = self.time.now();
        loop {
            let mut desk = self.desk();
            let Some((time, id)) = desk.alarms.first().filter(|(time, _)| *time <= now).cloned() else { return };
            desk.alarms.pop_first();
            let session = desk.open.get_mut(&id).map(|open| {
                open.alarms.retain(|alarm| *alarm != time);
                open.session.clone()
            });
            drop(desk);
            if let Some(session) = session {
                self.hand(&session, now, Input::Tick, None);
                self.end_forgotten(&session, now);
            }
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
