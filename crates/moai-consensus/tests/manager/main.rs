//! The manager: it puts questions to agents that really answer, and never waits in vain.

#![allow(clippy::disallowed_methods, reason = "agents, and whoever asks, are tasks of their own")]

mod codes;
mod swarm;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{
    Ask, Basis, Choice, Decision, Electorate, GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol,
    ManagerOptions, OnDeadline, QuorumAlgorithm, RequestError, RuleAlgorithm, Unanimous, VoteError, WeightedAlgorithm,
};
use moai_core::{
    AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Journal, LocalCoordinator, Mailbox, Role,
    SwarmId, View, agent_id, algorithm_name, proposal_id, swarm_id, value, verify_journal,
};
use moai_store::MemoryJournal;
use swarm::{Swarm, id};

fn deploy() -> moai_core::Value {
    value!({"proposal_id": "deploy-v2.0", "action": "deploy", "version": "v2.0"})
}

#[tokio::test(start_paused = true)]
async fn two_of_three_are_enough_and_nobody_waits_for_the_timeout() {
    let swarm = Swarm::new().await;
    for (name, choice) in [("agent-1", Choice::For), ("agent-2", Choice::Against), ("agent-3", Choice::For)] {
        swarm.agent(name, choice).await;
    }
    let before = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO, "time stood still, so nothing waited for it");
    assert_eq!((outcome.decision, outcome.votes_for, outcome.votes_against), (Decision::Approved, 2, 1));
    assert_eq!(outcome.participants, [id("agent-1"), id("agent-2"), id("agent-3")]);
    assert_eq!(swarm.manager.open_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_is_still_thinking_is_told_to_stop_and_a_late_vote_is_answered() {
    let swarm = Swarm::new().await;
    swarm.agent("agent-1", Choice::For).await;
    swarm.agent("agent-2", Choice::For).await;
    let mut thinking = swarm.join("agent-3").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let late = swarm.manager.ballot(ticket.proposal(), id("agent-3"), Choice::For).unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.votes_for, outcome.votes_saved), (2, 1));
    let kinds = [thinking.recv().await.unwrap(), thinking.recv().await.unwrap()].map(|e| e.kind().to_string());
    assert_eq!(kinds, ["consensus_request", "consensus_closed"]);
    assert!(matches!(swarm.manager.record_vote(late).await, Err(VoteError::Closed { .. })));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline_and_approves_only_where_that_was_asked_for() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("agent-1").await;
    let ask = || Ask::new().within(Duration::from_secs(10));
    let before = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(deploy(), ask()).await.unwrap();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Timeout, Basis::Deadline));
    assert!((Duration::from_secs(10)..Duration::from_secs(11)).contains(&before.elapsed()));
    let outcome = swarm.manager.request_consensus(deploy(), ask().on_deadline(OnDeadline::Approve)).await.unwrap();
    assert!(outcome.is_approved());
}

#[tokio::test(start_paused = true)]
async fn a_thousand_equal_requests_at_once_all_succeed() {
    let swarm = Swarm::new().await;
    for number in 0..3 {
        swarm.agent(&format!("agent-{number}"), Choice::For).await;
    }
    let asked: Vec<_> = (0..1_000)
        .map(|_| {
            let manager = swarm.manager.clone();
            tokio::spawn(async move { manager.request_consensus(value!({"action": "scale"}), Ask::new()).await })
        })
        .collect();
    for one in asked {
        assert!(one.await.unwrap().unwrap().is_approved());
    }
    let statistics = swarm.manager.get_algorithm_stats();
    assert_eq!((statistics.all.proposals, statistics.all.approved), (1_000, 1_000));
}

