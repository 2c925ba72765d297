//! Where keys come from, and what is asked for where there are some.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::Choice::{Against, For};
use moai_consensus::one_shot::Setting;
use moai_consensus::{
    Algorithm, Ask, Ballot, BallotFlaw, ByzantineConsensus, Certificate, CertificateFlaw, Claim, Domain, Ed25519,
    Elector, Electorate, Evidence, GossipAlgorithm, GossipConfig, GossipMode, GossipProtocol, ManagerOptions,
    OpenError, QuorumAlgorithm, RequestError, Signature, Signer, Terms, Threshold, Verifier, VoteError, VoterKey,
    WeightedAlgorithm,
};
use moai_core::{Coded, algorithm_name, proposal_id, value};

use crate::sessions::opening;
use crate::swarm::{Swarm, agent, deploy, key, keyed};

#[tokio::test(start_paused = true)]
async fn a_key_in_the_roster_is_forgotten_where_voters_are_given() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join(1).await;
    // Without keys as it is given: the manager knows them.
    let given = Electorate::of([agent(1), agent(2)]).unwrap();
    for ask in [Ask::new(), Ask::new().among(given)] {
        let ticket = swarm.manager.open(deploy(), ask.within(Duration::from_secs(1)).cancel_on_drop()).await.unwrap();
        let ballot = swarm.manager.ballot(ticket.proposal(), agent(1), For).unwrap();
        let refused = swarm.manager.record_vote(ballot.clone()).await;
        assert!(matches!(refused, Err(VoteError::Unsigned { .. })), "{refused:?}");
        swarm.manager.record_vote(ballot.sign(&key(1))).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_given_loses_to_the_roster() {
    let swarm = Swarm::new().await;
    let _silent = swarm.join(1).await;
    let given = Electorate::new([Elector::new(agent(1)).with_key(key(33).key())]).unwrap();
    let ticket = swarm.manager.open(deploy(), Ask::new().among(given)).await.unwrap();
    let ballot = swarm.manager.ballot(ticket.proposal(), agent(1), For).unwrap();
    let refused = swarm.manager.record_vote(ballot.clone().sign(&key(1))).await.unwrap_err();
    assert_eq!(refused.code(), "vote.bad_signature");
    assert!(matches!(refused, VoteError::BadSignature { flaw: BallotFlaw::BadSignature, .. }));
    swarm.manager.record_vote(ballot.sign(&key(33))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_has_no_key_must_sign_and_who_signs_needs_a_key() {
    let swarm = Swarm::new().await;
    let voters = ["one", "two", "three"].map(crate::swarm::id);
    let electorate = Electorate::of(voters.clone()).unwrap();
    let mut ticket = swarm.manager.open(deploy(), Ask::new().among(electorate)).await.unwrap();
    let ballot = |voter: usize, choice| swarm.manager.ballot(ticket.proposal(), voters[voter].clone(), choice).unwrap();
    swarm.manager.record_vote(ballot(0, For)).await.unwrap();
    swarm.manager.record_vote(ballot(0, For).sign(&key(1))).await.unwrap();
    // A signature that nothing can check proves nothing, whoever made it.
    let refused = swarm.manager.record_vote(ballot(0, Against).sign(&key(1))).await.unwrap_err();
    let VoteError::Conflicting(evidence) = refused else { panic!("{refused:?}") };
    assert!(!evidence.is_proof());
    swarm.manager.record_vote(ballot(1, For).sign(&key(2))).await.unwrap();
    assert!(ticket.outcome().await.unwrap().is_approved());
    assert!(ticket.certificate().is_none(), "there is nothing to prove");
}

#[test]
fn minds_may_be_changed_where_an_old_ballot_can_be_played_again() {
    let gossip = GossipProtocol::new(GossipConfig::new(GossipMode::Epidemic).unwrap());
    let algorithms: [&dyn moai_consensus::Algorithm; 4] = [
        &QuorumAlgorithm::new(),
        &WeightedAlgorithm::new(),
        &GossipAlgorithm::new(gossip, 0.5).unwrap(),
        &ByzantineConsensus::new(1, 3).unwrap(),
    ];
    for (number, algorithm) in algorithms.into_iter().enumerate() {
        assert!(algorithm.open(opening(keyed(4))).is_ok());
        let mut changing = opening(keyed(4));
        changing.changes_allowed = true;
        let refused = algorithm.open(changing).err().unwrap();
        // Where ballots are confirmed round by round that is refused anyway.
        assert!(refused == OpenError::SignedChanges || number == 3, "{refused:?}");
    }
    assert_eq!(OpenError::SignedChanges.code(), "consensus.signed_changes");
    assert_eq!(OpenError::NoVerifier.code(), "consensus.no_verifier");
}

/// Another scheme: whoever knows the key can sign.
struct Named(VoterKey);

fn named(key: &VoterKey, domain: &Domain, bytes: &[u8]) -> Signature {
    let hash =
        moai_core::DigestBuilder::new("test/named/1").bytes(key.as_bytes()).digest(&domain.message(bytes)).finish();
    let mut twice = [0; 64];
    twice[..32].copy_from_slice(hash.as_bytes());
    Signature::from_bytes(twice)
}

impl Signer for Named {
    fn key(&self) -> VoterKey {
        self.0
    }

    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
        named(&self.0, domain, bytes)
    }
}

/// Counts how often it is asked for a batch.
#[derive(Default)]
struct Names(std::sync::atomic::AtomicUsize);

impl Verifier for Names {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        named(key, domain, bytes) == *signature
    }

    fn failing(&self, batch: &[Claim<'_>]) -> Vec<usize> {
        self.0.fetch_max(batch.len(), std::sync::atomic::Ordering::SeqCst);
        let fails = |claim: &Claim<'_>| !self.verifies(claim.key, &claim.domain, claim.bytes, claim.signature);
        batch.iter().enumerate().filter(|(_, claim)| fails(claim)).map(|(place, _)| place).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn another_scheme_is_not_asked_or_asked_for_each_ballot_alone() {
    let names = Arc::new(Names::default());
    let swarm = Swarm::with(ManagerOptions::default().with_verifier(names.clone())).await;
    let signer = |number: u8| Named(VoterKey::from_bytes(*value!(u64::from(number)).digest().as_bytes()));
    let electorate =
        Electorate::new((1..=5).map(|number| Elector::new(agent(number)).with_key(signer(number).key()))).unwrap();
    for number in 1..=5 {
        swarm
            .liar(number, move |request, _| {
                vec![crate::swarm::sent(number, request.ballot(agent(number), For).sign(&signer(number)))]
            })
            .await;
    }
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new().among(electorate)).await.unwrap();
    assert!(outcome.is_approved());
    assert!(names.0.load(std::sync::atomic::Ordering::SeqCst) >= 3, "what arrives together is checked together");
    // Ed25519 would have refused all of them.
    assert_eq!(swarm.refused("vote.bad_signature"), 0);
}

#[tokio::test(start_paused = true)]
async fn weights_cost_a_voter_its_key() {
    let swarm = Swarm::new().await;
    let senior = WeightedAlgorithm::new().weigh(agent(1), 2.5).unwrap();
    swarm.manager.replace_algorithm(algorithm_name!("weighted"), senior);
    swarm.honest(1..=2, For).await;
    let ask = Ask::by(algorithm_name!("weighted")).among(keyed(2));
    let outcome = swarm.manager.request_consensus(deploy(), ask).await.unwrap();
    assert!(outcome.is_approved() && outcome.electorate.has_keys());
}

#[tokio::test(start_paused = true)]
async fn a_manager_refuses_for_an_algorithm_that_does_not_look_at_keys() {
    struct Careless;
    impl moai_consensus::Algorithm for Careless {
        fn open(&self, _: moai_consensus::Opening) -> Result<Box<dyn moai_consensus::Session>, OpenError> {
            panic!("it is opened")
        }
    }
    let swarm = Swarm::new().await;
    let _silent = swarm.join(1).await;
    swarm.manager.register_algorithm(algorithm_name!("careless"), Careless).unwrap();
    let ask = Ask::by(algorithm_name!("careless")).among(keyed(1)).allow_changes();
    let refused = swarm.manager.open(deploy(), ask).await.unwrap_err();
    assert!(matches!(refused, RequestError::Open(OpenError::SignedChanges)), "{refused:?}");
}

#[test]
fn one_key_counts_twice_under_two_names() {
    let both = || Electorate::new([1, 2].map(|number| Elector::new(agent(number)).with_key(key(1).key()))).unwrap();
    let refused = QuorumAlgorithm::new().open(opening(both())).map(drop).unwrap_err();
    assert_eq!(refused.code(), "input.duplicate_key");
    // Nor does a certificate that somebody makes up: nobody knows whose word it is.
    let proposal = opening(both()).proposal;
    let terms = Terms::new(proposal.digest(), both(), Threshold::MAJORITY);
    let ballot = |number| Ballot::new(agent(number), proposal.id().clone(), terms.instance(), For).sign(&key(1));
    let made_up = serde_json::json!({
        "proposal": proposal,
        "electorate": both(),
        "instance": terms.instance(),
        "decision": "approved",
        "ballots": [ballot(1), ballot(2)],
        "evidence": [],
    });
    let made_up: Certificate = serde_json::from_value(made_up).unwrap();
    assert_eq!(made_up.verify(&terms, &Ed25519), Err(CertificateFlaw::NoKey(agent(1))));
}

#[test]
fn ballots_on_two_proposals_contradict_each_other() {
    let proposal = opening(keyed(3)).proposal;
    let instance = Terms::new(proposal.digest(), keyed(3), Threshold::MAJORITY).instance();
    let on = |id, choice| Ballot::new(agent(1), id, instance, choice).sign(&key(1));
    let (here, there) = (on(proposal.id().clone(), For), on(proposal_id!("another"), Against));
    assert_eq!(Evidence::of(&here, &there), None);
    assert!(Evidence::of(&here, &on(proposal.id().clone(), Against)).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_anybody_can_sign_for_votes() {
    let small = VoterKey::from_bytes([0; 32]);
    let elector =
        |number: u8| Elector::new(agent(number)).with_key(if number == 2 { small } else { key(number).key() });
    let electorate = Electorate::new((1..=3).map(elector)).unwrap();
    let small_order = OpenError::SmallOrder { voter: agent(2) };
    let refused = Err(small_order.clone());
    // By hand, under whatever algorithm.
    assert_eq!(opening(electorate.clone()).check_keys(), refused);
    let session = QuorumAlgorithm::new().open(opening(electorate.clone())).map(drop);
    assert_eq!(session, refused);
    assert_eq!(small_order.code(), "consensus.small_order");
    // By a manager.
    let swarm = Swarm::new().await;
    let refused = swarm.manager.open(deploy(), Ask::new().among(electorate.clone())).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), "consensus.small_order", "{refused}");
    assert!(refused.to_string().contains(agent(2).as_str()), "{refused}");
    // Without a coordinator.
    let asked = opening(electorate.clone());
    let rule = moai_consensus::Rule::shared(Threshold::MAJORITY);
    let setting = Setting::new(&asked.proposal, electorate, rule, 0, asked.deadline, Duration::from_millis(100));
    assert_eq!(setting.map(drop), Err(OpenError::SmallOrder { voter: agent(2) }));
}
