//! What goes wrong while something is written down, or would be written down for ever.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{
    Ask, Ballot, Choice, ConsensusManager, ManagerOptions, Reply, RequestError, Taken, VoteError, message_kinds,
};
use moai_core::{
    Coordinator, CorrelationId, Digest, Envelope, Head, Journal, JournalError, Limits, NewRecord, Persistence, Record,
    Role, swarm_id, value,
};
use moai_store::{Faults, FaultyJournal, FaultyStore, MemoryJournal, MemoryStore};

use crate::deploy;
use crate::swarm::{Swarm, id};

/// A journal that is at hand, the one before it that fails or hangs on command, and the commands.
fn commanded() -> (Arc<MemoryJournal>, Arc<FaultyJournal>, Faults) {
    let (journal, faults) = (Arc::new(MemoryJournal::new()), Faults::new());
    (journal.clone(), Arc::new(FaultyJournal::new(journal, faults.clone())), faults)
}

async fn kinds(journal: &dyn Journal) -> Vec<String> {
    journal.read(1, 10_000).await.unwrap().iter().map(|record| record.kind.to_string()).collect()
}

fn count(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|other| *other == kind).count()
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_hangs_holds_up_the_shutdown_for_ever() {
    let (_, journal, faults) = commanded();
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let _member = swarm.join("a").await;
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let _hangs = faults.hold();
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    let manager = swarm.manager.clone();
    let voting = tokio::spawn(async move { manager.record_vote(ballot).await });
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    swarm.manager.shutdown().await;
    assert_eq!(before.elapsed(), Duration::from_secs(5), "the grace");
    match voting.await.unwrap() {
        Err(VoteError::NotTaken { why, .. }) => assert_eq!(*why, RequestError::Stopped),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_slow_is_cut_off_in_the_middle_of_a_shutdown() {
    let (journal, before_it, faults) = commanded();
    let swarm = Swarm::with(ManagerOptions::default().with_journal(before_it)).await;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let hangs = faults.hold();
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    let (voter, stopper) = (swarm.manager.clone(), swarm.manager.clone());
    let voting = tokio::spawn(async move { voter.record_vote(ballot).await });
    tokio::task::yield_now().await;
    let stopping = tokio::spawn(async move { stopper.shutdown().await });
    tokio::task::yield_now().await;
    hangs.release();
    stopping.await.unwrap();
    assert!(voting.await.unwrap().is_ok(), "it was recorded in time");
    assert_eq!(kinds(journal.as_ref()).await, ["consensus_opened", "consensus_ballot"]);
}

#[tokio::test(start_paused = true)]
async fn a_memory_that_hangs_holds_up_votes_and_shutdown() {
    let faults = Faults::new();
    let memory = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new().unwrap()), faults.clone()));
    let options = ManagerOptions::default().with_memory(memory).with_grace(Duration::from_secs(1));
    let swarm = Swarm::with(options).await;
    let _hangs = faults.hold();
    swarm.agent("a", Choice::For).await;
    for number in 0..3 {
        assert!(swarm.manager.request_consensus(value!({"number": number}), Ask::new()).await.unwrap().is_approved());
    }
    let before = tokio::time::Instant::now();
    swarm.manager.shutdown().await;
    assert_eq!(before.elapsed(), Duration::from_secs(1));
}

fn late(ballot: &Ballot, voter: &str, instance: Option<Digest>, choice: Choice) -> Ballot {
    let mut late = ballot.clone();
    late.voter = id(voter);
    late.instance = instance.unwrap_or(late.instance);
    late.choice = choice;
    late
}