#[tokio::test]
async fn what_does_not_stand_is_refused_and_counted() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("agent-1").await;
    let refused = |ask| swarm.manager.open(deploy(), ask);
    for too in [Duration::from_millis(99), Duration::from_millis(300_001)] {
        let error = refused(Ask::new().within(too)).await.unwrap_err();
        assert!(error.to_string().contains("timeout"), "{error}");
    }
    let error = refused(Ask::with(algorithm_name!("majority"))).await.unwrap_err();
    assert!(error.to_string().contains("no algorithm is registered as majority: there is quorum, weighted"), "{error}");
    let _open = refused(Ask::new()).await.unwrap();
    assert!(matches!(refused(Ask::new()).await, Err(RequestError::AlreadyOpen { .. })));
    let mut deep = value!(0);
    for _ in 0..10_000 {
        deep = value!([deep]);
    }
    let error = swarm.manager.open(deep, Ask::new()).await.unwrap_err();
    assert!(error.to_string().contains("deep"), "{error}");
    assert_eq!(swarm.manager.get_algorithm_stats().refused, 5);
    assert_eq!(swarm.manager.open_count(), 1);
}

#[tokio::test]
async fn a_name_that_is_taken_keeps_its_first_algorithm() {
    let swarm = Swarm::new().await;
    let name = algorithm_name!("strict");
    assert!(swarm.manager.register_algorithm(name.clone(), QuorumAlgorithm::with_threshold(0.7).unwrap()));
    assert!(!swarm.manager.register_algorithm(name.clone(), QuorumAlgorithm::new()));
    assert!(!swarm.manager.register_algorithm(algorithm_name!("weighted"), WeightedAlgorithm::new()));
    swarm.agent("a", Choice::For).await;
    let outcome = swarm.manager.request_consensus(deploy(), Ask::with(name.clone())).await.unwrap();
    assert_eq!(outcome.threshold, Some(0.7));
    assert!(swarm.manager.replace_algorithm(name.clone(), RuleAlgorithm::new(Unanimous)));
    let outcome = swarm.manager.request_consensus(deploy(), Ask::with(name)).await.unwrap();
    assert_eq!(outcome.rule, "every member is for it: 1 of 1");
}

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

#[tokio::test(start_paused = true)]
async fn dropping_the_future_ends_the_waiting_and_only_if_asked_the_question() {
    let swarm = Swarm::new().await;
    let mut agent = swarm.join("a").await;
    for (cancels, open) in [(false, 1), (true, 0)] {
        let ask = if cancels { Ask::new().cancel_on_drop() } else { Ask::new() };
        let asked = swarm.manager.request_consensus(value!({"cancels": cancels}), ask);
        let waited = tokio::time::timeout(Duration::from_millis(1), asked).await;
        assert!(waited.is_err());
        agent.recv().await.unwrap();
        assert_eq!(swarm.manager.open_count(), open, "cancels: {cancels}");
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!(swarm.manager.open_count(), 0);
        while tokio::time::timeout(Duration::from_millis(1), agent.recv()).await.is_ok() {}
    }
}

#[tokio::test(start_paused = true)]
async fn tickets_can_be_looked_at_and_cancelled() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    assert_eq!(ticket.look().unwrap(), None);
    let progress = ticket.progress().unwrap();
    assert_eq!((progress.in_favour, progress.outstanding), (0, 1));
    ticket.cancel("changed our mind");
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(
        (outcome.decision, outcome.basis, outcome.why.as_str()),
        (Decision::Rejected, Basis::Cancelled, "changed our mind")
    );
    assert!(ticket.look().unwrap().is_some());
    assert_eq!(ticket.progress(), None);
}

#[tokio::test(start_paused = true)]
async fn a_veto_stops_it_whatever_the_rule_and_only_with_the_right() {
    let swarm = Swarm::new().await;
    let _members = (swarm.join("a").await, swarm.join("person").await);
    let electors = [id("a"), id("person")].map(moai_consensus::Elector::new);
    let [a, person] = electors;
    let among = Electorate::new([a, person.with_veto()]).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::new().among(among)).await.unwrap();
    let proposal = ticket.proposal().clone();
    let refused = swarm.manager.veto(proposal.clone(), id("a"), "no").await;
    assert!(matches!(refused, Err(VoteError::NoVeto { .. })));
    swarm.manager.veto(proposal, id("person"), "not on a Friday").await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.basis, outcome.why.as_str()), (Basis::Vetoed, "vetoed by person: not on a Friday"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_anothers_name_does_not_count_and_garbage_is_its_senders_last_word() {
    let swarm = Swarm::new().await;
    let (mut a, _b) = (swarm.join("a").await, swarm.join("b").await);
    let mut ticket = swarm.manager.open(deploy(), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    let asked = a.recv().await.unwrap();
    let request = moai_consensus::Request::read(asked.payload(), &moai_core::Limits::default()).unwrap();
    let forged = moai_consensus::Reply::Ballot(request.ballot(id("b"), Choice::For)).to_bytes();
    for payload in [forged, b"rubbish".to_vec(), vec![0; 10 << 10]] {
        let answer = asked.reply(id("a"), moai_consensus::message_kinds::VOTE, payload);
        swarm.coordinator.send(asked.from(), answer).await.unwrap();
    }
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.participants.len()), (Decision::Rejected, 0), "one of two is lost");
    assert_eq!(outcome.invalid.iter().map(|invalid| &invalid.voter).collect::<Vec<_>>(), [&id("a")]);
    assert!(outcome.invalid[0].cause.contains("consensus_vote does not parse"), "{:?}", outcome.invalid);
}

