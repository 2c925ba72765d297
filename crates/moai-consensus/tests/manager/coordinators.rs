//! Swarms that cannot be reached, looked at, or filled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{
    Ask, Basis, Choice, ConsensusManager, Decision, Electorate, ManagerOptions, Request, RequestError,
};
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Limits, LocalCoordinator, Mailbox, Role,
    SwarmId, View, agent_id, swarm_id, value,
};

use crate::deploy;
use crate::swarm::{Swarm, id};
use moai_store::MemoryJournal;

#[tokio::test(start_paused = true)]
async fn an_empty_swarm_is_an_answer_at_once() {
    let swarm = Swarm::new().await;
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Error));
    assert_eq!(swarm.manager.get_algorithm_stats().all.rejected, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_member_stands_in_no_new_electorate() {
    let swarm = Swarm::new().await;
    swarm.agent("a", Choice::For).await;
    let _dead = swarm.join("b").await;
    swarm.coordinator.set_state(&agent_id!("b"), AgentState::Failed).await.unwrap();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert!(outcome.is_approved());
    assert_eq!(outcome.eligible().collect::<Vec<_>>(), [&agent_id!("a")]);
}

/// What the coordinator does when a question is broadcast.
enum Fault {
    Fail,
    NobodyIsReached,
    VoteInside(tokio::sync::OnceCell<ConsensusManager>),
    Hang,
    HangOnce(AtomicBool),
    Blind,
    HangingView,
    Panic { at_once: bool },
}

struct Faulty(LocalCoordinator, Fault);

#[async_trait]
impl Coordinator for Faulty {
    fn swarm_id(&self) -> &SwarmId {
        self.0.swarm_id()
    }
    async fn join(&self, id: AgentId, role: Role) -> Result<Box<dyn Mailbox>, CoordinatorError> {
        self.0.join(id, role).await
    }
    async fn leave(&self, id: &AgentId) -> Result<(), CoordinatorError> {
        self.0.leave(id).await
    }
    async fn send(&self, to: &AgentId, envelope: Envelope) -> Result<(), CoordinatorError> {
        self.0.send(to, envelope).await
    }
    async fn broadcast(&self, envelope: Envelope, except: &[AgentId]) -> Result<Delivered, CoordinatorError> {
        match &self.1 {
            Fault::Fail => {
                let _half = self.0.broadcast(envelope, except).await;
                Err(CoordinatorError::Unavailable { why: "the cable is cut".into() })
            }
            Fault::NobodyIsReached => Ok(Delivered::default()),
            Fault::VoteInside(manager) => {
                let manager = manager.get().unwrap();
                let request = Request::from_bytes(envelope.payload(), &Limits::default()).unwrap();
                for voter in ["a", "b"] {
                    manager.record_vote(request.ballot(id(voter), Choice::For)).await.unwrap();
                }
                self.0.broadcast(envelope, except).await
            }
            Fault::Hang => std::future::pending().await,
            Fault::HangOnce(hangs) if hangs.swap(false, Ordering::SeqCst) => std::future::pending().await,
            Fault::HangOnce(_) => self.0.broadcast(envelope, except).await,
            Fault::Panic { at_once } => {
                if !at_once {
                    tokio::task::yield_now().await;
                }
                panic!("the cable is on fire")
            }
            Fault::Blind | Fault::HangingView => self.0.broadcast(envelope, except).await,
        }
    }
    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.0.set_state(id, state).await
    }
    async fn view(&self) -> Result<View, CoordinatorError> {
        match self.1 {
            Fault::Blind => Err(CoordinatorError::Unavailable { why: "no answer".into() }),
            Fault::HangingView => std::future::pending().await,
            _ => self.0.view().await,
        }
    }
}

