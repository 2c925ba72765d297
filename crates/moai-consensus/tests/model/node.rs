//! One honest agent in a model: the real one, with the time that it has seen and what it has written down.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use moai_consensus::one_shot::{Agent, Input, Output, Proof};
use moai_core::{Digest, Timestamp};

/// One honest agent, at some moment. It is made once for each state that it can be in, and shared.
pub(crate) struct Node {
    pub(crate) agent: Agent,
    pub(crate) now: Timestamp,
    armed: Timestamp,
    /// How often its timer has fired, and how often it has crashed.
    pub(crate) ticks: u8,
    pub(crate) crashes: u8,
    /// Empty where nobody crashes: then it does not matter.
    pub(crate) journal: Option<Vec<Arc<[u8]>>>,
    written: u64,
    /// Whom it has proven to lie.
    pub(crate) accused: Vec<Arc<Proof>>,
    pub(crate) fingerprint: u64,
}

/// What came of a step.
pub(crate) struct Step {
    pub(crate) node: Arc<Node>,
    pub(crate) sent: Vec<(Option<u32>, Arc<[u8]>)>,
}

impl Node {
    pub(crate) fn new(agent: Agent, may_crash: bool) -> Self {
        let (now, armed) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let (journal, accused) = (may_crash.then(Vec::new), Vec::new());
        Self { agent, now, armed, ticks: 0, crashes: 0, journal, written: 0, accused, fingerprint: 0 }
    }

    pub(crate) fn agreed(&self) -> Option<Digest> {
        self.agent.agreed().map(|agreed| agreed.record.digest())
    }

    fn again(&self, agent: Agent) -> Self {
        let Self { now, armed, ticks, crashes, journal, written, accused, fingerprint, .. } = self;
        let (journal, accused) = (journal.clone(), accused.clone());
        Self {
            agent,
            now: *now,
            armed: *armed,
            ticks: *ticks,
            crashes: *crashes,
            journal,
            written: *written,
            accused,
            fingerprint: *fingerprint,
        }
    }

    pub(crate) fn take(&self, inputs: impl IntoIterator<Item = Input>) -> Step {
        self.again(self.agent.clone()).step(inputs)
    }

    /// Its timer fires: time is what it was set to, and no agent's clock is another's.
    pub(crate) fn tick(&self) -> Step {
        let mut next = self.again(self.agent.clone());
        (next.now, next.ticks) = (self.armed.max(self.now), self.ticks + 1);
        next.step([Input::Tick])
    }

    /// It crashes, and another life goes on with what it has written down.
    pub(crate) fn crash(&self, again: impl Fn(&[Arc<[u8]>]) -> Agent) -> Step {
        let mut next = self.again(again(self.journal.as_deref().unwrap_or_default()));
        next.crashes += 1;
        next.step([Input::Start])
    }

    fn step(mut self, inputs: impl IntoIterator<Item = Input>) -> Step {
        let mut sent = Vec::new();
        for input in inputs {
            for output in self.agent.handle(self.now, input) {
                match output {
                    Output::Persist(bytes) => {
                        if let Some(journal) = &mut self.journal {
                            self.written = hash(&(self.written, &bytes));
                            journal.push(bytes);
                        }
                    }
                    Output::Send { to, bytes } => sent.push((to, bytes)),
                    Output::Evidence(proof) => self.accused.push(proof),
                    Output::Arm(time) => self.armed = time,
                    _ => {}
                }
            }
        }
        let counts = (self.ticks, self.crashes, self.accused.len());
        self.fingerprint = hash(&(&self.agent, self.now, self.armed, self.written, counts));
        Step { node: Arc::new(self), sent }
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