#[tokio::test(start_paused = true)]
async fn shutdown_leaves_no_task_and_tells_who_waits() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(before, 2, "receiving and sending");
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    swarm.manager.shutdown().await;
    assert_eq!(ticket.outcome().await, Err(RequestError::Stopped));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    assert!(matches!(swarm.manager.open(deploy(), Ask::new()).await, Err(RequestError::Stopped)));
    assert!(swarm.coordinator.join(agent_id!("consensus-manager"), Role::Service).await.is_ok(), "the name is free");
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_takes_the_tasks_with_it() {
    let swarm = Swarm::new().await;
    let Swarm { coordinator, manager } = swarm;
    drop(manager);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    drop(coordinator);
}

/// What the coordinator does when a question is broadcast.
enum Fault {
    Fail,
    NobodyIsReached,
    VoteInside(tokio::sync::OnceCell<moai_consensus::ConsensusManager>),
    Hang,
    Blind,
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
                let request = moai_consensus::Request::read(envelope.payload(), &moai_core::Limits::default()).unwrap();
                for voter in ["a", "b"] {
                    manager.record_vote(request.ballot(id(voter), Choice::For)).await.unwrap();
                }
                self.0.broadcast(envelope, except).await
            }
            Fault::Hang => std::future::pending().await,
            Fault::Blind => self.0.broadcast(envelope, except).await,
        }
    }
    async fn set_state(&self, id: &AgentId, state: AgentState) -> Result<(), CoordinatorError> {
        self.0.set_state(id, state).await
    }
    async fn view(&self) -> Result<View, CoordinatorError> {
        match self.1 {
            Fault::Blind => Err(CoordinatorError::Unavailable { why: "no answer".into() }),
            _ => self.0.view().await,
        }
    }
}

