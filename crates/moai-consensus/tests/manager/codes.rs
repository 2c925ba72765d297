//! Every code of a refusal is met by something that really goes wrong, and every text ends with what state is left.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use moai_consensus::{
    AlgorithmTaken, Ask, Choice, ConsensusManager, Domain, Elector, Electorate, Evidence, Extremes, FinalTally,
    ManagerOptions, RecoverError, Reply, RequestError, Rule, RuleAlgorithm, Signature, Signer, Unanimous, Verifier,
    VoteError, VoterKey, Why, blocking, message_kinds,
};
use moai_core::{
    Aftermath, Chance, ChanceError, Coded, Coordinator, CorrelationId, Envelope, Journal, LocalCoordinator, NewRecord,
    Timestamp, algorithm_name, proposal_id, record_kind, swarm_id, value,
};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};

use crate::algorithms::Forgets;
use crate::swarm::{Swarm, id};

#[derive(Default)]
struct Met(BTreeSet<&'static str>);

impl Met {
    #[track_caller]
    fn note<T>(&mut self, code: &'static str, result: Result<T, impl Coded>) {
        let Err(error) = result else { panic!("{code} was to be met") };
        assert_eq!(error.code(), code, "{error}");
        let text = error.to_string();
        assert!(text.ends_with(&error.aftermath().to_string()), "{text:?} does not say what state is left");
        self.0.insert(code);
    }

    #[track_caller]
    fn are_all_of(&self, codes: &[&'static str]) {
        let missing: Vec<_> = codes.iter().filter(|code| !self.0.contains(*code)).collect();
        assert!(missing.is_empty(), "never met: {missing:?}");
    }
}

/// A scheme by which nothing is ever signed.
struct Nothing;

impl Signer for Nothing {
    fn key(&self) -> VoterKey {
        VoterKey::from_bytes(*value!("nobody's").digest().as_bytes())
    }

    fn sign(&self, _: &Domain, _: &[u8]) -> Signature {
        Signature::from_bytes([0; 64])
    }
}

impl Verifier for Nothing {
    fn verifies(&self, _: &VoterKey, _: &Domain, _: &[u8], _: &Signature) -> bool {
        false
    }
}

fn correlation() -> CorrelationId {
    CorrelationId::from_bytes([7; 16])
}

#[tokio::test(start_paused = true)]
async fn a_code_of_a_refused_vote_is_never_met() {
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let options = ManagerOptions::default().with_journal(journal).with_verifier(Arc::new(Nothing));
    let swarm = Swarm::with(options).await;
    let manager = &swarm.manager;
    let _members = [swarm.join("a").await, swarm.join("b").await, swarm.join("c").await];
    let open = async |name: &str| {
        let ticket = manager.open(value!({"proposal_id": name}), Ask::new()).await.unwrap();
        tokio::task::yield_now().await;
        ticket
    };
    let mut met = Met::default();
    let first = open("first").await;
    let ballot = |voter, choice| manager.ballot(first.proposal(), id(voter), choice).unwrap();
    let mut unknown = ballot("a", Choice::For);
    unknown.proposal = proposal_id!("nothing-of-that-name");
    met.note("vote.unknown_proposal", manager.record_vote(unknown).await);
    met.note("vote.not_eligible", manager.record_vote(ballot("stranger", Choice::For)).await);
    met.note("vote.no_veto", manager.veto(first.proposal().clone(), id("a"), "no").await);
    let mut elsewhere = ballot("a", Choice::For);
    elsewhere.instance = value!(0).digest();
    met.note("vote.wrong_electorate", manager.record_vote(elsewhere).await);
    met.note("vote.wrong_round", manager.record_vote(ballot("a", Choice::For).in_round(7)).await);
    let long = ballot("a", Choice::For).because("a".repeat(10 << 20));
    met.note("vote.malformed", manager.record_vote(long).await);
    manager.record_vote(ballot("a", Choice::For)).await.unwrap();
    met.note("vote.conflicting", manager.record_vote(ballot("a", Choice::Against)).await);
    manager.record_failure(first.proposal().clone(), id("b"), "it panicked").await.unwrap();
    met.note("vote.spent", manager.record_vote(ballot("b", Choice::For)).await);
    let (third, late) = (ballot("c", Choice::Against), ballot("c", Choice::For));
    manager.record_vote(third).await.unwrap();
    met.note("vote.closed", manager.record_vote(late.clone()).await);
    tokio::time::advance(Ask::TIMEOUT).await;
    met.note("vote.late", manager.record_vote(late).await);

    let mut changing = manager.open(value!({"proposal_id": "changing"}), Ask::new().allow_changes()).await.unwrap();
    tokio::task::yield_now().await;
    for choice in [Choice::For, Choice::Against].into_iter().cycle().take(101) {
        manager.record_vote(manager.ballot(changing.proposal(), id("a"), choice).unwrap()).await.unwrap();
    }
    let once_more = manager.ballot(changing.proposal(), id("a"), Choice::Against).unwrap();
    met.note("vote.too_many_changes", manager.record_vote(once_more.clone()).await);
    changing.cancel("it never ends");
    changing.outcome().await.unwrap();

    let keyed = Electorate::new([Elector::new(id("a")).with_key(Nothing.key())]).unwrap();
    let signed = manager.open(value!({"proposal_id": "signed"}), Ask::new().among(keyed)).await.unwrap();
    let ballot = |choice| manager.ballot(signed.proposal(), id("a"), choice).unwrap();
    met.note("vote.unsigned", manager.record_vote(ballot(Choice::For)).await);
    met.note("vote.bad_signature", manager.record_vote(ballot(Choice::For).sign(&Nothing)).await);
    let evidence = Evidence::of(&ballot(Choice::For).sign(&Nothing), &ballot(Choice::Against).sign(&Nothing));
    met.note("vote.bad_evidence", manager.record_evidence(evidence.unwrap()).await);
    let (proposal, voter, from) = (signed.proposal().clone(), id("a"), id("b"));
    // Nobody waits for what becomes of a message: it is counted.
    let bytes = Reply::Ballot(ballot(Choice::For)).to_bytes();
    let forged = Envelope::new(swarm_id!("swarm-001"), from.clone(), message_kinds::VOTE, correlation(), bytes);
    swarm.coordinator.send(&id("consensus-manager"), forged).await.unwrap();
    while !manager.get_algorithm_stats().refused_answers.contains_key("vote.other_name") {
        tokio::task::yield_now().await;
    }
    met.note("vote.other_name", Err::<(), _>(VoteError::OtherName { proposal, voter, from }));

    let mut second = open("second").await;
    faults.next_write(Fault::During { applied: false });
    let ballot = manager.ballot(second.proposal(), id("a"), Choice::For).unwrap();
    met.note("vote.not_recorded", manager.record_vote(ballot).await);
    let ended = second.outcome().await.unwrap_err();
    assert_eq!((ended.code(), ended.aftermath()), ("journal.failed", Aftermath::StopThisAgent));
    assert!(ended.to_string().ends_with("stop this agent"), "{ended}");
    let mut nothing_of_it = once_more;
    nothing_of_it.proposal = proposal_id!("never-asked");
    met.note("vote.not_taken", manager.record_vote(nothing_of_it).await);
    met.are_all_of(VoteError::CODES);
}

/// A machine that is without chance at first.
#[derive(Default)]
struct Late(AtomicUsize);

impl Chance for Late {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), ChanceError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Err(ChanceError::new("there is none")),
            _ => moai_core::SystemChance.fill(bytes),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_of_a_refused_question_is_never_met() {
    let options = ManagerOptions::default().with_most_open(1).with_chance(Arc::new(Late::default()));
    let swarm = Swarm::with(options).await;
    let _silent = swarm.join("a").await;
    let manager = &swarm.manager;
    let named = |name: &str| value!({"proposal_id": name});
    let mut met = Met::default();
    met.note("consensus.unknown_algorithm", manager.open(named("a"), Ask::by(algorithm_name!("majority"))).await);
    met.note("chance.unavailable", manager.open(value!({"action": "deploy"}), Ask::new()).await);
    met.note("input.bad_character", manager.open(named("Not a name"), Ask::new()).await);
    let _open = manager.open(named("a"), Ask::new()).await.unwrap();
    met.note("consensus.already_open", manager.open(named("a"), Ask::new()).await);
    met.note("consensus.too_many_open", manager.open(named("b"), Ask::new()).await);
    let second = moai_consensus::ConsensusManager::new(swarm.coordinator.clone()).await;
    met.note("coordinator.already_joined", second);
    met.note("consensus.runtime", blocking::ConsensusManager::new(swarm.coordinator.clone()));
    let ask = Ask::by(algorithm_name!("rash")).among(Electorate::of([id("a")]).unwrap());
    // Another swarm's manager: this one has as much open as it may.
    let other = Swarm::new().await;
    other.manager.register_algorithm(algorithm_name!("rash"), RuleAlgorithm::new(Rash::default())).unwrap();
    let _member = other.join("a").await;
    let mut ticket = other.manager.open(named("rash"), ask).await.unwrap();
    let ballot = other.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    assert!(other.manager.record_vote(ballot).await.is_err());
    met.note("consensus.panicked", ticket.outcome().await);
    other.manager.register_algorithm(algorithm_name!("forgets"), Forgets).unwrap();
    let mut ticket = other.manager.open(named("forgets"), Ask::by(algorithm_name!("forgets"))).await.unwrap();
    met.note("consensus.undecided", ticket.outcome().await);
    let journal = Arc::new(MemoryJournal::new());
    let life = async |threshold: f64| {
        let options = ManagerOptions::default().with_journal(journal.clone());
        let swarm = Swarm::with(options).await;
        let quorum = moai_consensus::QuorumAlgorithm::with_threshold(threshold).unwrap();
        swarm.manager.replace_algorithm(algorithm_name!("quorum"), quorum);
        swarm
    };
    let first = life(0.5).await;
    let _members = [first.join("a").await, first.join("b").await, first.join("c").await];
    let ticket = first.manager.open(named("changed"), Ask::new()).await.unwrap();
    tokio::task::yield_now().await;
    let ballot = first.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    first.manager.record_vote(ballot).await.unwrap();
    first.manager.register_algorithm(algorithm_name!("rash"), RuleAlgorithm::new(Rash::default())).unwrap();
    let ticket = first.manager.open(named("rash"), Ask::by(algorithm_name!("rash"))).await.unwrap();
    let ballot = first.manager.ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    assert!(first.manager.record_vote(ballot.clone()).await.is_err());
    first.manager.shutdown().await;
    let second = life(0.6).await;
    let mut recovered = second.manager.recover().await.unwrap();
    assert_eq!(recovered.lost.len(), 1, "{recovered:?}");
    met.note("consensus.changed", Err::<(), _>(recovered.lost.remove(0).1));
    match second.manager.record_vote(ballot).await {
        Err(VoteError::NotTaken { why, .. }) => met.note("consensus.abandoned", Err::<(), _>(*why)),
        other => panic!("{other:?}"),
    }
    manager.shutdown().await;
    met.note("consensus.stopped", manager.open(named("c"), Ask::new()).await);
    met.are_all_of(RequestError::CODES);
}

/// Panics at the first vote: it is asked twice before, for the best and the worst that can happen.
#[derive(Default)]
pub(crate) struct Rash(AtomicUsize);

impl Rule for Rash {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) < 2, "nobody expected a vote");
        Unanimous.holds(tally)
    }
    fn words(&self) -> String {
        "everybody, rashly".into()
    }
    fn extremes(&self) -> Extremes {
        Extremes::FOR_HELPS
    }
}

