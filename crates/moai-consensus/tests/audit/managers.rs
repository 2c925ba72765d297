//! Journals that real managers wrote: deadlines, vetoes, questions taken back, panics, crashes in the middle.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::audit::{Audit, Audited};
use moai_consensus::{
    Ask, Ballot, Choice, ConsensusManager, Decision, Elector, Electorate, FinalTally, ManagerOptions, RequestError,
    Rule, RuleAlgorithm, VoteError, Why,
};
use moai_core::{
    Coordinator, Journal, Limits, LocalCoordinator, Role, SteeredClock, Timestamp, algorithm_name, swarm_id, value,
};
use moai_store::MemoryJournal;

use crate::scribe::{byzantine, gossip, verified};
use crate::swarm::{Moving, Swarm, id};

async fn audited(journal: &MemoryJournal) -> Audited {
    let records = journal.read(1, 10_000).await.unwrap();
    verified(crate::scribe::audit().with_algorithm(algorithm_name!("moody"), RuleAlgorithm::new(Moody)), &records)
        .unwrap()
}

fn options(journal: &Arc<MemoryJournal>) -> ManagerOptions {
    ManagerOptions::default().with_journal(journal.clone()).with_clock(Moving::clock())
}

/// A rule that panics as soon as somebody is against it.
struct Moody;

impl Rule for Moody {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        assert_eq!(tally.against().heads, 0, "I will not have that");
        if tally.in_favour().heads > 2 { Ok(()) } else { Err(Why::Other("too few")) }
    }

    fn words(&self) -> String {
        "everybody is of my opinion".into()
    }
}

#[tokio::test(start_paused = true)]
async fn a_vote_of_one_of_the_algorithms_does_not_hold() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(options(&journal)).await;
    for number in 0..7 {
        let choice = if number == 0 { Choice::Against } else { Choice::For };
        swarm.agent(&format!("agent-{number}"), choice).await;
    }
    let _silent = swarm.join("silent").await;
    swarm.manager.register_algorithm(algorithm_name!("byzantine"), byzantine()).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("gossip"), gossip()).unwrap();
    let algorithms = swarm.manager.algorithms();
    for algorithm in algorithms.clone() {
        let ask = Ask::by(algorithm).within(Duration::from_secs(5));
        swarm.manager.request_consensus(value!("upgrade"), ask).await.unwrap();
    }
    swarm.manager.shutdown().await;
    let audited = audited(&journal).await;
    assert_eq!((audited.recomputed, audited.open.len()), (algorithms.len() as u64, 0));
    assert!(audited.decisions.contains_key(&Decision::Approved) && audited.is_complete());
}