async fn faulty(fault: Fault) -> (Arc<Faulty>, moai_consensus::ConsensusManager, Vec<Box<dyn Mailbox>>) {
    let coordinator = Arc::new(Faulty(LocalCoordinator::new(swarm_id!("swarm-001")), fault));
    let manager = moai_consensus::ConsensusManager::new(coordinator.clone()).await.unwrap();
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
    let limits = moai_core::Limits { member_mailbox: 1, ..moai_core::Limits::default() };
    let coordinator = Arc::new(LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits));
    let manager = moai_consensus::ConsensusManager::new(coordinator.clone()).await.unwrap();
    let _mailbox = coordinator.join(id("a"), Role::Member).await.unwrap();
    let _first = manager.open(value!({"number": 1}), Ask::new()).await.unwrap();
    let outcome = manager.request_consensus(value!({"number": 2}), Ask::new()).await.unwrap();
    assert_eq!(outcome.decision, Decision::Rejected);
    assert!(outcome.invalid[0].cause.contains("mailbox of a is full"), "{:?}", outcome.invalid);
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_told_only_once_it_is_recorded_and_the_record_tells_it_all() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    for name in ["a", "b", "c"] {
        swarm.agent(name, Choice::For).await;
    }
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new()).await.unwrap();
    let records = journal.read(1, 100).await.unwrap();
    let kinds: Vec<_> = records.iter().map(|record| record.kind.to_string()).collect();
    assert_eq!(kinds[..4], ["consensus_opened", "consensus_ballot", "consensus_ballot", "consensus_decided"]);
    let read = moai_consensus::Entry::read(&records[3].kind, &records[3].payload).unwrap();
    assert_eq!(read, Some(moai_consensus::Entry::Decided(outcome)));
    verify_journal(journal.as_ref(), None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_vote_goes_on_with_the_ballots_that_were_recorded() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone());
    let swarm = Swarm::with(options()).await;
    let (_a, _b, _c) = (swarm.join("a").await, swarm.join("b").await, swarm.join("c").await);
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = |voter| swarm.manager.ballot(&proposal_id!("deploy-v2.0"), id(voter), Choice::For).unwrap();
    let (first, second) = (ballot("a"), ballot("b"));
    swarm.manager.record_vote(first).await.unwrap();
    drop(ticket);
    swarm.manager.shutdown().await;

    let manager = moai_consensus::ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!((recovered.open.len(), recovered.decided, recovered.lost.len()), (1, 0, 0));
    manager.record_vote(second).await.unwrap();
    let outcome = recovered.open[0].outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 2));

    manager.shutdown().await;
    let manager = moai_consensus::ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let recovered = manager.recover().await.unwrap();
    assert_eq!((recovered.open.len(), recovered.decided), (0, 1));
    assert_eq!(manager.outcome(&proposal_id!("deploy-v2.0")).unwrap().decision, Decision::Approved);
}

#[tokio::test(start_paused = true)]
async fn what_was_open_beyond_its_deadline_times_out_after_a_crash() {
    let journal = Arc::new(MemoryJournal::new());
    let clock = Arc::new(moai_core::SteeredClock::new(moai_core::Timestamp::UNIX_EPOCH));
    let options = || ManagerOptions::default().with_journal(journal.clone()).with_clock(clock.clone());
    let swarm = Swarm::with(options()).await;
    let _a = swarm.join("a").await;
    let _ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    swarm.manager.shutdown().await;
    clock.advance(Duration::from_secs(60));
    let manager = moai_consensus::ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let mut recovered = manager.recover().await.unwrap();
    assert_eq!(recovered.open[0].outcome().await.unwrap().decision, Decision::Timeout);
}

#[tokio::test(start_paused = true)]
async fn statistics_count_by_registered_name() {
    let swarm = Swarm::new().await;
    for (name, choice) in [("a", Choice::For), ("b", Choice::For), ("c", Choice::Against)] {
        let released = swarm.agent(name, choice).await;
        assert_eq!(released.load(Ordering::SeqCst), 0);
    }
    swarm.manager.register_algorithm(algorithm_name!("all"), RuleAlgorithm::new(Unanimous));
    swarm.manager.request_consensus(value!({"proposal_id": "deploy-1"}), Ask::new()).await.unwrap();
    swarm.manager.request_consensus(value!({"proposal_id": "scale-1"}), Ask::new()).await.unwrap();
    swarm
        .manager
        .request_consensus(value!({"proposal_id": "rollback-1"}), Ask::with(algorithm_name!("all")))
        .await
        .unwrap();
    let statistics = swarm.manager.get_algorithm_stats();
    let json = serde_json::to_value(&statistics).unwrap();
    assert_eq!(json["total_proposals"], 3);
    assert_eq!((&json["approved"], &json["rejected"], &json["timeouts"]), (&2.into(), &1.into(), &0.into()));
    assert_eq!(format!("{:.0}%", json["approval_rate"].as_f64().unwrap() * 100.0), "67%");
    assert_eq!(json["by_algorithm"]["quorum"]["proposals"], 2);
    assert_eq!(json["by_algorithm"]["all"]["rejected"], 1);
}