/// Looks at the manager while it judges.
struct Curious(Arc<OnceLock<ConsensusManager>>);

impl Rule for Curious {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let manager = self.0.get().expect("it is set before anything is asked");
        let _ = (manager.open_count(), manager.get_algorithm_stats(), manager.algorithms());
        Unanimous.holds(tally)
    }
    fn words(&self) -> String {
        "everybody, and a look around".into()
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_panics_ends_its_own_vote_and_the_manager_goes_on() {
    let swarm = Swarm::new().await;
    swarm.agent("a", Choice::For).await;
    swarm.manager.register_algorithm(algorithm_name!("rash"), RuleAlgorithm::new(Rash::default())).unwrap();
    let ended = swarm.manager.request_consensus(value!({"number": 1}), Ask::by(algorithm_name!("rash"))).await;
    assert!(matches!(ended, Err(RequestError::Panicked { .. })), "{ended:?}");
    assert_eq!(swarm.manager.open_count(), 0);
    let outcome = swarm.manager.request_consensus(value!({"number": 2}), Ask::new()).await.unwrap();
    assert!(outcome.is_approved());
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_looks_at_the_manager_does_not_deadlock() {
    let swarm = Swarm::new().await;
    swarm.agent("a", Choice::For).await;
    let manager = Arc::new(OnceLock::new());
    manager.set(swarm.manager.clone()).unwrap();
    swarm.manager.register_algorithm(algorithm_name!("curious"), RuleAlgorithm::new(Curious(manager))).unwrap();
    let outcome = swarm.manager.request_consensus(value!({}), Ask::by(algorithm_name!("curious"))).await.unwrap();
    assert!(outcome.is_approved());
}

#[tokio::test(start_paused = true)]
async fn a_code_of_a_failed_recovery_is_never_met() {
    let mut met = Met::default();
    let swarm = Swarm::new().await;
    met.note("consensus.no_journal", swarm.manager.recover().await);
    let journal = Arc::new(MemoryJournal::new());
    let rubbish = NewRecord::new(record_kind!("consensus_ballot"), Timestamp::UNIX_EPOCH, "rubbish");
    let foreign = NewRecord::new(record_kind!("diary"), Timestamp::UNIX_EPOCH, "rubbish too, but not ours");
    journal.append(vec![foreign, rubbish]).await.unwrap();
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal)).await;
    let refused = swarm.manager.recover().await;
    assert!(matches!(refused, Err(RecoverError::BadRecord { seq: 2, .. })), "{refused:?}");
    met.note("consensus.bad_record", refused);
    met.are_all_of(RecoverError::CODES);
}

