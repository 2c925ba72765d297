//! One agent, several halves, one task.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{Choice, Ended, serve, serve_until, voter_fn};
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Handled, Handler, LocalCoordinator,
    Mailbox, Outgoing, Role, SwarmId, View, agent_id, message_kind,
};

use crate::asker::{Asker, Slow, half, me, request};

/// Answers a ping at once.
fn heartbeat(envelope: &Envelope) -> Handled {
    if *envelope.kind() != message_kind!("ping") {
        return Handled::NotMine;
    }
    Handled::Done(vec![Outgoing::reply(envelope, me(), message_kind!("pong"), envelope.payload().clone())])
}

fn ping(number: u32) -> Envelope {
    Asker::envelope(message_kind!("ping"), number.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_slow_voter_delays_the_heartbeat() {
    let mut asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let agent = asker.agent(vec![Box::new(half(voter.clone())), Box::new(heartbeat)]).await;
    asker.put(&request("deploy-v2.0")).await;
    voter.begun.notified().await;
    let before = tokio::time::Instant::now();
    for number in 0..100 {
        asker.send(ping(number)).await;
    }
    for number in 0..100 {
        let pong = asker.mailbox.recv().await.unwrap();
        assert_eq!(*pong.kind(), message_kind!("pong"));
        assert_eq!(pong.payload(), number.to_string().as_str());
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    voter.go.notify_one();
    asker.ballot().await;
    asker.send(Asker::envelope(message_kind!("state_request"), "")).await;
    asker.swarm.leave(&me()).await.unwrap();
    let served = agent.await.unwrap();
    assert_eq!((served.received, served.unclaimed, served.sent, served.unsent), (102, 1, 101, 0));
    assert_eq!((served.ended, served.unfinished), (Ended::Left, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_agent_leaves_work_or_its_name_behind() {
    let asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let handler = half(voter.clone());
    let mailbox = asker.swarm.join(me(), Role::Member).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let halves: Vec<Box<dyn Handler>> = vec![Box::new(handler.clone())];
    let agent = tokio::spawn(serve_until(mailbox, asker.swarm.clone(), halves, async {
        let _ = stopped.await;
    }));
    asker.put(&request("deploy-v2.0")).await;
    voter.begun.notified().await;
    stop.send(()).unwrap();
    let served = agent.await.unwrap();
    assert_eq!((served.ended, served.unfinished), (Ended::Stopped, 1));
    assert_eq!((voter.dropped(), handler.thinking(), handler.remembered()), (1, 0, 0));
    assert!(asker.swarm.view().await.unwrap().members.is_empty());
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_loop_leaves_work_behind() {
    let asker = Asker::new().await;
    let voter = Arc::new(Slow::default());
    let agent = asker.voting(half(voter.clone())).await;
    asker.put(&request("deploy-v2.0")).await;
    voter.begun.notified().await;
    agent.abort();
    assert!(agent.await.unwrap_err().is_cancelled());
    assert_eq!(voter.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_sent_ends_the_loop() {
    let asker = Asker::new().await;
    let agent = asker.voting(half(voter_fn(|_| Choice::For))).await;
    let swarm = asker.swarm.clone();
    asker.put(&request("deploy-v2.0")).await;
    // Who asked is gone before it is answered.
    drop(asker);
    tokio::task::yield_now().await;
    let mut asker = swarm.join(agent_id!("manager"), Role::Service).await.unwrap();
    let asked = crate::asker::question(&request("second"));
    swarm.send(&me(), asked).await.unwrap();
    asker.recv().await.unwrap();
    swarm.leave(&me()).await.unwrap();
    let served = agent.await.unwrap();
    assert_eq!((served.sent, served.unsent), (1, 1));
}

/// Carries nothing until it is let go.
struct Hanging {
    inner: Arc<LocalCoordinator>,
    begun: AtomicUsize,
    go: tokio::sync::Semaphore,
}

#[async_trait]
impl Coordinator for Hanging {
    fn swarm_id(&self) -> &SwarmId {
        self.inner.swarm_id()
    }
    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        self.inner.join(id, role).await
    }
    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.inner.leave(id).await
    }
    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let _go = self.go.acquire().await;
        self.inner.send(to, envelope).await
    }
    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        self.inner.broadcast(envelope, except).await
    }
    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.inner.set_state(id, state).await
    }
    async fn view(&self) -> Result<View, CoordinatorError> {
        self.inner.view().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_hangs_makes_the_loop_gather_without_end_or_lose_the_order() {
    let mut asker = Asker::new().await;
    let hanging = Arc::new(Hanging {
        inner: asker.swarm.clone(),
        begun: AtomicUsize::new(0),
        go: tokio::sync::Semaphore::new(0),
    });
    let mailbox = asker.swarm.join(me(), Role::Member).await.unwrap();
    let agent = tokio::spawn(serve(mailbox, hanging.clone(), vec![Box::new(heartbeat)]));
    let mut put = 0;
    // The mailbox holds 1,024, and the loop gathers about as many: then it takes in no more.
    while asker.swarm.send(&me(), ping(put)).await.is_ok() {
        put += 1;
        assert!(put < 10_000, "it gathers without end");
        tokio::task::yield_now().await;
    }
    assert_eq!(hanging.begun.load(Ordering::SeqCst), 1);
    hanging.go.add_permits(1);
    for number in 0..put {
        assert_eq!(asker.mailbox.recv().await.unwrap().payload(), number.to_string().as_str());
    }
    asker.swarm.leave(&me()).await.unwrap();
    assert_eq!(agent.await.unwrap().sent, u64::from(put));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_later_pushes_out_what_waits_to_be_sent() {
    let mut asker = Asker::new().await;
    let hanging = Arc::new(Hanging {
        inner: asker.swarm.clone(),
        begun: AtomicUsize::new(0),
        go: tokio::sync::Semaphore::new(0),
    });
    let mailbox = asker.swarm.join(me(), Role::Member).await.unwrap();
    let voter = Arc::new(Slow::default());
    let halves: Vec<Box<dyn Handler>> = vec![Box::new(half(voter.clone())), Box::new(heartbeat)];
    let _agent = tokio::spawn(serve(mailbox, hanging.clone(), halves));
    asker.put(&request("deploy-v2.0")).await;
    voter.begun.notified().await;
    for number in 0..3 {
        asker.send(ping(number)).await;
    }
    tokio::task::yield_now().await;
    voter.go.notify_one();
    tokio::task::yield_now().await;
    hanging.go.add_permits(1);
    for number in 0..3 {
        assert_eq!(asker.mailbox.recv().await.unwrap().payload(), number.to_string().as_str());
    }
    asker.ballot().await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_thoughts_at_once_end_in_the_order_of_their_waking() {
    let mut asker = Asker::new().await;
    let work = |envelope: &Envelope| {
        let (envelope, number) = (envelope.clone(), std::str::from_utf8(envelope.payload()).unwrap().parse::<u64>());
        Handled::later(async move {
            // The last that was asked is the first that is done.
            tokio::time::sleep(Duration::from_millis(1_001 - number.unwrap())).await;
            vec![Outgoing::reply(&envelope, me(), message_kind!("pong"), envelope.payload().clone())]
        })
    };
    let _agent = asker.agent(vec![Box::new(work)]).await;
    for number in 1..=1_000 {
        asker.send(ping(number)).await;
    }
    for number in (1..=1_000).rev() {
        assert_eq!(asker.mailbox.recv().await.unwrap().payload(), number.to_string().as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_wakes_itself_keeps_others_from_their_turn() {
    let mut asker = Asker::new().await;
    let restless = |envelope: &Envelope| {
        if *envelope.kind() != message_kind!("spin") {
            return Handled::NotMine;
        }
        // It is woken while it is polled, each time.
        Handled::later(std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        }))
    };
    let agent = asker.agent(vec![Box::new(restless), Box::new(heartbeat)]).await;
    asker.send(Asker::envelope(message_kind!("spin"), "")).await;
    asker.send(Asker::envelope(message_kind!("spin"), "")).await;
    tokio::task::yield_now().await;
    asker.send(ping(1)).await;
    assert_eq!(asker.mailbox.recv().await.unwrap().payload(), "1");
    agent.abort();
}

/// Says how often it was shown a message, each time it has been shown one, and says something at the beginning.
struct Unasked(u32, bool);

impl Handler for Unasked {
    fn handle(&mut self, _: &Envelope) -> Handled {
        (self.0, self.1) = (self.0 + 1, true);
        Handled::NOTHING
    }

    fn poll_unasked(&mut self, _: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        if !std::mem::take(&mut self.1) {
            return Poll::Pending;
        }
        let pong = Asker::envelope(message_kind!("pong"), self.0.to_string());
        let pong = pong.reply(me(), message_kind!("pong"), self.0.to_string());
        Poll::Ready(vec![Outgoing::new(agent_id!("manager"), pong)])
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_has_to_say_unasked_is_not_sent() {
    let mut asker = Asker::new().await;
    let _agent = asker.agent(vec![Box::new(heartbeat), Box::new(Unasked(0, true))]).await;
    for told in ["0", "1", "2"] {
        assert_eq!(asker.mailbox.recv().await.unwrap().payload(), told);
        asker.send(Asker::envelope(message_kind!("other"), "")).await;
    }
}
