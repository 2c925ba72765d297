//! Questions that are put again, tickets that outlive their vote, and lives that end in between.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moai_consensus::{
    Answer, Ask, Basis, Choice, ConsensusManager, Decision, Electorate, ManagerOptions, OnDeadline, Reply, Request,
    RequestError, Ruling, Voter, VoterError, VoterHandler, message_kinds, serve,
};
use moai_core::{Clock, Coordinator, Envelope, Journal, Limits, Role, SteeredClock, Timestamp, swarm_id, value};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};

use crate::deploy;
use crate::swarm::{Moving, Swarm, id};

fn failure(asked: &Envelope, cause: &str) -> Envelope {
    let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
    let (voter, proposal, cause) = (id("a"), request.proposal.id().clone(), cause.to_owned());
    let failed = Reply::Failed { voter, proposal, instance: request.instance, round: 1, cause };
    asked.reply(id("a"), message_kinds::VOTE, failed.to_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_the_first_vote_spoils_the_second_on_the_very_same_question() {
    let swarm = Swarm::new().await;
    let mut agent = swarm.join("a").await;
    let first = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    let asked = agent.recv().await.unwrap();
    first.cancel("asked too early");
    tokio::task::yield_now().await;
    let mut second = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    swarm.coordinator.send(asked.sender(), failure(&asked, "too late for the first")).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(second.progress().map(|progress| progress.outstanding), Some(1));
    // A ballot is the voter's word on the question, whoever asks and whenever.
    let request = Request::from_bytes(asked.payload(), &Limits::default()).unwrap();
    let ballot = Reply::Ballot(request.ballot(id("a"), Choice::For)).to_bytes();
    swarm.coordinator.send(asked.sender(), asked.reply(id("a"), message_kinds::VOTE, ballot)).await.unwrap();
    assert!(second.outcome().await.unwrap().is_approved());
}

/// Takes its time.
struct Slow(Duration);

#[async_trait]
impl Voter for Slow {
    async fn vote(&self, _: &Request) -> Result<Answer, VoterError> {
        tokio::time::sleep(self.0).await;
        Ok(Choice::For.into())
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_stops_the_thinking_for_somebody_else() {
    let swarm = Swarm::new().await;
    let other = ManagerOptions::default().with_id(id("other")).with_clock(Moving::clock());
    let other = ConsensusManager::with(swarm.coordinator.clone(), other).await.unwrap();
    let mailbox = swarm.join("a").await;
    let voter = VoterHandler::new(swarm_id!("swarm-001"), id("a"), Slow(Duration::from_secs(5)));
    let counts = voter.clone();
    tokio::spawn(serve(mailbox, swarm.coordinator.clone(), vec![Box::new(voter.with_clock(Moving::clock()))]));
    let ask = || Ask::new().proposed_by(id("lead"));
    let first = swarm.manager.open(deploy(), ask()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut second = other.open(deploy(), ask()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    first.cancel("nobody needs it");
    // And put again by the first: the word of the one thought is for all who wait.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let third = swarm.manager.request_consensus(deploy(), ask());
    let (second, third) = tokio::join!(second.outcome(), third);
    assert!(second.unwrap().is_approved() && third.unwrap().is_approved());
    assert_eq!((counts.counts().asked, counts.counts().stopped), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_old_ticket_cancels_a_new_vote_of_its_name() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let old = swarm.manager.open(deploy(), Ask::new().cancel_on_drop()).await.unwrap();
    old.cancel("asked too early");
    let new = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    old.cancel("once more");
    assert_eq!((old.progress(), new.progress().map(|progress| progress.outstanding)), (None, Some(1)));
    drop(old);
    assert_eq!(swarm.manager.open_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_is_not_told_of_the_end_of_the_manager() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join("a").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    assert!(ticket.progressed().await.is_some());
    let (watched, ()) = tokio::join!(ticket.progressed(), swarm.manager.shutdown());
    assert_eq!(watched, None);
    assert_eq!(ticket.outcome().await, Err(RequestError::Stopped));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_or_a_machine_that_slept_shifts_every_deadline_from_then_on() {
    let clock = Arc::new(SteeredClock::new(Timestamp::UNIX_EPOCH));
    let swarm = Swarm::with(ManagerOptions::default().with_clock(clock.clone())).await;
    let _silent = swarm.join("a").await;
    let ask = || Ask::new().within(Duration::from_secs(10));
    let mut before = swarm.manager.open(value!({"number": 1}), ask()).await.unwrap();
    clock.advance(Duration::from_secs(8 * 3_600));
    let begun = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(value!({"number": 2}), ask()).await.unwrap();
    assert_eq!(outcome.opened_at, clock.now());
    assert_eq!((outcome.decision, begun.elapsed().as_secs()), (Decision::Timeout, 10));
    // What was open goes on by the time it had.
    let outcome = before.outcome().await.unwrap();
    assert_eq!((outcome.opened_at, outcome.duration().as_secs()), (Timestamp::UNIX_EPOCH, 10));
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_has_no_room_for_a_moment_ends_every_vote() {
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let _member = swarm.join("a").await;
    let mut ticket = swarm.manager.open(deploy(), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    for fault in [Fault::Before, Fault::Before] {
        faults.next_write(fault);
    }
    let ballot = swarm.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    assert!(swarm.manager.record_vote(ballot).await.is_ok());
    assert!(ticket.outcome().await.unwrap().is_approved());
}

#[tokio::test(start_paused = true)]
async fn many_long_reasons_make_a_decision_that_cannot_be_recorded() {
    const VOTERS: usize = 1_500;
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone()).with_clock(Moving::clock());
    let swarm = Swarm::with(options()).await;
    let voters: Vec<_> = (0..VOTERS).map(|number| id(&format!("voter-{number:05}"))).collect();
    let ask = Ask::new().among(Electorate::of(voters.clone()).unwrap()).on_deadline(OnDeadline::DecideByCast);
    let mut ticket = swarm.manager.open(deploy(), ask).await.unwrap();
    tokio::task::yield_now().await;
    for (number, voter) in voters.into_iter().enumerate() {
        let choice = if number % 2 == 0 { Choice::Against } else { Choice::For };
        let Some(ballot) = swarm.manager.ballot(ticket.proposal(), voter, choice) else { break };
        let reason = if number == 1 { "short".to_owned() } else { "é".repeat(8 << 10) };
        if swarm.manager.record_vote(ballot.because(reason)).await.is_err() {
            break;
        }
    }
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(outcome.basis, Basis::Votes);
    let words: usize = outcome.dissent.iter().map(|dissent| dissent.reason.len()).sum();
    assert!(outcome.dissent.len() > 700 && words <= 256 << 10, "{} with {words} bytes", outcome.dissent.len());
    let first = &outcome.dissent[0];
    assert_eq!((first.choice, first.reason.as_str()), (Choice::For, "short"), "a short word is kept whole");
    swarm.manager.shutdown().await;
    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    assert_eq!(manager.recover().await.unwrap().decided, 1);
    // The whole reasons are with the ballots.
    let records = journal.read(1, 10_000).await.unwrap();
    assert!(records.iter().filter(|record| record.payload.len() > 16 << 10).count() > 700);
}

#[tokio::test(start_paused = true)]
async fn an_electorate_that_no_record_could_hold_is_asked_all_the_same() {
    let limits = Limits { record_bytes: 1 << 20, ..Limits::default() };
    let options = ManagerOptions::default().with_journal(Arc::new(MemoryJournal::new())).with_limits(limits);
    let swarm = Swarm::with(options).await;
    let many = Electorate::of((0..10_000).map(|number| id(&format!("voter-{number:05}")))).unwrap();
    let refused = swarm.manager.open(deploy(), Ask::new().among(many)).await.unwrap_err();
    assert!(refused.to_string().contains("record of the electorate"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_strangers_are_asked() {
    let journal = Arc::new(MemoryJournal::new());
    let options = || ManagerOptions::default().with_journal(journal.clone());
    let swarm = Swarm::with(options()).await;
    let (mut voter, mut stranger) = (swarm.join("a").await, swarm.join("x").await);
    let among = Ask::new().among(Electorate::of([id("a")]).unwrap());
    let _ticket = swarm.manager.open(deploy(), among).await.unwrap();
    voter.recv().await.unwrap();
    swarm.manager.shutdown().await;
    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    let _recovered = manager.recover().await.unwrap();
    assert_eq!(voter.recv().await.unwrap().kind().as_str(), "consensus_request");
    let heard = tokio::time::timeout(Duration::from_millis(1), stranger.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_gets_lost_because_the_manager_is_busy_for_a_moment() {
    let limits = Limits { service_mailbox: 1, ..Limits::default() };
    let coordinator = Arc::new(moai_core::LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits));
    let mut asker = coordinator.join(id("asker"), Role::Service).await.unwrap();
    let mailbox = coordinator.join(id("a"), Role::Member).await.unwrap();
    let voter = VoterHandler::new(swarm_id!("swarm-001"), id("a"), Slow(Duration::ZERO)).with_clock(Moving::clock());
    let agent = tokio::spawn(serve(mailbox, coordinator.clone(), vec![Box::new(voter)]));
    for number in 0..2 {
        let draft = moai_consensus::Draft::from(value!({"number": number}));
        let proposal = draft.identify(id("asker"), [0; 16], &Limits::default()).unwrap();
        let later = Timestamp::from_unix_micros(60_000_000).unwrap();
        let name = moai_core::algorithm_name!("quorum");
        let electorate = Electorate::of([id("a")]).unwrap();
        let opening = moai_consensus::Opening::new(proposal, electorate, name, Timestamp::UNIX_EPOCH, later);
        let question = Request::of(&opening, Ruling::new(format!("rule {number}")), 1).to_bytes();
        let none = moai_core::CorrelationId::from_bytes([0; 16]);
        let envelope = Envelope::new(swarm_id!("swarm-001"), id("asker"), message_kinds::REQUEST, none, question);
        coordinator.send(&id("a"), envelope).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..2 {
        let answer = tokio::time::timeout(Duration::from_secs(2), asker.recv()).await;
        assert_eq!(answer.unwrap().unwrap().kind(), &message_kinds::VOTE);
    }
    coordinator.leave(&id("a")).await.unwrap();
    assert_eq!(agent.await.unwrap().unsent, 0);
}
