//! Two questions with one mark. Such a pair takes four billion tries to find, so the mark is set by hand.

use std::sync::Arc;

use moai_core::{
    CorrelationId, Envelope, Handled, Handler, Journal, Limits, NewRecord, Timestamp, agent_id, algorithm_name,
    record_kind, swarm_id, value,
};
use moai_store::{Faults, FaultyJournal, MemoryJournal};

use super::{Answer, VoterHandler, voter_fn};
use crate::{Choice, Draft, Electorate, Opening, Reply, Request, Ruling, message_kinds};

fn about(number: u64) -> Request {
    let draft = Draft::from(value!({"number": number}));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
    let electorate = Electorate::of([agent_id!("a")]).unwrap();
    let (now, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), now, until);
    Request::of(&opening, Ruling::new("a rule"), 1)
}

async fn answer(voter: &mut VoterHandler, request: &Request) -> String {
    let (from, correlation) = (agent_id!("lead"), CorrelationId::from_bytes([7; 16]));
    let asked = Envelope::new(swarm_id!("one"), from, message_kinds::REQUEST, correlation, request.to_bytes());
    let answers = match voter.handle(&asked) {
        Handled::Done(answers) => answers,
        Handled::Later(work) => work.await,
        Handled::NotMine => Vec::new(),
    };
    match Reply::from_bytes(answers[0].envelope.payload(), &Limits::default()).unwrap() {
        Reply::Ballot(ballot) => ballot.reason,
        Reply::Failed { cause, .. } => cause,
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_gets_the_word_on_another_that_has_its_mark() {
    let journal = Arc::new(MemoryJournal::new());
    let thinks = voter_fn(|request: &Request| Answer::new(Choice::For).because(request.proposal.id().to_string()));
    let voter = VoterHandler::new(swarm_id!("one"), agent_id!("a"), thinks).with_remembered(1);
    let mut voter = voter.recover(journal.clone()).await.unwrap();
    let [first, second, third] = [about(1), about(2), about(3)];
    let said = answer(&mut voter, &first).await;
    // Its word is in memory, and those of the others would stand where its own does.
    for other in [&second, &third] {
        voter.desk().words.mark(&other.instance, 1);
    }
    for asked in [&second, &third, &second, &first, &third] {
        assert_eq!(answer(&mut voter, asked).await, asked.proposal.id().as_str());
    }
    assert_eq!(said, first.proposal.id().as_str());
    assert_eq!((voter.counts().asked, journal.head().await.unwrap().seq), (3, 3));
}

/// Somebody cut the journal, or changed it for another one, under the feet of an agent.
#[tokio::test(start_paused = true)]
async fn a_word_that_is_gone_from_the_journal_is_given_anew() {
    let journal = Arc::new(MemoryJournal::new());
    let thinks = voter_fn(|_: &Request| Choice::For);
    let voter = VoterHandler::new(swarm_id!("one"), agent_id!("a"), thinks).with_remembered(1);
    let mut voter = voter.recover(journal.clone()).await.unwrap();
    let [first, second] = [about(1), about(2)];
    voter.desk().words.mark(&first.instance, 77);
    for _ in 0..2 {
        let cause = answer(&mut voter, &first).await;
        assert!(cause.contains("what was said is not kept"), "{cause}");
    }
    answer(&mut voter, &second).await;
    assert_eq!((voter.counts().asked, voter.counts().forgotten, journal.head().await.unwrap().seq), (1, 2, 1));
    // Under this number stands something else of somebody else.
    let other = NewRecord::new(record_kind!("other"), Timestamp::UNIX_EPOCH, Vec::new());
    journal.append(vec![other]).await.unwrap();
    voter.desk().words.mark(&about(3).instance, 2);
    let cause = answer(&mut voter, &about(3)).await;
    assert!(cause.contains("what was said is not kept"), "{cause}");
}

/// Another handle to the same half, made before that had a journal, shares what it remembers.
#[tokio::test(start_paused = true)]
async fn a_handle_without_the_journal_thinks_anew_about_what_stands_in_it() {
    let voter =
        VoterHandler::new(swarm_id!("one"), agent_id!("a"), voter_fn(|_: &Request| Choice::For)).with_remembered(1);
    let mut without = voter.clone();
    let mut voter = voter.recover(Arc::new(MemoryJournal::new())).await.unwrap();
    for asked in [&about(1), &about(2)] {
        answer(&mut voter, asked).await;
    }
    let cause = answer(&mut without, &about(1)).await;
    assert!(cause.contains("what was said is not kept"), "{cause}");
    assert_eq!((voter.counts().asked, voter.counts().forgotten), (2, 1));
}

/// The journal took it, or did not: nobody knows, and it leaves the memory.
#[tokio::test(start_paused = true)]
async fn a_word_that_may_stand_in_the_journal_is_thought_about_anew() {
    let faults = Faults::new();
    let journal = Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), faults.clone()));
    let voter =
        VoterHandler::new(swarm_id!("one"), agent_id!("a"), voter_fn(|_: &Request| Choice::For)).with_remembered(1);
    let mut voter = voter.recover(journal).await.unwrap();
    faults.fill();
    answer(&mut voter, &about(1)).await;
    answer(&mut voter, &about(2)).await;
    faults.make_room();
    let cause = answer(&mut voter, &about(1)).await;
    assert!(cause.contains("what was said is not kept"), "{cause}");
    // What is in memory is written down now, and given.
    assert_eq!(answer(&mut voter, &about(2)).await, "");
    assert_eq!((voter.counts().asked, voter.counts().forgotten), (2, 1));
}
