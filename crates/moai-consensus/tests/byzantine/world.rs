//! One vote by hand: who says what, in which round, at which time.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Algorithm, Ballot, ByzantineConsensus, Choice, Draft, Elector, Electorate, Entry, Evidence, Input, OnDeadline,
    OpenError, Opening, Outcome, Output, Receipt, Request, Session, VoteError,
};
use moai_core::{AgentId, Limits, Timestamp, agent_id, algorithm_name, value};

/// How long a vote has: rounds of three then take ten seconds each.
pub(crate) const SECONDS: u64 = 30;

pub(crate) struct World {
    pub(crate) session: Box<dyn Session>,
    pub(crate) requests: Vec<Request>,
    pub(crate) armed: Vec<Timestamp>,
    pub(crate) evidence: Vec<Arc<Evidence>>,
    pub(crate) released: Vec<AgentId>,
    pub(crate) record: Vec<(Timestamp, Entry)>,
    pub(crate) now: Timestamp,
}

pub(crate) fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

pub(crate) fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

pub(crate) fn after(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(i64::try_from(seconds * 1_000_000).unwrap()).unwrap()
}

pub(crate) fn opening(electorate: Electorate) -> Opening {
    let proposal = Draft::from(value!({"proposal_id": "infrastructure-upgrade", "action": "upgrade_database"}));
    let proposal = proposal.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    Opening::new(proposal, electorate, algorithm_name!("byzantine"), after(0), after(SECONDS))
}

pub(crate) fn agents(members: usize) -> Electorate {
    Electorate::of((1..=members).map(agent)).unwrap()
}

impl World {
    /// `members` agents, from agent-1 on.
    pub(crate) fn of(algorithm: &ByzantineConsensus, members: usize) -> Self {
        Self::among(algorithm, agents(members))
    }

    pub(crate) fn among(algorithm: &ByzantineConsensus, electorate: Electorate) -> Self {
        Self::open(algorithm, opening(electorate)).unwrap()
    }

    pub(crate) fn lapsing(algorithm: &ByzantineConsensus, members: usize, on_deadline: OnDeadline) -> Self {
        let mut opening = opening(agents(members));
        opening.on_deadline = on_deadline;
        Self::open(algorithm, opening).unwrap()
    }

    pub(crate) fn open(algorithm: &ByzantineConsensus, opening: Opening) -> Result<Self, OpenError> {
        let session = algorithm.open(opening)?;
        let mut world = Self {
            session,
            requests: Vec::new(),
            armed: Vec::new(),
            evidence: Vec::new(),
            released: Vec::new(),
            record: Vec::new(),
            now: after(0),
        };
        world.give(Input::Start);
        Ok(world)
    }

    /// Gives an input, checks what must hold of every answer, and returns what its sender is told.
    pub(crate) fn give(&mut self, input: Input) -> Option<Result<Receipt, VoteError>> {
        let decided_before = self.session.outcome().cloned();
        let outputs = self.session.handle(self.now, input);
        let (mut answer, mut told) = (None, false);
        for output in outputs {
            match output {
                Output::Persist(entry) => {
                    assert!(
                        !told || matches!(entry, Entry::Decided(_)),
                        "{entry:?} is recorded after it had an effect"
                    );
                    self.record.push((self.now, entry));
                }
                Output::Send(request) => self.requests.push((*request).clone()),
                Output::Arm(time) => self.armed.push(time),
                Output::Answer(said) => {
                    told = true;
                    assert!(answer.replace(said).is_none(), "two answers");
                }
                Output::Evidence(evidence) => self.evidence.push(evidence),
                Output::Decided(outcome) => {
                    assert!(matches!(self.record.last(), Some((_, Entry::Decided(kept))) if *kept == outcome));
                    assert!(decided_before.is_none(), "decided twice");
                }
                Output::Release(ids) => self.released.extend(ids),
                other => panic!("{other:?} is new"),
            }
        }
        if let Some(before) = decided_before {
            assert_eq!(self.session.outcome(), Some(&before), "a decision is final");
        }
        answer
    }

    pub(crate) fn round(&self) -> u32 {
        self.requests.last().unwrap().round
    }

    pub(crate) fn ballot(&self, voter: &AgentId, round: u32, choice: Choice) -> Ballot {
        self.requests[0].ballot(voter.clone(), choice).in_round(round)
    }

    pub(crate) fn say(&mut self, voter: &AgentId, round: u32, choice: Choice) -> Result<Receipt, VoteError> {
        let ballot = self.ballot(voter, round, choice);
        self.cast(ballot)
    }

    pub(crate) fn cast(&mut self, ballot: Ballot) -> Result<Receipt, VoteError> {
        self.give(Input::Ballot(Arc::new(ballot))).expect("an answer")
    }

    /// All of these say it in the round at hand.
    pub(crate) fn all(&mut self, voters: std::ops::RangeInclusive<usize>, round: u32, choice: Choice) {
        for number in voters {
            let _ = self.say(&agent(number), round, choice);
        }
    }

    pub(crate) fn tick(&mut self, seconds: u64) {
        self.now = after(seconds);
        self.give(Input::Tick);
    }

    pub(crate) fn later(&mut self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.now = Timestamp::from_unix_micros(self.now.unix_micros() + micros).unwrap();
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        self.session.outcome().expect("it is decided")
    }

    pub(crate) fn is_open(&self) -> bool {
        self.session.outcome().is_none()
    }

    /// What the report says under a key, as JSON.
    pub(crate) fn told(&self, key: &str) -> serde_json::Value {
        serde_json::to_value(self.outcome().metadata.get(key).unwrap_or_else(|| panic!("no {key}"))).unwrap()
    }
}

pub(crate) fn weighing(weights: &[(&str, u64)]) -> Electorate {
    Electorate::new(weights.iter().map(|(name, weight)| Elector::new(id(name)).weighing(*weight))).unwrap()
}