#[tokio::test(start_paused = true)]
async fn statistics_go_on_in_the_next_life_hour_by_hour() {
    let memory = Arc::new(moai_store::MemoryStore::new().unwrap());
    let options = || ManagerOptions::default().with_memory(memory.clone());
    let swarm = Swarm::with(options()).await;
    swarm.agent("a", Choice::For).await;
    swarm.agent("b", Choice::Against).await;
    let asked = value!({"action": "deploy"});
    swarm.manager.request_consensus(asked.clone(), Ask::new()).await.unwrap();
    tokio::time::advance(Duration::from_secs(3_600)).await;
    swarm.manager.request_consensus(asked.clone(), Ask::new()).await.unwrap();
    let before = swarm.manager.get_algorithm_stats();
    swarm.manager.shutdown().await;

    let manager = moai_consensus::ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    assert_eq!(manager.get_algorithm_stats(), before);
    assert_eq!(before.over_time.len(), 2);
    manager.request_consensus(asked, Ask::new()).await.unwrap();
    let after = manager.get_algorithm_stats();
    assert_eq!((after.all.proposals, after.by_agent[&id("a")].voted), (3, 3));
    assert_eq!(after.by_agent[&id("a")].dissented, 3, "half is not a majority");
    let hours: u64 = after.over_time.iter().map(|hour| hour.by_agent[&id("b")].voted).sum();
    assert_eq!(hours, 3);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_agents_are_asked_and_all_are_heard() {
    let swarm = Swarm::new().await;
    for number in 0..10_000 {
        let choice = if number % 3 == 0 { Choice::Against } else { Choice::For };
        swarm.agent(&format!("agent-{number:05}"), choice).await;
    }
    swarm.manager.register_algorithm(algorithm_name!("two-thirds"), QuorumAlgorithm::with_threshold(0.66666).unwrap());
    let outcome = swarm.manager.request_consensus(deploy(), Ask::with(algorithm_name!("two-thirds"))).await.unwrap();
    assert_eq!((outcome.decision, outcome.eligible().count()), (Decision::Rejected, 10_000), "{}", outcome.why);
}

#[tokio::test(start_paused = true)]
async fn twenty_agents_agree_by_gossip() {
    let swarm = Swarm::new().await;
    for number in 1..=20 {
        let choice = if number <= 15 { Choice::For } else { Choice::Against };
        swarm.agent(&format!("agent-{number}"), choice).await;
    }
    let gossip = |threshold: f64| {
        let config = GossipConfig::new(GossipMode::MajorityDynamics).unwrap().with_fanout(5).unwrap();
        let config = config.with_max_rounds(7).unwrap().with_convergence("0.95".parse().unwrap()).unwrap();
        GossipAlgorithm::new(GossipProtocol::new(config), threshold).unwrap()
    };
    swarm.manager.register_algorithm(algorithm_name!("gossip"), gossip(0.66));
    let outcome = swarm.manager.request_consensus(deploy(), Ask::with(algorithm_name!("gossip"))).await.unwrap();
    assert_eq!(outcome.decision, Decision::Approved);
    assert_eq!((outcome.votes_for, outcome.votes_against, outcome.votes_abstain), (20, 0, 0));
    assert_eq!(outcome.metadata.get("converged"), Some(&value!(true)));
    assert_eq!(outcome.metadata.get("agreement_ratio"), Some(&value!(1.0)));
    let before = outcome.metadata.get("initial").unwrap();
    assert_eq!((before.get("in_favour"), before.get("against")), (Some(&value!(15)), Some(&value!(5))));
    let rounds = outcome.metadata.get("rounds_completed").and_then(moai_core::Value::as_u64).unwrap();
    let history = outcome.metadata.get("round_history").and_then(moai_core::Value::as_array).unwrap();
    assert!(rounds <= 7 && history.len() as u64 == rounds);
    assert_eq!(outcome.dissent.len(), 5, "who was against it at first is still heard");

    // A majority that grows to the whole swarm does not make up for too few at the start.
    swarm.manager.replace_algorithm(algorithm_name!("gossip"), gossip(0.8));
    let outcome = swarm.manager.request_consensus(deploy(), Ask::with(algorithm_name!("gossip"))).await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Rejected, 20));
}

