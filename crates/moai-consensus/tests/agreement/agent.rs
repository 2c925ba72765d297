//! Owners, each with an agent of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_consensus::one_shot::{Agreed, Agreement, AgreementError, Agreements, Setting};
use moai_consensus::{
    Choice, Draft, Elector, Electorate, Proposal, Ratio, Rule, Served, SharedRule, Threshold, Voter, serve, voter_fn,
};
use moai_core::{AgentId, Clock, Coordinator, Journal, Limits, Role, Timestamp, agent_id, value};
use tokio::task::JoinHandle;

use crate::scheme::{Hashes, Named, key, name};

pub(crate) const DELTA: Duration = Duration::from_millis(200);

pub(crate) fn id(place: usize) -> AgentId {
    AgentId::new(name(place)).unwrap()
}

pub(crate) fn signer(place: usize) -> Arc<Named> {
    Arc::new(Named(key(&name(place))))
}

pub(crate) fn half() -> SharedRule {
    Threshold::more_than(Ratio::HALF).unwrap().shared()
}

/// A clock that goes with the runtime's, which tests move.
pub(crate) struct Moving(tokio::time::Instant);

impl Moving {
    pub(crate) fn clock() -> Arc<dyn Clock> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::nearest(Timestamp::UNIX_EPOCH.to_utc() + self.0.elapsed())
    }
}

pub(crate) fn proposal(content: u64) -> Proposal {
    let draft = Draft::from(value!({"world": (content as i64)}));
    draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap()
}

pub(crate) fn setting_of(content: u64, members: usize, faults: u64, rule: SharedRule, seconds: i64) -> Setting {
    let electors = (0..members).map(|place| Elector::new(id(place)).with_key(key(&name(place))));
    let electorate = Electorate::new(electors).unwrap();
    let deadline = Timestamp::from_unix_micros(seconds * 1_000_000).unwrap();
    Setting::new(&proposal(content), electorate, rule, faults, deadline, DELTA).unwrap()
}

pub(crate) fn setting(content: u64, members: usize) -> Setting {
    setting_of(content, members, (members as u64 - 1) / 3, half(), 30)
}

/// What all agents of a test share.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) swarm: Arc<dyn Coordinator>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Ground {
    pub(crate) fn new(swarm: Arc<dyn Coordinator>) -> Self {
        Self { swarm, clock: Moving::clock() }
    }
}

/// One agent that is up.
pub(crate) struct Up {
    pub(crate) half: Agreements,
    pub(crate) task: JoinHandle<Served>,
}

/// Joins, and takes part in nothing yet.
pub(crate) async fn join(ground: &Ground, place: usize, journal: Arc<dyn Journal>) -> Up {
    let mailbox = ground.swarm.join(id(place), Role::Member).await.unwrap();
    let swarm = ground.swarm.swarm_id().clone();
    let half = Agreements::new(swarm, id(place), signer(place), Arc::new(Hashes), journal).await.unwrap();
    let half = half.with_clock(ground.clock.clone());
    let task = tokio::spawn(serve(mailbox, ground.swarm.clone(), vec![Box::new(half.clone())]));
    Up { half, task }
}

impl Up {
    pub(crate) async fn agree(&self, content: u64, setting: &Setting, choice: Choice) -> Agreement {
        self.agree_by(content, setting, voter_fn(move |_| choice)).await.unwrap()
    }

    pub(crate) async fn agree_by(
        &self,
        content: u64,
        setting: &Setting,
        voter: impl Voter + 'static,
    ) -> Result<Agreement, AgreementError> {
        self.half.agree(&proposal(content), setting.clone(), voter).await
    }

    /// The process ends, at whatever it is.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// A voter that counts how often it is asked.
pub(crate) fn counting(choice: Choice) -> (impl Voter + 'static, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let voter = voter_fn(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        choice
    });
    (voter, asked)
}

/// The one outcome of all of them, which proves itself.
pub(crate) async fn one_outcome(agreements: &[Agreement], setting: &Setting) -> Arc<Agreed> {
    let mut outcomes = Vec::new();
    for agreement in agreements {
        let outcome = tokio::time::timeout(Duration::from_secs(3_600), agreement.outcome()).await;
        outcomes.push(outcome.expect("no outcome within an hour").unwrap());
    }
    for outcome in &outcomes {
        assert_eq!(outcome.verify(setting, &Hashes), Ok(()));
        assert_eq!(outcome.record.digest(), outcomes[0].record.digest(), "two outcomes");
    }
    outcomes[0].clone()
}
