//! Votes whose voters sign, beside the checking of as many signatures alone.

use std::sync::Arc;

use moai_consensus::{
    Ask, Ballot, Choice, Claim, ConsensusManager, Domain, Ed25519, Elector, Electorate, ManagerOptions, Proven,
    QuorumAlgorithm, Ratio, Reply, Request, Signature, Signer, SigningKey, Terms, Threshold, Verifier, VoterKey,
    message_kinds,
};
use moai_core::{
    AgentId, Coordinator, Envelope, Limits, LocalCoordinator, Mailbox, Role, algorithm_name, swarm_id, value,
};
use tokio::runtime::{Builder, Runtime};

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

const VOTERS: u8 = 100;

pub(super) fn run(report: &mut Report) {
    // From the arrival of all ballots to the decision: signing them is the voters' part.
    Contest::new("signed-decision-100", Unit::Time, decision())
        .peer("batched-verification", 1.0 / 1.3, |gauge| checking(gauge, true))
        .peer("one-by-one", None, |gauge| checking(gauge, false))
        .run(report);
    // All of it in one thread: the question goes out, each voter signs, the manager checks and decides.
    Contest::new("signed-vote-100", Unit::Time, whole())
        .peer("signing-and-batched-verification", None, |gauge| {
            signing(gauge);
        })
        .run(report);
    Contest::new("certificate-100", Unit::Time, certificate())
        .peer("batched-verification", None, |gauge| checking(gauge, true))
        .run(report);
}

fn name(number: u8) -> AgentId {
    AgentId::new(format!("agent-{number:03}")).expect("a name")
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes([number; 32])
}

fn electorate() -> Electorate {
    Electorate::new((0..VOTERS).map(|number| Elector::new(name(number)).with_key(key(number).key())))
        .expect("an electorate")
}

/// A swarm in which all are needed for a decision, and the mailboxes of its members.
struct World {
    runtime: Runtime,
    swarm: Arc<LocalCoordinator>,
    manager: ConsensusManager,
    mailboxes: Vec<Box<dyn Mailbox>>,
    keys: Vec<SigningKey>,
    voters: Electorate,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let (swarm, manager, mailboxes) = runtime.block_on(async {
            let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
            let manager = ConsensusManager::with(swarm.clone(), ManagerOptions::default()).await.expect("a manager");
            let all = QuorumAlgorithm::with_threshold(Ratio::ONE).expect("a threshold");
            manager.replace_algorithm(algorithm_name!("quorum"), all);
            let mut mailboxes = Vec::new();
            for number in 0..VOTERS {
                mailboxes.push(swarm.join(name(number), Role::Member).await.expect("a member"));
            }
            (swarm, manager, mailboxes)
        });
        Self { runtime, swarm, manager, mailboxes, keys: (0..VOTERS).map(key).collect(), voters: electorate() }
    }

    /// Puts a question, and gives the voters' answers to it.
    async fn ask(
        manager: &ConsensusManager,
        voters: &Electorate,
        mailboxes: &mut [Box<dyn Mailbox>],
        keys: &[SigningKey],
    ) -> (moai_consensus::Ticket, Vec<Envelope>) {
        let ask = Ask::new().among(voters.clone());
        let ticket = manager.open(value!({"action": "deploy"}), ask).await.expect("a ticket");
        let (mut answers, limits) = (Vec::new(), Limits::default());
        for (mailbox, key) in mailboxes.iter_mut().zip(keys) {
            let asked = loop {
                let envelope = mailbox.recv().await.expect("a question");
                if *envelope.kind() == message_kinds::REQUEST {
                    break envelope;
                }
            };
            let request = Request::from_envelope(&asked, &limits).expect("a question");
            let me = mailbox.owner().clone();
            let ballot = request.ballot(me.clone(), Choice::For).sign(key);
            answers.push(asked.reply(me, message_kinds::VOTE, Reply::Ballot(ballot).to_bytes()));
        }
        (ticket, answers)
    }
}