#[tokio::test(start_paused = true)]
async fn gossip_waits_for_the_silent_until_the_deadline_and_goes_on_without_them() {
    let swarm = Swarm::new().await;
    for number in 1..=7 {
        swarm.agent(&format!("agent-{number}"), Choice::For).await;
    }
    let _silent = swarm.join("agent-8").await;
    let gossip = GossipAlgorithm::new(GossipProtocol::default(), 0.5).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("gossip"), gossip);
    let ask = || Ask::with(algorithm_name!("gossip")).within(Duration::from_secs(5));
    let outcome = swarm.manager.request_consensus(deploy(), ask()).await.unwrap();
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 7));
    assert_eq!(outcome.silent, [id("agent-8")]);
    assert!(outcome.duration() >= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_the_last_vote_of_a_name_does_not_spend_the_voter_in_the_next() {
    let swarm = Swarm::new().await;
    let mut agent = swarm.join("a").await;
    let mut first = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let asked = agent.recv().await.unwrap();
    let request = moai_consensus::Request::read(asked.payload(), &moai_core::Limits::default()).unwrap();
    first.cancel("asked too early");
    first.outcome().await.unwrap();
    let newcomer = swarm.join("b").await;
    let mut second = swarm.manager.open(deploy(), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    let (voter, proposal) = (id("a"), request.proposal.id().clone());
    let stale =
        moai_consensus::Reply::Failed { voter, proposal, instance: request.instance, round: 1, cause: "late".into() };
    let answer = asked.reply(id("a"), moai_consensus::message_kinds::VOTE, stale.to_bytes());
    swarm.coordinator.send(asked.from(), answer).await.unwrap();
    let outcome = second.outcome().await.unwrap();
    assert_eq!((outcome.invalid.len(), outcome.silent.len()), (0, 2));
    drop(newcomer);
}

#[tokio::test(start_paused = true)]
async fn what_the_journal_refuses_ends_its_own_vote_and_no_other() {
    let limits = moai_core::Limits { record_bytes: 4_096, ..moai_core::Limits::default() };
    let journal = Arc::new(MemoryJournal::with_limits(limits));
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    let _silent = swarm.join("a").await;
    let mut small = swarm.manager.open(value!({"number": 1}), Ask::new()).await.unwrap();
    let mut large = swarm.manager.open(value!({"text": "x".repeat(10_000)}), Ask::new()).await.unwrap();
    assert!(matches!(large.outcome().await, Err(RequestError::Input(_))));
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(small.proposal(), id("a"), Choice::For).unwrap();
    swarm.manager.record_vote(ballot).await.unwrap();
    assert!(small.outcome().await.unwrap().is_approved());
}

#[tokio::test(start_paused = true)]
async fn what_has_no_json_is_refused_before_it_makes_the_record_unreadable() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let _silent = swarm.join("a").await;
    let reserved = || value!({"$serde_json::private::Number": 1});
    assert!(matches!(swarm.manager.open(reserved(), Ask::new()).await, Err(RequestError::Input(_))));
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let moai_core::Value::Map(metadata) = reserved() else { panic!("a map") };
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap().with_metadata(metadata);
    assert!(matches!(swarm.manager.record_vote(ballot).await, Err(VoteError::Malformed { .. })));
}

/// Says nothing of its deadline, and never decides.
struct Forgetful(moai_core::ProposalId);

impl moai_consensus::Session for Forgetful {
    fn handle(&mut self, _: moai_core::Timestamp, _: moai_consensus::Input) -> Vec<moai_consensus::Output> {
        Vec::new()
    }
    fn proposal(&self) -> &moai_core::ProposalId {
        &self.0
    }
    fn outcome(&self) -> Option<&Arc<moai_consensus::Outcome>> {
        None
    }
}

struct Forgets;

impl moai_consensus::Algorithm for Forgets {
    fn open(
        &self,
        opening: moai_consensus::Opening,
    ) -> Result<Box<dyn moai_consensus::Session>, moai_consensus::OpenError> {
        Ok(Box::new(Forgetful(opening.proposal.id().clone())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_forgets_its_deadline_does_not_hang_whoever_waits() {
    let swarm = Swarm::new().await;
    swarm.manager.register_algorithm(algorithm_name!("forgets"), Forgets);
    let ended = swarm.manager.request_consensus(deploy(), Ask::with(algorithm_name!("forgets"))).await;
    assert!(matches!(ended, Err(RequestError::Undecided { .. })), "{ended:?}");
    assert_eq!(swarm.manager.open_count(), 0);
}