#[tokio::test(start_paused = true)]
async fn an_end_that_no_vote_brought_about_does_not_hold() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(options(&journal)).await;
    // Nobody is there.
    swarm.manager.request_consensus(value!(1), Ask::new()).await.unwrap();
    let mailboxes = [swarm.join("a").await, swarm.join("b").await, swarm.join("human").await];
    // Nobody answers.
    swarm.manager.request_consensus(value!(2), Ask::new()).await.unwrap();
    // It is taken back.
    let mut ticket = swarm.manager.open(value!(3), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    ticket.cancel("no longer wanted");
    ticket.outcome().await.unwrap();
    // A human says no, after one is for it.
    let electors = [Elector::new(id("a")), Elector::new(id("b")), Elector::new(id("human")).with_veto()];
    let ask = Ask::new().among(Electorate::new(electors).unwrap());
    let mut ticket = swarm.manager.open(value!(4), ask).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = |voter| swarm.manager.ballot(ticket.proposal(), id(voter), Choice::For).unwrap();
    let (first, second) = (ballot("a"), ballot("b"));
    swarm.manager.record_vote(first).await.unwrap();
    swarm.manager.veto(ticket.proposal().clone(), id("human"), "not on a Friday").await.unwrap();
    assert_eq!(ticket.outcome().await.unwrap().decision, Decision::Rejected);
    // It comes too late, and says so.
    assert!(matches!(swarm.manager.record_vote(second).await, Err(VoteError::Closed { .. })));
    // The question reaches nobody.
    drop(mailboxes);
    swarm.coordinator.join(id("full"), Role::Member).await.map(drop).unwrap();
    swarm.manager.request_consensus(value!(5), Ask::new().within(Duration::from_secs(1))).await.unwrap();
    swarm.manager.shutdown().await;
    let audited = audited(&journal).await;
    assert_eq!((audited.recomputed, audited.vetoes, audited.open.len()), (5, 1, 0), "{audited:?}");
    assert_eq!(audited.kinds.get("consensus_cancelled"), Some(&1));
    assert_eq!(audited.kinds.get("consensus_late"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_panics_makes_its_journal_look_forged() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(options(&journal)).await;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    swarm.manager.register_algorithm(algorithm_name!("moody"), RuleAlgorithm::new(Moody)).unwrap();
    let mut ticket = swarm.manager.open(value!("x"), Ask::by(algorithm_name!("moody"))).await.unwrap();
    tokio::task::yield_now().await;
    for (voter, choice) in [("a", Choice::For), ("b", Choice::Against)] {
        let ballot = swarm.manager.ballot(ticket.proposal(), id(voter), choice).unwrap();
        let _: Result<_, VoteError> = swarm.manager.record_vote(ballot).await;
    }
    assert!(matches!(ticket.outcome().await, Err(RequestError::Panicked { .. })));
    swarm.manager.shutdown().await;
    let audited = audited(&journal).await;
    assert_eq!((audited.recomputed, audited.ended, audited.open.len()), (0, 1, 0), "{audited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_crash_in_the_middle_makes_a_journal_look_forged() {
    let journal = Arc::new(MemoryJournal::new());
    let clock = Arc::new(SteeredClock::new(Timestamp::from_unix_micros(1_000_000_000).unwrap()));
    let options = || ManagerOptions::default().with_journal(journal.clone()).with_clock(clock.clone());
    let coordinator = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let mut mailboxes = Vec::new();
    for name in ["a", "b", "c", "d"] {
        mailboxes.push(coordinator.join(id(name), Role::Member).await.unwrap());
    }
    let mut cast = 0_u64;
    for life in 0..4_u64 {
        let manager = ConsensusManager::with(coordinator.clone(), options()).await.unwrap();
        manager.register_algorithm(algorithm_name!("byzantine"), byzantine()).unwrap();
        let recovered = manager.recover().await.unwrap();
        assert!(recovered.lost.is_empty(), "{:?}", recovered.lost);
        // The clock is set back now and then.
        if life == 2 {
            clock.set(Timestamp::from_unix_micros(999_000_000).unwrap());
        }
        let names = [format!("quorum-{life}"), format!("byzantine-{life}")];
        let mut tickets = recovered.open;
        for (name, algorithm) in names.iter().zip(["quorum", "byzantine"]) {
            let ask = Ask::by(moai_core::AlgorithmName::new(algorithm).unwrap());
            tickets.push(manager.open(value!({"proposal_id": name.as_str()}), ask).await.unwrap());
        }
        tokio::task::yield_now().await;
        for ticket in &tickets {
            for voter in ["a", "b", "c", "d"].into_iter().skip(usize::try_from(cast % 3).unwrap()).take(2) {
                cast += 1;
                let choice = if cast.is_multiple_of(4) { Choice::Against } else { Choice::For };
                let ballot = manager.ballot(ticket.proposal(), id(voter), choice);
                if let Some(ballot) = ballot {
                    let _: Result<_, VoteError> = manager.record_vote(Ballot::because(ballot, "so I think")).await;
                }
            }
        }
        tokio::time::advance(Duration::from_secs(7)).await;
        clock.advance(Duration::from_secs(7));
        tokio::task::yield_now().await;
        manager.shutdown().await;
    }
    let manager = ConsensusManager::with(coordinator.clone(), options()).await.unwrap();
    manager.register_algorithm(algorithm_name!("byzantine"), byzantine()).unwrap();
    for mut ticket in manager.recover().await.unwrap().open {
        ticket.outcome().await.unwrap();
    }
    manager.shutdown().await;
    let audited = audited(&journal).await;
    assert_eq!((audited.recomputed, audited.open.len(), audited.abandoned), (8, 0, 0), "{audited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_journal_refuses_makes_the_rest_look_forged() {
    let limits = Limits { record_bytes: 4_096, ..Limits::default() };
    let journal = Arc::new(MemoryJournal::with_limits(limits));
    let swarm = Swarm::with(options(&journal)).await;
    let _silent = swarm.join("a").await;
    let mut large = swarm.manager.open(value!({"text": "x".repeat(10_000)}), Ask::new()).await.unwrap();
    // It waits behind what is refused.
    let ballot = swarm.manager.ballot(large.proposal(), id("a"), Choice::For);
    if let Some(ballot) = ballot {
        assert!(swarm.manager.record_vote(ballot).await.is_err());
    }
    assert!(large.outcome().await.is_err());
    swarm.manager.shutdown().await;
    let audited = audited(&journal).await;
    assert_eq!((audited.ended, audited.recomputed), (1, 0));
}

#[test]
fn an_audit_of_nothing_fails() {
    assert_eq!(Audit::new().finish().unwrap().records(), 0);
}
