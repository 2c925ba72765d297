//! A real manager, real voters, and one who lies: what the lie brings, and that no honest agent is ever proven to lie.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{
    Ask, Contradiction, Decision, Ed25519, Evidence, Outcome, Reply, Request, Signer, Terms, VoteError,
};
use moai_core::{Coordinator as _, Value, proposal_id, value};

use crate::swarm::{Lie, Swarm, agent, byzantine, deploy, key, keyed, sent};

fn names(outcome: &Outcome, list: &str) -> Vec<String> {
    let Some(Value::Array(names)) = outcome.metadata.get(list) else { panic!("no {list}") };
    names.iter().map(|name| name.as_text().unwrap().to_owned()).collect()
}

/// What holds whatever one liar does beside four honest agents who are for it.
fn nobody_honest_is_proven(swarm: &Swarm, outcome: &Outcome) {
    let proven = names(outcome, "proven");
    assert!(proven.iter().all(|name| name == "agent-5"), "{proven:?}");
    for (voter, evidence) in swarm.byzantine.detected_malicious() {
        assert_eq!(voter, agent(5));
        for one in evidence {
            assert!(one.is_proof());
            assert_eq!(one.verify_by(&key(5).key(), &Ed25519), Ok(()), "it proves itself");
        }
    }
    assert_eq!((outcome.decision, outcome.votes_for), (Decision::Approved, 4), "{}", outcome.why);
    assert_eq!(names(outcome, "dissenting"), Vec::<String>::new());
}

async fn with_a_liar(lie: impl Fn(&Request, &moai_core::Envelope) -> Vec<Lie> + Send + 'static) -> (Swarm, Outcome) {
    let swarm = Swarm::new().await;
    swarm.honest(1..=4, For).await;
    swarm.liar(5, lie).await;
    let outcome = swarm.manager.request_consensus(deploy(), byzantine()).await.unwrap();
    nobody_honest_is_proven(&swarm, &outcome);
    (swarm, (*outcome).clone())
}

#[tokio::test(start_paused = true)]
async fn who_signs_two_ballots_in_one_round_is_proven_to_lie() {
    let (swarm, outcome) = with_a_liar(|request, _| {
        let said = |choice| sent(5, request.ballot(agent(5), choice).sign(&key(5)));
        vec![said(For), said(Against)]
    })
    .await;
    assert_eq!(names(&outcome, "proven"), ["agent-5"]);
    assert_eq!(outcome.metadata.get("malicious_means"), Some(&"proven".into()));
    assert_eq!(outcome.metadata.get("byzantine_safe"), Some(&true.into()));
    assert_eq!(outcome.evidence[0].kind, Contradiction::DoubleBallot);
    // Whoever knows the vote can check it.
    let rounds = Terms::byzantine(
        swarm.manager.certificate(&outcome.proposal).unwrap().proposal().digest(),
        outcome.electorate.clone(),
        &swarm.byzantine,
    )
    .unwrap();
    assert_eq!(outcome.evidence[0].verify(&rounds, &Ed25519), Ok(&agent(5)));
}

#[tokio::test(start_paused = true)]
async fn who_signs_another_choice_in_a_later_round_is_proven_to_lie() {
    let (_, outcome) = with_a_liar(|request, _| {
        let choice = if request.round == 1 { For } else { Against };
        vec![sent(5, request.ballot(agent(5), choice).sign(&key(5)))]
    })
    .await;
    assert_eq!((names(&outcome, "proven"), names(&outcome, "unstable")), (vec!["agent-5".to_owned()], vec![]));
    assert_eq!(outcome.evidence[0].kind, Contradiction::ChangeOfMind);
}

