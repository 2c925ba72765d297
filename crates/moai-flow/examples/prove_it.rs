//! Four agents vote and sign, and one of them says two things. What they decided, and that one of them lied, somebody else can
//! check later, who was not there and believes nobody.
//!
//! ```console
//! $ cargo run --example prove_it --features signing
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{
    Answer, Ask, ByzantineConsensus, Certificate, Choice, ConsensusManager, Decision, Draft, Ed25519, Elector,
    Electorate, Evidence, Ground, ManagerOptions, Proven, Reply, Request, Signer, SigningKey, Terms, message_kinds,
    voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{
    AgentId, Digest, Envelope, Handled, Handler, Limits, Outgoing, SystemChance, Topology, Value, agent_id,
    algorithm_name, swarm_id, value,
};

/// An honest voter looks at the tests.
fn review(request: &Request) -> Answer {
    match request.proposal.content().get("tested").and_then(Value::as_bool) {
        Some(true) => Answer::new(Choice::For).because("it is tested"),
        _ => Answer::new(Choice::Against).because("nobody has tested it"),
    }
}

/// Says yes and no in one breath, and signs both.
fn two_faced(me: AgentId, key: Arc<SigningKey>) -> impl Handler {
    move |envelope: &Envelope| {
        let Ok(request) = Request::from_envelope(envelope, &Limits::default()) else { return Handled::NotMine };
        let say = |choice| {
            let ballot = request.ballot(me.clone(), choice).sign(key.as_ref());
            Outgoing::reply(envelope, me.clone(), message_kinds::VOTE, Reply::Ballot(ballot).to_bytes())
        };
        Handled::Done(vec![say(Choice::For), say(Choice::Against)])
    }
}

/// What the auditor keeps: what was voted on, who could vote and with which keys, and how it is decided.
struct Auditor {
    proposal: Digest,
    electorate: Electorate,
    byzantine: ByzantineConsensus,
}

impl Auditor {
    fn check(&self, certificate: &[u8], evidence: &[u8]) -> Result<(Proven, AgentId), Box<dyn std::error::Error>> {
        let terms = Terms::byzantine(self.proposal, self.electorate.clone(), &self.byzantine)?;
        let certificate = Certificate::from_bytes(certificate, &Limits::default())?;
        let evidence = Evidence::from_bytes(evidence, &Limits::default())?;
        let proven = certificate.verify(&terms, &Ed25519)?;
        let liar = evidence.verify(&terms, &Ed25519).map_err(|flaw| flaw.to_string())?;
        Ok((proven, liar.clone()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let (mut agents, mut electors) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let id = AgentId::new(format!("agent-{number}"))?;
        let key = Arc::new(SigningKey::generate(&SystemChance)?);
        electors.push(Elector::new(id.clone()).with_key(key.key()));
        let agent = Agent::builder(id.clone());
        let agent = match number {
            4 => agent.with_handler(two_faced(id, key)),
            _ => agent.votes(voter_fn(review)).signs(key),
        };
        agents.push(agent.join(swarm.clone()).await?);
    }
    let (electorate, byzantine) = (Electorate::new(electors)?, ByzantineConsensus::new(1, 3)?);
    // The manager knows the keys. Wherever one of these votes, only what it has signed counts in its name.
    let keys = electorate.electors().iter().filter_map(|elector| Some((elector.id.clone(), elector.key?)));
    let options = ManagerOptions::default().with_keys(keys);
    let manager = ConsensusManager::with(swarm.clone(), options).await?;
    manager.register_algorithm(algorithm_name!("byzantine"), byzantine.clone())?;

    let deploy = value!({"proposal_id": "deploy-v2.0", "action": "deploy", "tested": true});
    let ask = Ask::by(algorithm_name!("byzantine")).among(electorate.clone()).within(Duration::from_secs(10));
    let mut ticket = manager.open(deploy.clone(), ask.proposed_by(agent_id!("lead"))).await?;
    let outcome = ticket.outcome().await?;
    let certificate = ticket.certificate().ok_or("nobody has a key")?;
    println!("{}: {}", outcome.decision, outcome.why);
    let conduct = outcome.conduct(Some(&certificate), &Ed25519);
    println!("proven: {:?}, by {:?}", conduct.proven.who, conduct.proven.ground);
    manager.shutdown().await;
    Agent::leave_all(agents).await?;

    // What is handed on: bytes.
    let accused = outcome.evidence.first().ok_or("nobody lied")?;
    let (certificate, evidence) = (certificate.to_bytes(), accused.to_bytes());
    println!("the certificate has {} bytes, the evidence {}", certificate.len(), evidence.len());

    // Somebody who was not there, and knows what it was about from elsewhere.
    let proposal = Draft::from(deploy).identify(agent_id!("lead"), [0; 16], &Limits::default())?.digest();
    let auditor = Auditor { proposal, electorate, byzantine };
    let (proven, liar) = auditor.check(&certificate, &evidence)?;
    println!("to the auditor it proves {proven:?}, and that {liar} lied");

    // One bit, anywhere.
    let flipped = |bytes: &[u8], bit: usize| {
        let mut flipped = bytes.to_vec();
        if let Some(byte) = flipped.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        flipped
    };
    let (middle, end) = (certificate.len() * 4, evidence.len() * 8 - 1);
    let refused = [
        auditor.check(&flipped(&certificate, middle), &evidence),
        auditor.check(&certificate, &flipped(&evidence, end)),
    ];
    for refused in &refused {
        println!("with one bit flipped: {}", refused.as_ref().err().ok_or("it verifies")?);
    }

    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 3));
    assert_eq!((conduct.proven.who.len(), conduct.proven.ground), (1, Ground::Proof));
    assert!(conduct.unstable.who.is_empty() && conduct.dissenting.who.is_empty());
    assert_eq!(proven, Proven::Decision(Decision::Approved));
    assert_eq!(liar.as_str(), "agent-4");
    assert!(refused.iter().all(Result::is_err));
    Ok(())
}
