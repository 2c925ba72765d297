//! Four owners agree on a payment, and none of them trusts a coordinator. One of them lies; one crashes, and comes back.
//!
//! ```console
//! $ cargo run --example no_coordinator --features signing
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::one_shot::{Agreed, Agreements, Message, Part, Proof, Said, Setting, Statement};
use moai_flow::consensus::{
    Answer, Choice, Decision, Draft, Ed25519, Elector, Electorate, Proposal, Ratio, Request, Rule, Signer, SigningKey,
    Threshold, message_kinds, voter_fn,
};
use moai_flow::store::MemoryJournal;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{
    AgentId, Clock, Coordinator, CorrelationId, Envelope, InvalidInput, Journal, Limits, Role, SystemClock, Timestamp,
    Topology, Value, agent_id, swarm_id, value,
};

type Failure = Box<dyn std::error::Error>;

const OWNERS: [&str; 4] = ["bank", "buyer", "carrier", "seller"];

/// Here the keys come from numbers, so that this can be repeated; owners draw theirs, or load them from a file.
fn key(owner: usize) -> Arc<SigningKey> {
    let number = u8::try_from(owner + 1).unwrap_or(u8::MAX);
    Arc::new(SigningKey::from_bytes([number; 32]))
}

/// What all owners have written down beforehand, each for itself: who takes part, the rule, and that one of them may lie.
fn terms() -> Result<(Proposal, Setting), Failure> {
    let content = value!({"action": "pay", "amount": 1200, "when": "delivered"});
    let proposal = Draft::from(content).identify(agent_id!("buyer"), [0; 16], &Limits::default())?;
    let elector = |(owner, name): (usize, &&str)| Ok(Elector::new(AgentId::new(*name)?).with_key(key(owner).key()));
    let electors = OWNERS.iter().enumerate().map(elector).collect::<Result<Vec<_>, InvalidInput>>()?;
    let rule = Threshold::more_than(Ratio::HALF)?.shared();
    let deadline = Timestamp::from_unix_micros(SystemClock.now().unix_micros() + 30_000_000)?;
    let setting = Setting::new(&proposal, Electorate::new(electors)?, rule, 1, deadline, Duration::from_millis(50))?;
    Ok((proposal, setting))
}

/// One owner's agent: its key, its journal, and what it thinks.
async fn agent(
    owner: usize,
    journal: Arc<dyn Journal>,
    swarm: &Arc<SwarmCoordinator>,
) -> Result<(Agent, Agreements), Failure> {
    let id = AgentId::new(OWNERS[owner])?;
    let half = Agreements::new(swarm.swarm_id().clone(), id.clone(), key(owner), Arc::new(Ed25519), journal).await?;
    let agent = Agent::builder(id).with_handler(half.clone()).join(swarm.clone()).await?;
    Ok((agent, half))
}

fn review(request: &Request) -> Answer {
    match request.proposal.content().get("amount").and_then(Value::as_u64) {
        Some(..=5_000) => Answer::new(Choice::For).because("within what was agreed"),
        _ => Answer::new(Choice::Against).because("too much"),
    }
}

/// The carrier is for it towards one, and against it towards the others.
async fn lie(setting: &Setting, swarm: &Arc<SwarmCoordinator>) -> Result<(), Failure> {
    let me = agent_id!("carrier");
    let _mailbox = swarm.join(me.clone(), Role::Member).await?;
    for (to, choice) in [("bank", Choice::For), ("buyer", Choice::Against), ("seller", Choice::Against)] {
        let said = Said::sign(setting, 2, key(2).as_ref(), &Message::Statement(Statement::ballot(choice)));
        let payload = [&[1], setting.instance().as_bytes().as_slice(), &Part::pack(&[Part::Said(said)])].concat();
        let none = CorrelationId::from_bytes([0; 16]);
        let envelope = Envelope::new(swarm.swarm_id().clone(), me.clone(), message_kinds::AGREEMENT, none, payload);
        swarm.send(&AgentId::new(to)?, envelope).await?;
    }
    Ok(())
}

/// Somebody who took no part, and has only the terms and the bytes.
fn auditor(setting: &Setting, outcome: &[u8], proof: &[u8]) -> Result<(Decision, AgentId), Failure> {
    let agreed = Agreed::from_bytes(outcome)?;
    if let Err(flaw) = agreed.verify(setting, &Ed25519) {
        return Err(flaw.into());
    }
    let liar = Proof::from_bytes(proof)?.verify(setting, &Ed25519)?.clone();
    Ok((agreed.record.verdict(), liar))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let (proposal, setting) = terms()?;
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("market"), Topology::Ring));
    // On a disk it would be a `SqliteJournal`; this one outlives its agent, and that is what matters here.
    let journals: Vec<Arc<dyn Journal>> = OWNERS.iter().map(|_| Arc::new(MemoryJournal::new()) as _).collect();

    // The bank votes, and crashes before anybody else is there.
    let (bank, half) = agent(0, journals[0].clone(), &swarm).await?;
    half.agree(&proposal, setting.clone(), voter_fn(review)).await?;
    while journals[0].head().await?.seq == 0 {
        tokio::task::yield_now().await; // until its ballot is written down
    }
    bank.shutdown().await?;

    // It comes back with its journal: its ballot stands, and its voter is not asked again.
    let (bank, half) = agent(0, journals[0].clone(), &swarm).await?;
    let again = voter_fn(|_: &Request| Choice::Against);
    let mut agreements = vec![half.agree(&proposal, setting.clone(), again).await?];
    assert_eq!(half.counts().asked, 0);
    let mut agents = vec![bank];
    for owner in [1, 3] {
        let (up, half) = agent(owner, journals[owner].clone(), &swarm).await?;
        agreements.push(half.agree(&proposal, setting.clone(), voter_fn(review)).await?);
        agents.push(up);
    }
    lie(&setting, &swarm).await?;

    let mut outcomes = Vec::new();
    for agreement in &agreements {
        let agreed = agreement.outcome().await?;
        println!("{} in view {}", agreed.record.verdict(), agreed.finalization.view);
        outcomes.push(agreed);
    }
    assert!(outcomes.iter().all(|outcome| outcome.record == outcomes[0].record), "all have the same outcome");
    assert_eq!(outcomes[0].record.verdict(), Decision::Approved, "three of four are for it, whatever the carrier says");

    // Both of its words have come together somewhere.
    let proof = agreements.iter().find_map(|agreement| agreement.evidence().first().cloned());
    let proof = proof.ok_or("the carrier is not caught")?;
    let (verdict, liar) = auditor(&setting, &outcomes[0].to_bytes(), &proof.to_bytes())?;
    println!("the auditor: {verdict}, and {liar} has lied: {:?}", proof.offence);
    assert_eq!((verdict, liar.as_str()), (Decision::Approved, "carrier"));

    // With one flipped bit it is nothing.
    let mut forged = outcomes[0].to_bytes();
    forged[100] ^= 1;
    assert!(auditor(&setting, &forged, &proof.to_bytes()).is_err());

    Agent::leave_all(agents).await?;
    Ok(())
}
