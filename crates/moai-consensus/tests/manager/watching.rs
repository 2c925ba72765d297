//! A vote that is watched from without, and a rule that looks back at it from within.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use moai_consensus::{
    Algorithm, Ask, Choice, ConsensusManager, FinalTally, OpenError, Opening, RequestError, Rule, RuleAlgorithm,
    Session, Ticket, Unanimous, VoteError, Why,
};
use moai_core::{Coded, algorithm_name, value};

use crate::codes::Rash;
use crate::deploy;
use crate::swarm::{Swarm, id};

async fn vote(manager: &ConsensusManager, ticket: &Ticket, voter: &str) {
    let ballot = manager.ballot(ticket.proposal(), id(voter), Choice::For).unwrap();
    manager.record_vote(ballot).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_hears_of_each_vote_and_of_the_end() {
    let swarm = Swarm::new().await;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    assert_eq!(ticket.progressed().await.map(|progress| progress.outstanding), Some(3));
    let waited = tokio::time::timeout(Duration::from_secs(1), ticket.progressed()).await;
    assert!(waited.is_err(), "nothing has happened: {waited:?}");
    let manager = swarm.manager.clone();
    let second = swarm.manager.ballot(ticket.proposal(), id("b"), Choice::Against).unwrap();
    let watcher = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(progress) = ticket.progressed().await {
            seen.push((progress.in_favour, progress.against, progress.outstanding));
        }
        (seen, ticket)
    });
    let mut first = second.clone();
    (first.voter, first.choice) = (id("a"), Choice::For);
    for ballot in [first, second] {
        tokio::task::yield_now().await;
        manager.record_vote(ballot).await.unwrap();
    }
    tokio::task::yield_now().await;
    let third = manager.ballot(&moai_core::proposal_id!("deploy-v2.0"), id("c"), Choice::For).unwrap();
    manager.record_vote(third).await.unwrap();
    let (seen, mut ticket) = watcher.await.unwrap();
    assert_eq!(seen, [(1, 0, 2), (1, 1, 1)]);
    assert!(ticket.outcome().await.unwrap().is_approved());
}

/// Looks at its own vote, and at another, and tries to vote in both, while it judges.
struct Meddler(Arc<OnceLock<ConsensusManager>>, Arc<OnceLock<Ticket>>, Arc<Mutex<Vec<String>>>);

impl Rule for Meddler {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (Some(manager), Some(other)) = (self.0.get(), self.1.get()) else { return Unanimous.holds(tally) };
        let its = manager.ballot(&moai_core::proposal_id!("deploy-v2.0"), id("a"), Choice::For);
        let others = manager.ballot(other.proposal(), id("a"), Choice::For).unwrap();
        for ballot in its.into_iter().chain([others]) {
            let mut recorded = std::pin::pin!(manager.record_vote(ballot));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let said = match recorded.as_mut().poll(&mut context) {
                std::task::Poll::Ready(Err(why)) => why.code().to_owned(),
                ready => format!("{ready:?}"),
            };
            self.2.lock().unwrap().push(said);
        }
        other.cancel("from within");
        assert_eq!(other.progress().map(|progress| progress.outstanding), Some(1));
        Unanimous.holds(tally)
    }
    fn words(&self) -> String {
        "everybody, and meddling".into()
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_votes_while_it_judges_locks_everything_up() {
    let swarm = Swarm::new().await;
    let _member = swarm.join("a").await;
    let (manager, other, said) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()), Arc::default());
    let meddler = Meddler(manager.clone(), other.clone(), Arc::clone(&said));
    swarm.manager.register_algorithm(algorithm_name!("meddler"), RuleAlgorithm::new(meddler)).unwrap();
    let ticket = swarm.manager.open(deploy(), Ask::by(algorithm_name!("meddler"))).await.unwrap();
    manager.set(swarm.manager.clone()).unwrap();
    other.set(swarm.manager.open(value!({"number": 2}), Ask::new()).await.unwrap()).unwrap();
    vote(&swarm.manager, &ticket, "a").await;
    let said = said.lock().unwrap();
    assert!(!said.is_empty() && said.iter().all(|said| said == "vote.not_taken"), "{said:?}");
    assert_eq!(other.get().unwrap().progress().map(|progress| progress.outstanding), Some(1));
}

/// Panics as soon as it is asked for a session.
struct Stumbles;

impl Algorithm for Stumbles {
    fn open(&self, _: Opening) -> Result<Box<dyn Session>, OpenError> {
        panic!("nobody expected a question")
    }
}

#[tokio::test(start_paused = true)]
async fn an_algorithm_that_panics_when_it_is_opened_takes_the_caller_with_it() {
    let swarm = Swarm::new().await;
    let _member = swarm.join("a").await;
    swarm.manager.register_algorithm(algorithm_name!("stumbles"), Stumbles).unwrap();
    let refused = swarm.manager.open(deploy(), Ask::by(algorithm_name!("stumbles"))).await;
    assert!(matches!(refused, Err(RequestError::Panicked { .. })), "{refused:?}");
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    vote(&swarm.manager, &ticket, "a").await;
}

