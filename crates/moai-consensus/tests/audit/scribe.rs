//! A journal by hand: one vote after another, as a manager writes them, and the same with forged records.

use moai_consensus::audit::{Audit, Audited, Flawed};
use moai_consensus::{
    Algorithm, Ballot, ByzantineConsensus, Choice, Draft, Elector, Electorate, Entry, Evidence, GossipAlgorithm,
    GossipConfig, GossipMode, GossipProtocol, Input, OnDeadline, Opening, Output, Receipt, Session, VoteError,
};
use moai_core::{
    AgentId, AlgorithmName, Digest, Head, Limits, NewRecord, Record, Timestamp, agent_id, algorithm_name, value,
};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000).unwrap()
}

pub(crate) fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

/// `agent-1` to `agent-n`; the last one has a veto.
pub(crate) fn agents(members: usize) -> Electorate {
    let elector = |number| {
        let elector = Elector::new(id(&format!("agent-{number}")));
        if number == members { elector.with_veto() } else { elector }
    };
    Electorate::new((1..=members).map(elector)).unwrap()
}

pub(crate) fn opening(name: &str, algorithm: AlgorithmName, members: usize) -> Opening {
    let draft = Draft::from(value!({"proposal_id": name, "action": "drop tables"}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    Opening::new(proposal, agents(members), algorithm, at(0), at(30))
}

pub(crate) fn byzantine() -> ByzantineConsensus {
    ByzantineConsensus::new(1, 3).unwrap()
}

pub(crate) fn gossip() -> GossipAlgorithm {
    let config = GossipConfig::new(GossipMode::Epidemic).unwrap().with_fanout(2).unwrap();
    GossipAlgorithm::new(GossipProtocol::new(config), 0.5).unwrap()
}

/// An audit that knows the algorithms of these tests.
pub(crate) fn audit() -> Audit {
    Audit::new()
        .with_algorithm(algorithm_name!("byzantine"), byzantine())
        .with_algorithm(algorithm_name!("gossip"), gossip())
}

pub(crate) fn verified(audit: Audit, records: &[Record]) -> Result<Audited, Flawed> {
    let mut audit = audit;
    for record in records {
        audit.take(record)?;
    }
    audit.finish()
}

/// The chain computed anew over these, as a forger who owns the journal does.
pub(crate) fn chained(records: impl IntoIterator<Item = NewRecord>) -> Vec<Record> {
    let mut head = Head::EMPTY;
    let chain = |new| {
        let record = Record::after(head, new).unwrap();
        head = record.head();
        record
    };
    records.into_iter().map(chain).collect()
}

pub(crate) fn entry(time: Timestamp, entry: &Entry) -> NewRecord {
    NewRecord::new(entry.kind(), entry.time().unwrap_or(time), entry.to_payload().unwrap())
}

/// One vote, and what is written of it.
pub(crate) struct Scribe {
    pub(crate) session: Box<dyn Session>,
    pub(crate) instance: Digest,
    pub(crate) opening: Opening,
    pub(crate) written: Vec<NewRecord>,
    pub(crate) now: Timestamp,
}

impl Scribe {
    pub(crate) fn open(algorithm: &dyn Algorithm, opening: Opening) -> Self {
        let session = algorithm.open(opening.clone()).unwrap();
        let instance = session.instance().unwrap();
        let mut scribe = Self { session, instance, now: opening.opened_at, opening, written: Vec::new() };
        scribe.give(Input::Start);
        scribe
    }

    pub(crate) fn give(&mut self, input: Input) -> Option<Result<Receipt, VoteError>> {
        let mut said = None;
        for output in self.session.handle(self.now, input) {
            match output {
                Output::Persist(its) => self.written.push(entry(self.now, &its)),
                Output::Answer(answer) => said = Some(answer),
                _ => {}
            }
        }
        said
    }

    pub(crate) fn ballot(&self, voter: &str, choice: Choice) -> Ballot {
        Ballot::new(id(voter), self.opening.proposal.id().clone(), self.instance, choice)
            .in_round(self.session.round())
            .because("as I think")
    }

    pub(crate) fn say(&mut self, voter: &str, choice: Choice) -> Option<Result<Receipt, VoteError>> {
        let ballot = self.ballot(voter, choice);
        self.give(Input::Ballot(ballot.into()))
    }

    pub(crate) fn tick(&mut self, seconds: i64) {
        self.now = self.now.max(at(seconds));
        self.give(Input::Tick);
    }

    pub(crate) fn evidence(&self, voter: &str) -> Evidence {
        Evidence::of(&self.ballot(voter, Choice::For), &self.ballot(voter, Choice::Against)).unwrap()
    }

    pub(crate) fn lapsing(algorithm: &dyn Algorithm, mut opening: Opening, policy: OnDeadline, changes: bool) -> Self {
        (opening.on_deadline, opening.changes_allowed) = (policy, changes);
        Self::open(algorithm, opening)
    }
}