#[tokio::test(start_paused = true)]
async fn who_tells_two_managers_two_things_is_proven_by_putting_both_together() {
    // The same question, so both ballots are of one vote; each manager sees one of them.
    let (one, two) = (Swarm::new().await, Swarm::new().await);
    for (swarm, choice) in [(&one, For), (&two, Against)] {
        swarm.honest(1..=4, For).await;
        swarm.liar(5, move |request, _| vec![sent(5, request.ballot(agent(5), choice).sign(&key(5)))]).await;
    }
    let ask = || byzantine().proposed_by(agent(1)).among(keyed(5));
    let first = one.manager.request_consensus(deploy(), ask()).await.unwrap();
    let mut ticket = two.manager.open(deploy(), ask()).await.unwrap();
    assert_eq!(names(&first, "proven"), Vec::<String>::new());
    let certificate = one.manager.certificate(&first.proposal).unwrap();
    let said = certificate.ballots().find(|ballot| ballot.voter == agent(5)).unwrap().clone();
    let mut other = said.clone().unsigned();
    other.choice = Against;
    let evidence = Evidence::of(&said, &other.sign(&key(5))).unwrap();
    two.manager.record_evidence(evidence).await.unwrap();
    let second = ticket.outcome().await.unwrap();
    assert_eq!(names(&second, "proven"), ["agent-5"]);
    assert_eq!((second.decision, second.votes_for), (Decision::Approved, 4));
}

#[tokio::test(start_paused = true)]
async fn a_ballot_that_is_not_signed_is_no_ballot() {
    let (swarm, outcome) = with_a_liar(|request, _| vec![sent(5, request.ballot(agent(5), Against))]).await;
    assert!(swarm.refused("vote.unsigned") >= 1, "it falls silent in the first round");
    assert_eq!(names(&outcome, "silent"), ["agent-5"]);
}

