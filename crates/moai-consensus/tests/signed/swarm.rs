//! A swarm whose agents sign, and liars among them.

use std::sync::Arc;

use moai_consensus::{
    Answer, Ask, Ballot, ByzantineConsensus, Choice, ConsensusManager, Elector, Electorate, ManagerOptions, Reply,
    Request, Signer, SigningKey, VoterHandler, message_kinds, serve, voter_fn,
};
use moai_core::{
    AgentId, Clock, Coordinator, Envelope, Journal, Limits, LocalCoordinator, Mailbox, Role, Timestamp, Value,
    algorithm_name, swarm_id, value,
};

pub(crate) fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

/// `agent-1` to `agent-9`, each with the key of its number.
pub(crate) fn agent(number: u8) -> AgentId {
    id(&format!("agent-{number}"))
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes([number; 32])
}

pub(crate) fn keyed(members: u8) -> Electorate {
    Electorate::new((1..=members).map(|number| Elector::new(agent(number)).with_key(key(number).key()))).unwrap()
}

pub(crate) fn deploy() -> Value {
    value!({"proposal_id": "deploy-v2.0", "action": "deploy", "version": "v2.0"})
}

pub(crate) fn byzantine() -> Ask {
    Ask::by(algorithm_name!("byzantine")).within(std::time::Duration::from_secs(3))
}

pub(crate) struct Swarm {
    pub(crate) coordinator: Arc<LocalCoordinator>,
    pub(crate) manager: ConsensusManager,
    pub(crate) byzantine: ByzantineConsensus,
}

impl Swarm {
    pub(crate) async fn new() -> Self {
        Self::with(ManagerOptions::default()).await
    }

    /// The keys of all nine are known to the manager. Votes that bear one liar are registered.
    pub(crate) async fn with(options: ManagerOptions) -> Self {
        let options =
            options.with_clock(Moving::clock()).with_keys((1..=9).map(|number| (agent(number), key(number).key())));
        let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let manager = ConsensusManager::with(coordinator.clone(), options).await.unwrap();
        let byzantine = ByzantineConsensus::new(1, 3).unwrap();
        manager.register_algorithm(algorithm_name!("byzantine"), byzantine.clone()).unwrap();
        Self { coordinator, manager, byzantine }
    }

    pub(crate) async fn join(&self, number: u8) -> Box<dyn Mailbox> {
        self.coordinator.join(agent(number), Role::Member).await.unwrap()
    }

    /// Agents that vote like this and sign.
    pub(crate) async fn honest(&self, numbers: std::ops::RangeInclusive<u8>, choice: Choice) {
        for number in numbers {
            let mailbox = self.join(number).await;
            let half = half(number, choice);
            tokio::spawn(serve(mailbox, self.coordinator.clone(), vec![Box::new(half)]));
        }
    }

    /// An agent that answers each question with whatever this makes of it.
    pub(crate) async fn liar(&self, number: u8, lie: impl Fn(&Request, &Envelope) -> Vec<Lie> + Send + 'static) {
        let (mut mailbox, coordinator) = (self.join(number).await, self.coordinator.clone());
        tokio::spawn(async move {
            while let Some(asked) = mailbox.recv().await {
                if *asked.kind() != message_kinds::REQUEST {
                    continue;
                }
                let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
                for Lie { from, bytes } in lie(&request, &asked) {
                    let answer = asked.reply(from, message_kinds::VOTE, bytes);
                    coordinator.send(asked.sender(), answer).await.unwrap();
                }
            }
        });
    }

    pub(crate) fn refused(&self, code: &str) -> u64 {
        self.manager.get_algorithm_stats().refused_answers.get(code).copied().unwrap_or_default()
    }
}

/// Bytes, and in whose name they are sent.
pub(crate) struct Lie {
    pub(crate) from: AgentId,
    pub(crate) bytes: Vec<u8>,
}

/// A ballot as its sender sends it.
pub(crate) fn sent(from: u8, ballot: Ballot) -> Lie {
    Lie { from: agent(from), bytes: Reply::Ballot(ballot).to_bytes() }
}

/// The voting half of an agent that signs.
pub(crate) fn half(number: u8, choice: Choice) -> VoterHandler {
    let voter = voter_fn(move |_: &Request| Answer::new(choice).because(format!("agent-{number} has looked at it")));
    VoterHandler::new(swarm_id!("swarm-001"), agent(number), voter)
        .with_clock(Moving::clock())
        .with_signer(Arc::new(key(number)))
}

/// All entries of a journal.
pub(crate) async fn entries(journal: &dyn Journal) -> Vec<moai_consensus::Entry> {
    let records = journal.read(1, 10_000).await.unwrap();
    let entries = records.iter().map(|record| moai_consensus::Entry::from_payload(&record.kind, &record.payload));
    entries.filter_map(Result::unwrap).collect()
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