#[test]
fn callers_without_a_runtime_get_real_answers() {
    let mut met = Met::default();
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = blocking::ConsensusManager::new(swarm.clone()).unwrap();
    let taken = manager.register_algorithm(algorithm_name!("unanimous"), RuleAlgorithm::new(Unanimous));
    met.note("consensus.algorithm_taken", taken);
    met.are_all_of(AlgorithmTaken::CODES);
    let among = Electorate::new([Elector::new(id("a")), Elector::new(id("b"))]).unwrap();
    let agents = std::thread::spawn({
        let handle = manager.handle().clone();
        move || {
            let proposal = proposal_id!("deploy-v2.0");
            for voter in ["a", "b"] {
                let ballot = loop {
                    match handle.ballot(&proposal, id(voter), Choice::For) {
                        Some(ballot) => break ballot,
                        None => std::thread::yield_now(),
                    }
                };
                tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap()
                    .block_on(handle.record_vote(ballot))
                    .unwrap();
            }
        }
    });
    let ask = Ask::by(algorithm_name!("unanimous")).among(among);
    let outcome = manager.request_consensus(value!({"proposal_id": "deploy-v2.0"}), ask).unwrap();
    agents.join().unwrap();
    assert!(outcome.is_approved());
    assert_eq!(manager.get_algorithm_stats().all.approved, 1);
}

