//! Four lists of how voters behaved, and whether each rests on proof.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Ed25519, Electorate, Ground};

use crate::swarm::{Swarm, agent, byzantine, deploy, id, key, keyed, sent};

#[tokio::test(start_paused = true)]
async fn a_list_claims_to_rest_on_proof_that_nobody_can_check() {
    let swarm = Swarm::new().await;
    swarm.honest(1..=5, For).await;
    swarm.honest(6..=6, Against).await;
    swarm
        .liar(7, |request, _| {
            let said = |choice| sent(7, request.ballot(agent(7), choice).sign(&key(7)));
            vec![said(For), said(Against)]
        })
        .await;
    let _silent = swarm.join(8).await;
    let mut ticket = swarm.manager.open(deploy(), byzantine().among(keyed(8))).await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    let certificate = ticket.certificate().unwrap();
    assert!(outcome.is_approved(), "{}", outcome.why);
    let conduct = outcome.conduct(Some(&certificate), &Ed25519);
    assert_eq!((conduct.proven.who.as_slice(), conduct.proven.ground), ([agent(7)].as_slice(), Ground::Proof));
    assert_eq!((conduct.unstable.who.len(), conduct.unstable.ground), (0, Ground::Word));
    assert_eq!((conduct.silent.who.as_slice(), conduct.silent.ground), ([agent(8)].as_slice(), Ground::Silence));
    let dissenting = (conduct.dissenting.who.as_slice(), conduct.dissenting.ground);
    assert_eq!(dissenting, ([agent(6)].as_slice(), Ground::Proof));
    // Without the ballots dissent is the manager's word, and without the evidence so is the lie.
    assert_eq!(outcome.conduct(None, &Ed25519).dissenting.ground, Ground::Word);
    let mut bare = (*outcome).clone();
    bare.evidence.clear();
    let conduct = bare.conduct(None, &Ed25519);
    assert_eq!((conduct.proven.who, conduct.proven.ground), (vec![agent(7)], Ground::Word));
    assert_eq!(
        serde_json::to_value(&conduct.silent).unwrap(),
        serde_json::json!({"who": ["agent-8"], "ground": "silence"})
    );
}

#[tokio::test(start_paused = true)]
async fn who_changes_its_mind_unsigned_is_called_a_proven_liar() {
    let swarm = Swarm::new().await;
    let voters = ["a", "b", "c", "d"].map(id);
    let electorate = Electorate::of(voters.clone()).unwrap();
    let _silent = swarm.join(1).await;
    let mut ticket = swarm.manager.open(deploy(), byzantine().among(electorate)).await.unwrap();
    for choice in [For, Against] {
        let ballot = swarm.manager.ballot(ticket.proposal(), voters[3].clone(), choice).unwrap();
        // Its signature is worth nothing: nobody knows its key.
        let _ = swarm.manager.record_vote(ballot.sign(&key(4))).await;
    }
    let outcome = ticket.outcome().await.unwrap();
    let conduct = outcome.conduct(None, &Ed25519);
    assert_eq!((conduct.proven.who.len(), conduct.unstable.who.as_slice()), (0, [id("d")].as_slice()));
    assert_eq!(conduct.unstable.ground, Ground::Word);
    assert_eq!(conduct.silent.who.len(), 3);
}
