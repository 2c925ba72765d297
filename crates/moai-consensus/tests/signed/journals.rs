//! What is written down of signed votes, and what comes of it after a crash.

use std::sync::Arc;

use moai_consensus::Choice::{Against, For};
use moai_consensus::{
    Answer, Ask, Ballot, Certificate, Choice, Ed25519, Elector, Electorate, Entry, Evidence, ManagerOptions, Reply,
    Request, RequestError, Ruling, Signer, VoterHandler, message_kinds, serve, voter_fn,
};
use moai_core::{Coordinator, Journal, Mailbox, NewRecord, RecordKind, Role, agent_id, proposal_id, swarm_id};
use moai_store::MemoryJournal;

use crate::swarm::{Moving, Swarm, agent, byzantine, deploy, entries, key, keyed, sent};

#[tokio::test(start_paused = true)]
async fn after_a_crash_another_outcome_or_other_evidence_comes_of_the_record() {
    let journal = Arc::new(MemoryJournal::new());
    let with = || ManagerOptions::default().with_journal(journal.clone());
    let first = Swarm::with(with()).await;
    first.honest(1..=4, For).await;
    first
        .liar(5, |request, _| {
            let said = |choice| sent(5, request.ballot(agent(5), choice).sign(&key(5)));
            vec![said(For), said(Against)]
        })
        .await;
    let mut ticket = first.manager.open(deploy(), byzantine().among(keyed(5))).await.unwrap();
    let outcome = ticket.outcome().await.unwrap();
    let certificate = ticket.certificate().unwrap();
    assert_eq!((certificate.ballots().len(), certificate.evidence().len()), (12, 1));
    let written = entries(journal.as_ref()).await;
    // Every ballot in the record proves itself, and the record tells what the manager told.
    for entry in &written {
        match entry {
            Entry::Ballot(ballot) => {
                let key = outcome.electorate.key(&ballot.voter).unwrap();
                assert_eq!(ballot.verify(key, &Ed25519), Ok(()));
            }
            Entry::Evidence(evidence) => assert_eq!(evidence.verify_by(&key(5).key(), &Ed25519), Ok(())),
            _ => {}
        }
    }
    assert_eq!(Certificate::of_record(&outcome.proposal, written.clone()).as_ref(), Some(certificate.as_ref()));
    // A crash behind any record: what it holds is taken up by another manager, and the voters repeat their word.
    let (records, mut after_the_lie) = (journal.read(1, 1_000).await.unwrap(), 0);
    for crash in 1..records.len() {
        let again = Arc::new(MemoryJournal::new());
        let kept = records[..crash].iter();
        let kept = kept.map(|record| NewRecord::new(record.kind.clone(), record.time, record.payload.to_vec()));
        again.append(kept.collect()).await.unwrap();
        let second = Swarm::with(ManagerOptions::default().with_journal(again.clone())).await;
        second.honest(1..=4, For).await;
        second
            .liar(5, |request, _| {
                let said = |choice| sent(5, request.ballot(agent(5), choice).sign(&key(5)));
                vec![said(For), said(Against)]
            })
            .await;
        let mut recovered = second.manager.recover().await.unwrap();
        assert!(recovered.lost.is_empty(), "{:?}", recovered.lost);
        let Some(ticket) = recovered.open.first_mut() else { continue };
        let after = ticket.outcome().await.unwrap();
        assert_eq!((after.decision, after.votes_for), (outcome.decision, outcome.votes_for), "a crash behind {crash}");
        assert!(after.evidence.iter().all(|evidence| evidence.verify_by(&key(5).key(), &Ed25519).is_ok()));
        // Before the lie was written down the liar may be caught by another one.
        let caught = written[..crash].iter().any(|entry| matches!(entry, Entry::Evidence(_)));
        if caught {
            assert_eq!(after.evidence[0], outcome.evidence[0], "a crash behind {crash}");
            assert_eq!(ticket.certificate().unwrap().to_bytes(), certificate.to_bytes(), "a crash behind {crash}");
            after_the_lie += 1;
        }
    }
    assert!(after_the_lie > 5, "{after_the_lie}");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_somebody_changed_is_counted() {
    let journal = Arc::new(MemoryJournal::new());
    let first = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    let _silent = first.join(1).await;
    let ticket = first.manager.open(deploy(), Ask::new().among(keyed(3))).await.unwrap();
    let ballot = first.manager.ballot(ticket.proposal(), agent(1), Against).unwrap();
    first.manager.record_vote(ballot.sign(&key(1))).await.unwrap();
    let records = journal.read(1, 10).await.unwrap();
    let changed = Arc::new(MemoryJournal::new());
    let altered = records.iter().map(|record| {
        let text = String::from_utf8(record.payload.to_vec()).unwrap().replace("\"against\"", "\"for\"");
        NewRecord::new(record.kind.clone(), record.time, text.into_bytes())
    });
    changed.append(altered.collect()).await.unwrap();
    let second = Swarm::with(ManagerOptions::default().with_journal(changed)).await;
    let recovered = second.manager.recover().await.unwrap();
    let [(_, RequestError::Changed { why, .. })] = recovered.lost.as_slice() else { panic!("{recovered:?}") };
    assert!(why.to_string().contains("what was signed says something else"), "{why}");
}

/// What a voter's agent sends to somebody who asks.
async fn answers(swarm: &moai_core::LocalCoordinator, asker: &mut Box<dyn Mailbox>, request: &Request) -> Vec<u8> {
    let correlation = moai_core::CorrelationId::from_bytes([7; 16]);
    let asked = moai_core::Envelope::new(
        swarm_id!("swarm-001"),
        agent_id!("asker"),
        message_kinds::REQUEST,
        correlation,
        request.to_bytes(),
    );
    swarm.send(&agent(1), asked).await.unwrap();
    asker.recv().await.unwrap().payload().to_vec()
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_was_restarted_signs_other_bytes() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = moai_core::LocalCoordinator::new(swarm_id!("swarm-001"));
    let mut asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let swarm = Arc::new(swarm);
    let rule = Ruling::new("confirmed twice").over(2);
    let round = |round| Request::of(&crate::sessions::opening(keyed(1)), rule.clone(), round);
    let mut lives: Vec<Vec<Vec<u8>>> = Vec::new();
    // In its second life it would say something else, and holds another key: what it said in that round stands as it was.
    for (choice, signer) in [(For, 1), (Against, 1), (Against, 9)] {
        let voter = voter_fn(move |_: &Request| Answer::new(choice).because("as I said"));
        let handler = VoterHandler::new(swarm_id!("swarm-001"), agent(1), voter)
            .with_clock(Moving::clock())
            .with_signer(Arc::new(key(signer)))
            .recover(journal.clone())
            .await
            .unwrap();
        let mailbox = swarm.join(agent(1), Role::Member).await.unwrap();
        let life = tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(handler)]));
        let mut said = Vec::new();
        for number in [1, 2, 1] {
            said.push(answers(&swarm, &mut asker, &round(number)).await);
        }
        assert_eq!(said[0], said[2]);
        lives.push(said);
        swarm.leave(&agent(1)).await.unwrap();
        life.await.unwrap();
    }
    assert_eq!(lives[0], lives[1], "every byte");
    assert_eq!(lives[0][0], lives[2][0], "what was written down, signature and all");
    let Reply::Ballot(ballot) = Reply::from_bytes(&lives[0][1], &moai_core::Limits::default()).unwrap() else {
        panic!()
    };
    assert_eq!((ballot.round, ballot.verify(&key(1).key(), &Ed25519)), (2, Ok(())));
    assert_eq!(journal.head().await.unwrap().seq, 1, "it is written down once");
}