async fn faulty(fault: Fault) -> (Arc<Faulty>, ConsensusManager, Vec<Box<dyn Mailbox>>) {
    let coordinator = Arc::new(Faulty(LocalCoordinator::new(swarm_id!("swarm-001")), fault));
    let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
    let mut mailboxes = Vec::new();
    for name in ["a", "b", "c"] {
        mailboxes.push(coordinator.join(id(name), Role::Member).await.unwrap());
    }
    (coordinator, manager, mailboxes)
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_fails_half_way_reaches_nobody_or_cannot_be_looked_at_is_an_answer_at_once() {
    for (fault, why) in [
        (Fault::Fail, "the cable is cut"),
        (Fault::NobodyIsReached, "the question reached nobody"),
        (Fault::Blind, "the swarm cannot be looked at"),
    ] {
        let (_coordinator, manager, _mailboxes) = faulty(fault).await;
        let before = tokio::time::Instant::now();
        let outcome = manager.request_consensus(deploy(), Ask::new()).await.unwrap();
        assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Error));
        assert!(outcome.why.contains(why), "{}", outcome.why);
        assert_eq!((before.elapsed(), manager.open_count()), (Duration::ZERO, 0));
        assert_eq!(manager.get_algorithm_stats().all.rejected, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn votes_recorded_inside_the_broadcast_do_not_deadlock() {
    let (coordinator, manager, _mailboxes) = faulty(Fault::VoteInside(tokio::sync::OnceCell::new())).await;
    if let Fault::VoteInside(cell) = &coordinator.1 {
        cell.set(manager.clone()).unwrap();
    }
    let outcome = manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert!(outcome.is_approved());
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_hangs_holds_up_no_deadline_and_no_shutdown() {
    let (_coordinator, manager, _mailboxes) = faulty(Fault::Hang).await;
    let outcome = manager.request_consensus(deploy(), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    assert_eq!(outcome.decision, Decision::Timeout);
    manager.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_is_not_waited_for() {
    let limits = Limits { member_mailbox: 1, ..Limits::default() };
    let coordinator = Arc::new(LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits));
    let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
    let _mailbox = coordinator.join(id("a"), Role::Member).await.unwrap();
    let _first = manager.open(value!({"number": 1}), Ask::new()).await.unwrap();
    let outcome = manager.request_consensus(value!({"number": 2}), Ask::new()).await.unwrap();
    assert_eq!(outcome.decision, Decision::Rejected);
    assert!(outcome.invalid[0].cause.contains("mailbox of a is full"), "{:?}", outcome.invalid);
}

#[tokio::test(start_paused = true)]
async fn strangers_are_asked_what_only_others_may_vote_on() {
    let swarm = Swarm::new().await;
    let mut strangers = vec![swarm.join("x").await, swarm.join("y").await];
    for few in [false, true] {
        // With more strangers than voters those are asked one by one.
        for number in 0..if few { 10 } else { 0 } {
            strangers.push(swarm.join(&format!("z-{number}")).await);
        }
        let mut voters = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
        let among = Electorate::of([id("a"), id("b"), id("c"), id("nobody-yet")]).unwrap();
        let ticket = swarm.manager.open(value!({"few": few}), Ask::new().among(among)).await.unwrap();
        for voter in &mut voters {
            assert_eq!(voter.recv().await.unwrap().kind().as_str(), "consensus_request");
        }
        for stranger in &mut strangers {
            let heard = tokio::time::timeout(Duration::from_millis(1), stranger.recv()).await;
            assert!(heard.is_err(), "{heard:?}");
        }
        assert_eq!(ticket.progress().unwrap().outstanding, 4, "who is not in the swarm may still be recorded");
    }
}

#[tokio::test(start_paused = true)]
async fn of_few_voters_among_many_who_cannot_be_reached_is_waited_for() {
    let limits = Limits { member_mailbox: 1, ..Limits::default() };
    let coordinator = Arc::new(LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits));
    let manager = ConsensusManager::new(coordinator.clone()).await.unwrap();
    let mut members = Vec::new();
    for name in ["a", "x", "y", "z"] {
        members.push(coordinator.join(id(name), Role::Member).await.unwrap());
    }
    let ask = || Ask::new().among(Electorate::of([id("a")]).unwrap());
    let _first = manager.open(value!({"number": 1}), ask()).await.unwrap();
    let outcome = manager.request_consensus(value!({"number": 2}), ask()).await.unwrap();
    assert!(outcome.invalid[0].cause.contains("mailbox of a is full"), "{:?}", outcome.invalid);
}

#[tokio::test(start_paused = true)]
async fn one_question_that_hangs_holds_up_the_others() {
    let (coordinator, manager, _mailboxes) = faulty(Fault::HangOnce(AtomicBool::new(true))).await;
    let hanging = manager.open(value!({"number": 1}), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let mut second = manager.open(value!({"number": 2}), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    for voter in ["a", "b"] {
        let ballot = manager.ballot(second.proposal(), id(voter), Choice::For).unwrap();
        manager.record_vote(ballot).await.unwrap();
    }
    assert!(second.outcome().await.unwrap().is_approved());
    let Fault::HangOnce(hangs) = &coordinator.1 else { panic!("another fault") };
    assert!(!hangs.load(Ordering::SeqCst), "the first has been put, and hangs");
    hanging.cancel("it hangs");
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let alive = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(alive, 2, "what hung has ended with its vote");
}

#[tokio::test(start_paused = true)]
async fn what_was_decided_without_a_view_is_lost_in_a_crash() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone());
    let coordinator = Arc::new(Faulty(LocalCoordinator::new(swarm_id!("swarm-001")), Fault::Blind));
    let manager = ConsensusManager::with(coordinator.clone(), options()).await.unwrap();
    let outcome = manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert_eq!(outcome.rule, "nobody can be asked");
    manager.shutdown().await;
    let manager = ConsensusManager::with(coordinator, options()).await.unwrap();
    assert_eq!(manager.recover().await.unwrap().decided, 1);
    assert_eq!(manager.outcome(&outcome.proposal), Some(outcome));
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_panics_takes_the_manager_with_it() {
    for at_once in [true, false] {
        let (_coordinator, manager, _mailboxes) = faulty(Fault::Panic { at_once }).await;
        for number in 0..2 {
            let before = tokio::time::Instant::now();
            let outcome = manager.request_consensus(value!({"number": number}), Ask::new()).await.unwrap();
            assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Error));
            assert!(outcome.why.contains("the coordinator panicked"), "{}", outcome.why);
            assert_eq!(before.elapsed(), Duration::ZERO);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_view_that_hangs_is_waited_for_beyond_the_deadline_and_the_end_of_the_manager() {
    let (_coordinator, manager, _mailboxes) = faulty(Fault::HangingView).await;
    let ask = || Ask::new().within(Duration::from_secs(1));
    let before = tokio::time::Instant::now();
    let outcome = manager.request_consensus(deploy(), ask()).await.unwrap();
    assert!(outcome.why.contains("no answer within 1s"), "{}", outcome.why);
    assert!(before.elapsed() < Duration::from_secs(2));
    let asking = tokio::spawn({
        let manager = manager.clone();
        async move { manager.request_consensus(deploy(), Ask::new()).await }
    });
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    manager.shutdown().await;
    assert_eq!(asking.await.unwrap(), Err(RequestError::Stopped));
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}
