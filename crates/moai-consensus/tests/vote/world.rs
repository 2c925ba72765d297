//! One vote by hand: who says what, at which time.

use std::sync::Arc;

use moai_consensus::{
    Algorithm, Ballot, Choice, Draft, Elector, Electorate, Entry, Evidence, Input, OnDeadline, Opening, Outcome,
    Output, Proposal, Receipt, Request, Session, VoteError,
};
use moai_core::{AgentId, Limits, Timestamp, agent_id, algorithm_name, value};

/// The deadline.
pub(crate) const SECONDS: i64 = 30;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
}

pub(crate) fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

pub(crate) fn of(names: &[&str]) -> Electorate {
    Electorate::of(names.iter().map(|name| id(name))).unwrap()
}

/// `agent-1` to `agent-n`.
pub(crate) fn agents(members: usize) -> Electorate {
    Electorate::of((1..=members).map(|number| id(&format!("agent-{number}")))).unwrap()
}

pub(crate) fn with_veto(names: &[&str], has: &str) -> Electorate {
    let electors = names.iter().map(|name| {
        let elector = Elector::new(id(name));
        if *name == has { elector.with_veto() } else { elector }
    });
    Electorate::new(electors).unwrap()
}

pub(crate) fn proposal() -> Proposal {
    let draft = Draft::from(value!({"proposal_id": "deploy-v2.0", "action": "deploy", "version": "v2.0"}));
    draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap()
}

pub(crate) fn opening(electorate: Electorate) -> Opening {
    Opening::new(proposal(), electorate, algorithm_name!("quorum"), at(0), at(SECONDS))
}

pub(crate) struct World {
    pub(crate) session: Box<dyn Session>,
    pub(crate) request: Option<Request>,
    pub(crate) armed: Vec<Timestamp>,
    pub(crate) record: Vec<Entry>,
    pub(crate) evidence: Vec<Arc<Evidence>>,
    pub(crate) released: Vec<AgentId>,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn of(algorithm: &dyn Algorithm, electorate: Electorate) -> Self {
        Self::open(algorithm, opening(electorate))
    }

    pub(crate) fn lapsing(algorithm: &dyn Algorithm, electorate: Electorate, on_deadline: OnDeadline) -> Self {
        let mut opening = opening(electorate);
        opening.on_deadline = on_deadline;
        Self::open(algorithm, opening)
    }

    pub(crate) fn open(algorithm: &dyn Algorithm, opening: Opening) -> Self {
        let mut world = Self {
            session: algorithm.open(opening).unwrap(),
            request: None,
            armed: Vec::new(),
            record: Vec::new(),
            evidence: Vec::new(),
            released: Vec::new(),
            now: at(0),
        };
        world.give(Input::Start);
        world
    }

    pub(crate) fn give(&mut self, input: Input) -> Option<Result<Receipt, VoteError>> {
        let before = self.session.outcome().cloned();
        let (mut answer, mut told) = (None, false);
        for output in self.session.handle(self.now, input) {
            match output {
                Output::Persist(entry) => {
                    // What was said is recorded before anybody hears of it; what it brought about comes behind.
                    assert!(!told || matches!(entry, Entry::Decided(_)), "{entry:?} is recorded too late");
                    self.record.push(entry);
                }
                Output::Send(request) => self.request = Some((*request).clone()),
                Output::Arm(time) => self.armed.push(time),
                Output::Answer(said) => {
                    told = true;
                    assert!(answer.replace(said).is_none(), "two answers");
                }
                Output::Evidence(evidence) => self.evidence.push(evidence),
                Output::Decided(outcome) => {
                    assert!(before.is_none(), "decided twice");
                    assert_eq!(self.record.last(), Some(&Entry::Decided(outcome)), "told before it was recorded");
                }
                Output::Release(ids) => self.released.extend(ids),
                other => panic!("{other:?} is new"),
            }
        }
        if let Some(before) = before {
            assert_eq!(self.session.outcome(), Some(&before), "a decision is final");
        }
        answer
    }

    pub(crate) fn ballot(&self, voter: &str, choice: Choice) -> Ballot {
        self.request.as_ref().expect("a question").ballot(id(voter), choice)
    }

    pub(crate) fn cast(&mut self, ballot: Ballot) -> Result<Receipt, VoteError> {
        self.give(Input::Ballot(Arc::new(ballot))).expect("an answer")
    }

    pub(crate) fn say(&mut self, voter: &str, choice: Choice) -> Result<Receipt, VoteError> {
        let ballot = self.ballot(voter, choice);
        self.cast(ballot)
    }

    pub(crate) fn fail(&mut self, voter: &str) -> Result<Receipt, VoteError> {
        self.give(Input::Failed { voter: id(voter), round: 1, cause: "no JSON".into() }).expect("an answer")
    }

    pub(crate) fn tick(&mut self, seconds: i64) {
        self.now = at(seconds);
        assert_eq!(self.give(Input::Tick), None);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.session.outcome().is_none()
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        self.session.outcome().expect("it is decided")
    }
}