#[test]
fn a_record_from_before_there_were_signatures_does_not_read() {
    let instance = moai_core::value!(0).digest();
    let old = format!(
        r#"{{"voter":"agent-1","proposal":"deploy-v2.0","instance":"{instance}","round":1,"choice":"for","reason":"tested"}}"#
    );
    let kind = RecordKind::new("consensus_ballot").unwrap();
    let read = Entry::from_payload(&kind, old.as_bytes()).unwrap().unwrap();
    let plain = Ballot::new(agent(1), proposal_id!("deploy-v2.0"), instance, Choice::For).because("tested");
    assert_eq!(read, Entry::Ballot(Arc::new(plain.clone())));
    assert_eq!(read.to_payload().unwrap(), old.as_bytes(), "and is written as it was");
    // One that is signed reads back whole.
    let signed = plain.sign(&key(1));
    let mut other = signed.clone().unsigned();
    other.choice = Against;
    let evidence = Evidence::of(&signed, &other.sign(&key(1))).unwrap();
    for entry in [Entry::Ballot(Arc::new(signed)), Entry::Evidence(Arc::new(evidence))] {
        let written = entry.to_payload().unwrap();
        assert_eq!(Entry::from_payload(&entry.kind(), &written).unwrap(), Some(entry.clone()));
        for length in 0..written.len() {
            assert!(Entry::from_payload(&entry.kind(), &written[..length]).is_err());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn forged_late_ballots_fill_the_record() {
    let journal = Arc::new(MemoryJournal::new());
    let swarm = Swarm::with(ManagerOptions::default().with_journal(journal.clone())).await;
    swarm.honest(1..=2, For).await;
    let electorate = Electorate::new((1..=3).map(|number| Elector::new(agent(number)).with_key(key(number).key())));
    let ask = Ask::new().among(electorate.unwrap());
    let outcome = swarm.manager.request_consensus(deploy(), ask).await.unwrap();
    let late = Ballot::new(agent(3), outcome.proposal.clone(), outcome.instance, Against);
    for forged in [late.clone(), late.clone().sign(&key(1))] {
        swarm.manager.record_vote(forged).await.unwrap_err();
    }
    swarm.manager.record_vote(late.clone().sign(&key(3))).await.unwrap_err();
    swarm.manager.shutdown().await;
    let late: Vec<_> =
        entries(journal.as_ref()).await.into_iter().filter(|entry| matches!(entry, Entry::Late(_))).collect();
    let [Entry::Late(kept)] = late.as_slice() else { panic!("{late:?}") };
    assert_eq!(kept.verify(&key(3).key(), &Ed25519), Ok(()));
    assert!(swarm.refused("vote.unsigned") >= 1 && swarm.refused("vote.bad_signature") >= 1);
}