#[tokio::test(start_paused = true)]
async fn whose_vote_made_it_panic_and_whoever_comes_later_are_told_that_nothing_is_known() {
    let swarm = Swarm::new().await;
    let _members = [swarm.join("a").await, swarm.join("b").await];
    swarm.manager.register_algorithm(algorithm_name!("rash"), RuleAlgorithm::new(Rash::default())).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::by(algorithm_name!("rash"))).await.unwrap();
    let ballots = ["a", "b"].map(|voter| swarm.manager.ballot(ticket.proposal(), id(voter), Choice::For).unwrap());
    for ballot in ballots {
        match swarm.manager.record_vote(ballot).await {
            Err(VoteError::NotTaken { why, .. }) => assert!(matches!(*why, RequestError::Panicked { .. }), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(ticket.outcome().await, Err(RequestError::Panicked { .. })));
}

/// Lets a first vote wait inside of the rule until a second one waits at the door, and then panics.
struct Trap {
    asked: std::sync::atomic::AtomicUsize,
    inside: std::sync::Barrier,
}

impl Rule for Trap {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        // It is asked twice at the opening, for the best and the worst that can happen.
        if self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2 {
            self.inside.wait();
            std::thread::yield_now();
            panic!("nobody expected a vote")
        }
        Unanimous.holds(tally)
    }
    fn words(&self) -> String {
        "everybody, in a trap".into()
    }
    fn extremes(&self) -> moai_consensus::Extremes {
        moai_consensus::Extremes::FOR_HELPS
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_panicked_goes_on_with_whoever_waited_for_it() {
    let journal = Arc::new(moai_store::MemoryJournal::new());
    let swarm = Swarm::with(moai_consensus::ManagerOptions::default().with_journal(journal.clone())).await;
    let _members = [swarm.join("a").await, swarm.join("b").await];
    let trap = Arc::new(Trap { asked: 0.into(), inside: std::sync::Barrier::new(2) });
    struct Shared(Arc<Trap>);
    impl Rule for Shared {
        fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
            self.0.holds(tally)
        }
        fn words(&self) -> String {
            self.0.words()
        }
        fn extremes(&self) -> moai_consensus::Extremes {
            self.0.extremes()
        }
    }
    swarm.manager.register_algorithm(algorithm_name!("trap"), RuleAlgorithm::new(Shared(trap.clone()))).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::by(algorithm_name!("trap"))).await.unwrap();
    let ballots = ["a", "b"].map(|voter| swarm.manager.ballot(ticket.proposal(), id(voter), Choice::For).unwrap());
    let [first, second] = ballots.map(|ballot| {
        let manager = swarm.manager.clone();
        async move { manager.record_vote(ballot).await }
    });
    let first = tokio::spawn(first);
    // The second is at the door, or about to be.
    let second = tokio::spawn(async move {
        tokio::task::spawn_blocking(move || trap.inside.wait()).await.unwrap();
        second.await
    });
    for said in [first.await.unwrap(), second.await.unwrap()] {
        match said {
            Err(VoteError::NotTaken { why, .. }) => assert!(matches!(*why, RequestError::Panicked { .. }), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(ticket.outcome().await, Err(RequestError::Panicked { .. })));
    swarm.manager.shutdown().await;
    let records = moai_core::Journal::read(journal.as_ref(), 1, 10).await.unwrap();
    let kinds: Vec<_> = records.iter().map(|record| record.kind.as_str().to_owned()).collect();
    assert_eq!(kinds, ["consensus_opened", "consensus_ended"]);
}

/// A session whose getters panic.
struct Prickly(moai_core::ProposalId);

impl Session for Prickly {
    fn handle(&mut self, _: moai_core::Timestamp, _: moai_consensus::Input) -> Vec<moai_consensus::Output> {
        Vec::new()
    }
    fn proposal(&self) -> &moai_core::ProposalId {
        &self.0
    }
    fn outcome(&self) -> Option<&Arc<moai_consensus::Outcome>> {
        panic!("do not touch")
    }
    fn round(&self) -> u32 {
        panic!("do not touch")
    }
    fn tally(&self) -> Option<&moai_consensus::Tally> {
        panic!("do not touch")
    }
}

/// Opens it.
struct Prickles;

impl Algorithm for Prickles {
    fn open(&self, opening: Opening) -> Result<Box<dyn Session>, OpenError> {
        Ok(Box::new(Prickly(opening.proposal.id().clone())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_getter_that_panics_takes_the_manager_with_it() {
    let swarm = Swarm::new().await;
    swarm.agent("a", Choice::For).await;
    swarm.manager.register_algorithm(algorithm_name!("prickles"), Prickles).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::by(algorithm_name!("prickles"))).await.unwrap();
    assert_eq!((ticket.progress(), swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For)), (None, None));
    let ended = ticket.outcome().await;
    assert!(matches!(ended, Err(RequestError::Undecided { .. })), "{ended:?}");
    assert!(swarm.manager.request_consensus(value!({"number": 2}), Ask::new()).await.unwrap().is_approved());
}