#[test]
fn a_blocking_manager_is_misused_inside_of_a_runtime_and_dropped_anywhere() {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = blocking::ConsensusManager::new(swarm.clone()).unwrap();
    let among = Ask::new().among(Electorate::of([id("a")]).unwrap());
    let mut ticket = manager.run(manager.handle().open(value!({"action": "deploy"}), among)).unwrap().unwrap();
    let ballot = manager.handle().ballot(ticket.proposal(), id("a"), Choice::For).unwrap();
    let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
    other.block_on(async {
        let refused = manager.record_vote(ballot.clone()).unwrap_err();
        assert_eq!(refused.code(), "vote.not_taken", "{refused}");
        assert_eq!(manager.request_consensus(value!({}), Ask::new()).unwrap_err().code(), "consensus.runtime");
    });
    assert_eq!(manager.record_vote(ballot).unwrap().decided, Some(moai_consensus::Decision::Approved));
    assert!(manager.run(ticket.outcome()).unwrap().unwrap().is_approved());
    let handle = manager.handle().clone();
    drop(manager);
    assert_eq!(other.block_on(handle.open(value!({}), Ask::new())).unwrap_err().code(), "consensus.stopped");
    // It has left the swarm, so the name is free again; and it may be dropped where nothing may be waited for.
    let manager = blocking::ConsensusManager::new(swarm).unwrap();
    other.block_on(async { drop(manager) });
}