#[tokio::test(start_paused = true)]
async fn strangers_and_repeaters_fill_the_record_with_ballots_that_come_too_late() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    for voter in ["a", "b"] {
        swarm.manager.record_vote(late(&ballot, voter, None, Choice::For)).await.unwrap();
    }
    ticket.outcome().await.unwrap();
    let elsewhere = Some(value!("another question").digest());
    for _ in 0..100 {
        let handed = [
            late(&ballot, "c", None, Choice::Against),
            late(&ballot, "c", None, Choice::For),
            late(&ballot, "stranger", None, Choice::For),
            late(&ballot, "b", elsewhere, Choice::For),
        ];
        for (ballot, code) in handed.into_iter().zip(["closed", "closed", "not_eligible", "wrong_electorate"]) {
            let refused = swarm.manager.record_vote(ballot).await.unwrap_err();
            assert_eq!(moai_core::Coded::code(&refused), format!("vote.{code}"));
        }
    }
    swarm.manager.shutdown().await;
    let kinds = kinds(journal.as_ref()).await;
    assert_eq!(count(&kinds, "consensus_late"), 1, "the first of who might have voted: {kinds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_voter_who_changes_its_mind_for_ever_fills_the_record() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    let _members = [swarm.join("a").await, swarm.join("b").await];
    let mut ticket = swarm.manager.open(deploy(), Ask::new().allow_changes()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    let choices = [Choice::For, Choice::Against].into_iter().cycle();
    let mut refused = 0;
    for choice in choices.take(201) {
        match swarm.manager.record_vote(late(&ballot, "a", None, choice)).await {
            Ok(receipt) => assert!(refused == 0 || receipt.taken == Taken::Again, "{receipt:?}"),
            Err(why) => {
                // What stands may still be repeated.
                assert!(matches!(why, VoteError::TooManyChanges { limit: 100, .. }), "{why}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 50, "every other one repeats what stands");
    swarm.manager.record_vote(late(&ballot, "b", None, Choice::For)).await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(outcome.votes_for, 2);
    assert_eq!(count(&kinds(journal.as_ref()).await, "consensus_ballot"), 102);
}

#[tokio::test(start_paused = true)]
async fn while_the_journal_is_slow_ballots_pile_up_without_a_bound() {
    const VOTERS: usize = 20_000;
    let (_, journal, faults) = commanded();
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let all = moai_consensus::QuorumAlgorithm::with_threshold(1.0).unwrap();
    swarm.manager.replace_algorithm(moai_core::algorithm_name!("quorum"), all);
    let electorate = (0..VOTERS).map(|number| id(&format!("voter-{number:05}")));
    let ask = Ask::new().among(moai_consensus::Electorate::of(electorate.clone()).unwrap());
    let mut ticket = swarm.manager.open(deploy(), ask).await.unwrap();
    tokio::task::yield_now().await;
    let hangs = faults.hold();
    let ballot = swarm.manager.ballot(ticket.proposal(), id("voter-00000"), Choice::For).unwrap();
    let ballot = ballot.because("x".repeat(2_000));
    let mut voting = Vec::new();
    for (number, voter) in electorate.enumerate() {
        let (manager, mut ballot) = (swarm.manager.clone(), ballot.clone());
        ballot.voter = voter.clone();
        if number % 2 == 0 {
            voting.push(tokio::spawn(async move { manager.record_vote(ballot).await }));
            continue;
        }
        // The other half sends its answers, as services: nobody asks them.
        let _mailbox = swarm.coordinator.join(voter.clone(), Role::Service).await.unwrap();
        let answer = Envelope::new(
            swarm_id!("swarm-001"),
            voter,
            message_kinds::VOTE,
            CorrelationId::from_bytes([0; 16]),
            Reply::Ballot(ballot).to_bytes(),
        );
        swarm.coordinator.send(&id("consensus-manager"), answer).await.unwrap();
    }
    for _ in 0..VOTERS {
        tokio::task::yield_now().await;
    }
    let taken = VOTERS as u64 - ticket.progress().map_or(0, |progress| progress.outstanding);
    assert!((8_000..15_000).contains(&taken), "{taken} were taken in before the journal went on");
    hangs.release();
    for vote in voting {
        let said = vote.await.unwrap();
        assert!(said.is_ok(), "{said:?}");
    }
    assert!(ticket.outcome().await.unwrap().is_approved());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_back_is_written_down() {
    let (journal, deep) = (Arc::new(MemoryJournal::new()), Limits { value_depth: 100, ..Limits::default() });
    let mut content = value!(0);
    for _ in 0..40 {
        content = value!([content]);
    }
    let without = Swarm::with(ManagerOptions::default().with_limits(deep.clone())).await;
    let _member = without.join("a").await;
    let _ticket = without.manager.open(content.clone(), Ask::new()).await.unwrap();

    let with = Swarm::with(ManagerOptions::default().with_limits(deep).with_journal(journal.clone())).await;
    let _member = with.join("a").await;
    assert!(matches!(with.manager.open(content, Ask::new()).await, Err(RequestError::Input(_))));
    assert_eq!(kinds(journal.as_ref()).await.len(), 0);
}

#[test]
fn who_waits_elsewhere_hangs_when_the_runtime_of_the_manager_goes() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first = runtime();
    let (mut ticket, manager) = first.block_on(async {
        let swarm = Swarm::new().await;
        let _member = swarm.join("a").await;
        (swarm.manager.open(deploy(), Ask::new()).await.unwrap(), swarm.manager)
    });
    let waiting = std::thread::spawn(move || runtime().block_on(ticket.outcome()));
    drop(first);
    assert_eq!(waiting.join().unwrap(), Err(RequestError::Stopped));
    drop(manager);
    // Nor does one hang whose tasks have never run.
    let first = runtime();
    let manager: ConsensusManager = {
        let _inside = first.enter();
        let swarm = std::pin::pin!(Swarm::new());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match swarm.poll(&mut context) {
            std::task::Poll::Ready(swarm) => swarm.manager,
            std::task::Poll::Pending => panic!("a local coordinator does not wait"),
        }
    };
    drop(first);
    assert!(matches!(runtime().block_on(manager.open(deploy(), Ask::new())), Err(RequestError::Stopped)));
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_slow_at_each_step_takes_many_graces_at_the_end() {
    let journal = Arc::new(Crawling(MemoryJournal::new()));
    let options = ManagerOptions::default().with_journal(journal).with_grace(Duration::from_secs(5));
    let swarm = Swarm::with(options).await;
    let _member = swarm.join("a").await;
    let mut tickets = Vec::new();
    for number in 0..5_000 {
        tickets.push(swarm.manager.open(value!({"number": number}), Ask::new()).await.unwrap());
    }
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    swarm.manager.shutdown().await;
    assert!(before.elapsed() <= Duration::from_secs(5), "{:?}", before.elapsed());
}

/// A journal that takes four seconds for whatever it takes in.
struct Crawling(MemoryJournal);

#[async_trait]
impl Journal for Crawling {
    fn persistence(&self) -> Persistence {
        self.0.persistence()
    }
    async fn append(&self, records: Vec<NewRecord>) -> Result<Head, JournalError> {
        tokio::time::sleep(Duration::from_secs(4)).await;
        self.0.append(records).await
    }
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.0.read(from, limit).await
    }
    async fn head(&self) -> Result<Head, JournalError> {
        self.0.head().await
    }
}
