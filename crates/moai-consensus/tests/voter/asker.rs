//! Somebody who asks, and voters to be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use moai_consensus::{
    Answer, Ballot, Choice, Closed, Decision, Draft, Electorate, Opening, Reply, Request, Ruling, Served, Voter,
    VoterError, VoterHandler, message_kinds, serve,
};
use moai_core::{
    AgentId, Clock, Coordinator, CorrelationId, Envelope, Handler, Limits, LocalCoordinator, Mailbox, MessageKind,
    Role, Timestamp, Value, agent_id, algorithm_name, swarm_id, value,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub(crate) const DEADLINE: i64 = 30_000_000;

pub(crate) fn me() -> AgentId {
    agent_id!("agent-1")
}

/// A swarm, and a service in it that puts questions.
pub(crate) struct Asker {
    pub(crate) swarm: Arc<LocalCoordinator>,
    pub(crate) mailbox: Box<dyn Mailbox>,
}

impl Asker {
    pub(crate) async fn new() -> Self {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let mailbox = swarm.join(agent_id!("manager"), Role::Service).await.unwrap();
        Self { swarm, mailbox }
    }

    /// An agent of one half or more.
    pub(crate) async fn agent(&self, handlers: Vec<Box<dyn Handler>>) -> JoinHandle<Served> {
        let mailbox = self.swarm.join(me(), Role::Member).await.unwrap();
        tokio::spawn(serve(mailbox, self.swarm.clone(), handlers))
    }

    /// An agent that votes, and a handle to its voting half.
    pub(crate) async fn voting(&self, handler: VoterHandler) -> JoinHandle<Served> {
        self.agent(vec![Box::new(handler)]).await
    }

    pub(crate) fn envelope(kind: MessageKind, payload: impl Into<bytes_of::Bytes>) -> Envelope {
        let correlation = CorrelationId::from_bytes([7; 16]);
        Envelope::new(swarm_id!("swarm-001"), agent_id!("manager"), kind, correlation, payload.into().0)
    }

    pub(crate) async fn send(&self, envelope: Envelope) {
        self.swarm.send(&me(), envelope).await.unwrap();
    }

    pub(crate) async fn put(&self, request: &Request) {
        self.send(question(request)).await;
    }

    pub(crate) async fn close(&self, request: &Request) {
        self.send(closing(request)).await;
    }

    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        let envelope = self.mailbox.recv().await.unwrap();
        assert_eq!((envelope.sender(), envelope.kind()), (&me(), &message_kinds::VOTE));
        assert_eq!(envelope.correlation(), CorrelationId::from_bytes([7; 16]));
        envelope.payload().to_vec()
    }

    pub(crate) async fn reply(&mut self) -> Reply {
        Reply::from_bytes(&self.bytes().await, &Limits::default()).unwrap()
    }

    pub(crate) async fn ballot(&mut self) -> Ballot {
        match self.reply().await {
            Reply::Ballot(ballot) => ballot,
            failed => panic!("a ballot was due: {failed:?}"),
        }
    }

    pub(crate) async fn cause(&mut self) -> String {
        match self.reply().await {
            Reply::Failed { voter, cause, .. } if voter == me() => cause,
            other => panic!("a failure was due: {other:?}"),
        }
    }
}

/// Payloads for [`Asker::envelope`].
pub(crate) mod bytes_of {
    pub(crate) struct Bytes(pub(crate) Vec<u8>);

    impl<T: AsRef<[u8]>> From<T> for Bytes {
        fn from(bytes: T) -> Self {
            Self(bytes.as_ref().to_vec())
        }
    }
}

pub(crate) fn question(request: &Request) -> Envelope {
    Asker::envelope(message_kinds::REQUEST, request.to_bytes())
}

pub(crate) fn closing(request: &Request) -> Envelope {
    let closed = Closed::new(request.proposal.id().clone(), request.instance, Decision::Approved);
    Asker::envelope(message_kinds::CLOSED, closed.to_bytes())
}

/// A question under this name, in the first of a hundred rounds, with 30 seconds to answer.
pub(crate) fn request(name: &str) -> Request {
    request_under(name, 0)
}

/// The same under another rule.
pub(crate) fn request_under(name: &str, rule: i64) -> Request {
    asking(value!({"proposal_id": name, "action": "deploy"}), rule)
}

pub(crate) fn asking(content: Value, rule: i64) -> Request {
    let proposal = Draft::from(content).identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let electorate = Electorate::of([me()]).unwrap();
    let (now, until) = (Timestamp::UNIX_EPOCH, Timestamp::from_unix_micros(DEADLINE).unwrap());
    let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), now, until);
    Request::of(&opening, Ruling::new(format!("rule {rule}")).over(100), 1)
}

/// The same question in another round.
pub(crate) fn in_round(request: &Request, round: u32) -> Request {
    let mut again = request.clone();
    again.round = round;
    again
}

/// The voting half of the agent, by a clock that begins in 1970.
pub(crate) fn half(voter: impl Voter + 'static) -> VoterHandler {
    VoterHandler::new(swarm_id!("swarm-001"), me(), voter).with_clock(Moving::clock())
}

/// Counts how often it is asked, thinks until it is let go, and tells when it is dropped.
#[derive(Default)]
pub(crate) struct Slow {
    pub(crate) asked: AtomicUsize,
    pub(crate) dropped: AtomicUsize,
    pub(crate) go: Notify,
    /// Told whenever it begins to think.
    pub(crate) begun: Notify,
}

struct Flag<'a>(&'a AtomicUsize);

impl Drop for Flag<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Voter for Slow {
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let flag = Flag(&self.dropped);
        self.begun.notify_one();
        self.go.notified().await;
        std::mem::forget(flag);
        Ok(Answer::new(Choice::For).because(format!("{} at the {asked}. asking", request.proposal.id())))
    }
}

impl Slow {
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

/// Answers at once, and another thing each time.
#[derive(Default)]
pub(crate) struct Fickle(AtomicUsize);

impl Fickle {
    pub(crate) fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Voter for Fickle {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        let asked = self.0.fetch_add(1, Ordering::SeqCst);
        let choice = Choice::ALL[asked % 3];
        let metadata = value!({"at": asked as u64, "share": 0.1, "large": u64::MAX, "text": "שלום 🗳"});
        let Value::Map(metadata) = metadata else { panic!("it is a map") };
        let answer = Answer::new(choice).because(format!("the {asked}. thought")).with_metadata(metadata);
        Ok(answer.confident("0.9".parse().map_err(VoterError::Rubbish)?))
    }
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