#[tokio::test(start_paused = true)]
async fn a_signature_of_rubbish_or_by_a_foreign_key_is_none() {
    let (swarm, outcome) = with_a_liar(|request, _| {
        let ballot = request.ballot(agent(5), Against);
        let mut rubbish = Reply::Ballot(ballot.clone().sign(&key(5))).to_bytes();
        let last = rubbish.len() - 1;
        rubbish[last] ^= 1;
        vec![Lie { from: agent(5), bytes: rubbish }, sent(5, ballot.sign(&key(77)))]
    })
    .await;
    assert!(swarm.refused("vote.bad_signature") >= 2);
    assert_eq!((outcome.votes_against, outcome.evidence.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_honest_name_can_be_forged() {
    // In the name of agent-1, under one's own key, under none, as a failure, as rubbish, and as oneself for another.
    let (swarm, outcome) = with_a_liar(|request, _| {
        let forged = request.ballot(agent(1), Against);
        let (proposal, instance) = (request.proposal.id().clone(), request.instance);
        let failed =
            Reply::Failed { voter: agent(1), proposal, instance, round: request.round, cause: "made up".into() };
        let as_agent_1 = |bytes: Vec<u8>| Lie { from: agent(1), bytes };
        vec![
            as_agent_1(Reply::Ballot(forged.clone().sign(&key(5))).to_bytes()),
            as_agent_1(Reply::Ballot(forged.clone()).to_bytes()),
            as_agent_1(failed.to_bytes()),
            as_agent_1(b"rubbish".to_vec()),
            sent(5, forged.sign(&key(5))),
        ]
    })
    .await;
    assert!(outcome.participants.contains(&agent(1)) && outcome.invalid.is_empty(), "{:?}", outcome.invalid);
    assert!(swarm.refused("vote.unsigned") >= 3, "{:?}", swarm.manager.get_algorithm_stats().refused_answers);
    assert!(swarm.refused("vote.bad_signature") >= 1 && swarm.refused("vote.other_name") >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_ballot_counts_for_another_proposal_electorate_or_rule() {
    let swarm = Swarm::new().await;
    swarm.honest(1..=5, For).await;
    let (ask, other) = (|| byzantine().among(keyed(5)), value!({"proposal_id": "another", "action": "delete"}));
    let earlier = swarm.manager.request_consensus(deploy(), ask()).await.unwrap();
    let certificate = swarm.manager.certificate(&earlier.proposal).unwrap();
    let ballot = certificate.ballots().find(|ballot| ballot.voter == agent(1)).unwrap().clone();
    // Under another rule, of another electorate, of another content under the same name.
    let asks = [
        (deploy(), Ask::new().among(keyed(5))),
        (deploy(), byzantine().among(keyed(4))),
        (value!({"proposal_id": "deploy-v2.0", "action": "delete"}), ask()),
    ];
    for (content, ask) in asks {
        let ticket = swarm.manager.open(content, ask).await.unwrap();
        let refused = swarm.manager.record_vote(ballot.clone()).await;
        assert!(matches!(refused, Err(VoteError::WrongElectorate { .. })), "{refused:?}");
        let mut moved = ballot.clone();
        moved.instance = swarm.manager.ballot(ticket.proposal(), agent(1), For).unwrap().instance;
        let refused = swarm.manager.record_vote(moved).await;
        assert!(matches!(refused, Err(VoteError::BadSignature { .. })), "{refused:?}");
        let mut ticket = ticket;
        ticket.outcome().await.unwrap();
    }
    let ticket = swarm.manager.open(other, ask()).await.unwrap();
    let mut moved = ballot;
    moved.proposal = proposal_id!("another");
    let refused = swarm.manager.record_vote(moved).await;
    assert!(matches!(refused, Err(VoteError::BadSignature { .. } | VoteError::WrongElectorate { .. })), "{refused:?}");
    assert!(swarm.refused("vote.wrong_electorate") + swarm.refused("vote.bad_signature") >= 7);
    drop(ticket);
}

#[tokio::test(start_paused = true)]
async fn in_a_batch_the_others_are_blamed_for_one_who_fails() {
    let swarm = Swarm::new().await;
    let mut mailboxes = Vec::new();
    for number in 1..=9 {
        mailboxes.push(swarm.join(number).await);
    }
    let mut ticket = swarm.manager.open(deploy(), Ask::new().among(keyed(9))).await.unwrap();
    let asked = mailboxes[0].recv().await.unwrap();
    let request = Request::from_bytes(asked.payload(), &moai_core::Limits::default()).unwrap();
    // All of them wait in the manager's mailbox before it takes in the first.
    for number in (1..=9).rev() {
        let signer = key(if number % 4 == 0 { 77 } else { number });
        let Lie { from, bytes } = sent(number, request.ballot(agent(number), For).sign(&signer));
        let answer = asked.reply(from, moai_consensus::message_kinds::VOTE, bytes);
        swarm.coordinator.send(asked.sender(), answer).await.unwrap();
    }
    let outcome = ticket.outcome().await.unwrap();
    assert!(outcome.is_approved());
    let voted = outcome.participants.iter().filter(|voter| [agent(4), agent(8)].contains(*voter)).count();
    assert_eq!((voted, swarm.refused("vote.bad_signature")), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn who_cannot_answer_is_waited_for_although_it_signs_that() {
    let swarm = Swarm::new().await;
    swarm.honest(1..=1, For).await;
    let mailbox = swarm.join(2).await;
    let failing =
        moai_consensus::voter_fn(|_: &Request| -> Result<moai_consensus::Answer, moai_consensus::VoterError> {
            Err(moai_consensus::VoterError::failed("no model answers"))
        });
    let half = moai_consensus::VoterHandler::new(moai_core::swarm_id!("swarm-001"), agent(2), failing)
        .with_clock(crate::swarm::Moving::clock())
        .with_signer(std::sync::Arc::new(key(2)));
    tokio::spawn(moai_consensus::serve(mailbox, swarm.coordinator.clone(), vec![Box::new(half)]));
    let before = tokio::time::Instant::now();
    let outcome = swarm.manager.request_consensus(deploy(), Ask::new().among(keyed(2))).await.unwrap();
    assert_eq!((outcome.decision, outcome.invalid.len()), (Decision::Rejected, 1));
    assert_eq!(before.elapsed(), std::time::Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn more_liars_than_can_be_borne_get_something_approved() {
    let swarm = Swarm::new().await;
    swarm.honest(1..=5, For).await;
    for number in 6..=7 {
        swarm
            .liar(number, move |request, _| {
                let said = |choice| sent(number, request.ballot(agent(number), choice).sign(&key(number)));
                vec![said(For), said(Against)]
            })
            .await;
    }
    let mut ticket = swarm.manager.open(deploy(), byzantine().among(keyed(7))).await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    assert_eq!(outcome.basis, moai_consensus::Basis::FaultBoundExceeded, "{}", outcome.why);
    assert_eq!(outcome.metadata.get("byzantine_safe"), Some(&false.into()));
    // That nothing may be approved is itself proven.
    let certificate = ticket.certificate().unwrap();
    let terms = Terms::byzantine(certificate.proposal().digest(), keyed(7), &swarm.byzantine).unwrap();
    let proven = certificate.verify(&terms, &Ed25519).unwrap();
    assert_eq!(proven.decision(), Some(Decision::Rejected));
    assert_eq!(certificate.evidence().len(), 2);
}
