//! What is open, when its alarms ring, and what became of the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_core::{CorrelationId, Digest, ProposalId, Timestamp};
use tokio::sync::watch;

use super::RequestError;
use super::audience::Audience;
use super::guarded::Guarded;
use super::history::{Ended, History};
use super::shared::Shared;
use super::statistics::Statistics;
use super::ticket::Ending;
use crate::{Input, Outcome};

/// The correlation of a question: half of the digest that its ballots are bound to.
pub(super) fn correlation_of(instance: Digest) -> CorrelationId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(instance.as_bytes()).for_each(|(byte, from)| *byte = *from);
    CorrelationId::from_bytes(bytes)
}

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
    pub(super) deadline: Timestamp,
    pub(super) audience: Audience,
    pub(super) instance: Option<Digest>,
    /// When it is ticked.
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

    /// Who is to be asked this, and how to hear that nobody needs to be any more; nothing when it is not open.
    pub(super) fn asking(&self, id: &ProposalId, instance: Digest) -> Option<(Audience, watch::Receiver<Ending>)> {
        let open = self.open.get(id).filter(|open| open.instance == Some(instance))?;
        Some((open.audience.clone(), open.ending.subscribe()))
    }

    pub(super) fn session(&self, id: &ProposalId) -> Option<Arc<Guarded>> {
        self.open.get(id).map(|open| open.session.clone())
    }

    /// The open vote whose questions have this correlation. It looks at all: only an answer that does not parse asks.
    pub(super) fn asked_with(&self, correlation: CorrelationId) -> Option<ProposalId> {
        let asks = |open: &&Open| open.instance.is_some_and(|instance| correlation_of(instance) == correlation);
        self.open.iter().find(|(_, open)| asks(open)).map(|(id, _)| id.clone())
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
        self.statistics.refused += self.open.len() as u64;
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
            Err(_) => desk.statistics.refused += 1,
        }
        desk.history.push(id.clone(), Ended::new(ending.clone(), open.deadline));
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

    /// Lets a vote be ticked at a time.
    pub(super) fn arm(&self, time: Timestamp, id: &ProposalId) {
        let mut desk = self.desk();
        let Some(open) = desk.open.get_mut(id) else { return };
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
    fn end_forgotten(&self, id: &ProposalId, now: Timestamp) {
        let Some((session, deadline)) = self.desk().get(id).map(|open| (open.session.clone(), open.deadline)) else {
            return;
        };
        let decided = || self.look_at(id, |session| session.outcome().map(|_| ())).is_some();
        // With a journal a decision may be on its way.
        if now >= deadline && !decided() {
            self.end(&session, Err(RequestError::Undecided { proposal: id.clone() }));
        }
    }

    /// Ticks every vote whose alarm has rung.
    pub(super) fn ring(&self) {
        let now = self.time.now();
        loop {
            let mut desk = self.desk();
            let Some((_, id)) = desk.alarms.first().filter(|(time, _)| *time <= now).cloned() else { return };
            desk.alarms.pop_first();
            drop(desk);
            self.give(&id, Input::Tick);
            self.end_forgotten(&id, now);
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