async fn decide(swarm: &LocalCoordinator, mut ticket: moai_consensus::Ticket, answers: Vec<Envelope>) {
    for answer in answers {
        let to = moai_core::agent_id!("consensus-manager");
        swarm.send(&to, answer).await.expect("it is sent");
    }
    assert!(ticket.outcome().await.is_ok_and(|outcome| outcome.is_approved()));
}

fn decision() -> impl FnMut(&mut Gauge) {
    let mut world = World::new();
    move |gauge| {
        for _ in 0..20 {
            let World { runtime, swarm, manager, mailboxes, keys, voters } = &mut world;
            let (ticket, answers) = runtime.block_on(World::ask(manager, voters, mailboxes, keys));
            gauge.time(1, || runtime.block_on(decide(swarm, ticket, answers)));
        }
    }
}

fn whole() -> impl FnMut(&mut Gauge) {
    let mut world = World::new();
    move |gauge| {
        let World { runtime, swarm, manager, mailboxes, keys, voters } = &mut world;
        gauge.time(20, || {
            runtime.block_on(async {
                for _ in 0..20 {
                    let (ticket, answers) = World::ask(manager, voters, mailboxes, keys).await;
                    decide(swarm, ticket, answers).await;
                }
            });
        });
    }
}

/// As much as there is to sign: the bytes of a ballot.
fn ballots() -> (Domain, Vec<(VoterKey, Vec<u8>, Signature)>) {
    let instance = value!("stands for a vote").digest();
    let domain = Domain::new("moai/vote/ballot/1", instance);
    let signed = (0..VOTERS).map(|number| {
        let proposal = moai_core::proposal_id!("00000000000000000000000000000000");
        let bytes = Ballot::new(name(number), proposal, instance, Choice::For).to_bytes();
        let signature = key(number).sign(&domain, &bytes);
        (key(number).key(), bytes, signature)
    });
    (domain, signed.collect())
}

fn checking(gauge: &mut Gauge, together: bool) {
    let (domain, signed) = ballots();
    gauge.time(20, || {
        for _ in 0..20 {
            let claims = signed.iter().map(|(key, bytes, signature)| Claim { key, domain, bytes, signature });
            let claims: Vec<Claim<'_>> = claims.collect();
            let failing = if together {
                Ed25519.failing(&claims).len()
            } else {
                claims.iter().filter(|its| !Ed25519.verifies(its.key, &its.domain, its.bytes, its.signature)).count()
            };
            assert_eq!(failing, 0);
        }
    });
}

fn signing(gauge: &mut Gauge) {
    let (domain, signed) = ballots();
    let keys: Vec<SigningKey> = (0..VOTERS).map(key).collect();
    gauge.time(20, || {
        for _ in 0..20 {
            let signatures: Vec<Signature> =
                keys.iter().zip(&signed).map(|(key, (_, bytes, _))| key.sign(&domain, bytes)).collect();
            let claims = signed.iter().zip(&signatures);
            let claims: Vec<Claim<'_>> =
                claims.map(|((key, bytes, _), signature)| Claim { key, domain, bytes, signature }).collect();
            assert!(Ed25519.failing(&claims).is_empty());
        }
    });
}

/// What a third party does: reads the bytes, and verifies.
fn certificate() -> impl FnMut(&mut Gauge) {
    let mut world = World::new();
    let World { runtime, swarm, manager, mailboxes, keys, voters } = &mut world;
    let certificate = runtime.block_on(async {
        let (mut ticket, answers) = World::ask(manager, voters, mailboxes, keys).await;
        for answer in answers {
            swarm.send(&moai_core::agent_id!("consensus-manager"), answer).await.expect("it is sent");
        }
        ticket.outcome().await.expect("an outcome");
        ticket.certificate().expect("it proves something")
    });
    let all = Threshold::above(Ratio::ONE).expect("a rule");
    let terms = Terms::new(certificate.proposal().digest(), electorate(), all);
    let bytes = certificate.to_bytes();
    move |gauge| {
        gauge.time(20, || {
            for _ in 0..20 {
                let read = moai_consensus::Certificate::from_bytes(&bytes, &Limits::default()).expect("a certificate");
                let proven = read.verify(&terms, &Ed25519).expect("it verifies");
                assert!(matches!(proven, Proven::Decision(_)));
            }
        });
    }
}
