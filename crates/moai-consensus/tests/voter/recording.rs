//! An agent remembers its word before it gives it.

use std::sync::Arc;

use moai_consensus::{Choice, RecoverError, voter_fn};
use moai_core::{Coordinator, Handled, Handler, Journal, NewRecord, Timestamp, record_kind, swarm_id};
use moai_store::{Fault, Faults, FaultyJournal, MemoryJournal};

use crate::asker::{Asker, Fickle, Slow, closing, half, in_round, me, question, request};

fn journals() -> (Faults, Arc<MemoryJournal>, Arc<dyn Journal>) {
    let (faults, inner) = (Faults::new(), Arc::new(MemoryJournal::new()));
    let journal = Arc::new(FaultyJournal::new(inner.clone(), faults.clone()));
    (faults, inner, journal)
}

#[tokio::test(start_paused = true)]
async fn a_ballot_leaves_before_it_is_written_down() {
    let mut asker = Asker::new().await;
    let (faults, inner, journal) = journals();
    let _agent = asker.voting(half(Fickle::default()).recover(journal).await.unwrap()).await;
    let gate = faults.hold();
    asker.put(&request("deploy-v2.0")).await;
    faults.until_waiting(1).await;
    tokio::task::yield_now().await;
    let early = tokio::time::timeout(std::time::Duration::from_secs(5), asker.mailbox.recv()).await;
    assert!(early.is_err(), "{early:?} left before the journal had it");
    assert_eq!(inner.head().await.unwrap().seq, 0);
    gate.release();
    let ballot = asker.ballot().await;
    let records = inner.read(1, 10).await.unwrap();
    assert_eq!((records.len(), records[0].kind.as_str()), (1, "agent_ballot"));
    let text = String::from_utf8(records[0].payload.to_vec()).unwrap();
    assert!(text.contains(&ballot.reason) && text.contains("swarm-001"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_ballot_that_cannot_be_written_down_is_given_all_the_same() {
    let mut asker = Asker::new().await;
    let (faults, _, journal) = journals();
    let voter = Arc::new(Fickle::default());
    let handler = half(voter.clone()).recover(journal).await.unwrap();
    let _agent = asker.voting(handler.clone()).await;
    faults.fill();
    let question = request("deploy-v2.0");
    asker.put(&question).await;
    let cause = asker.cause().await;
    assert!(cause.starts_with("the ballot is not recorded: no room"), "{cause}");
    asker.put(&in_round(&question, 2)).await;
    assert_eq!(asker.cause().await, cause);
    // Once there is room the first thought is given, and nobody thinks again.
    faults.make_room();
    asker.put(&in_round(&question, 3)).await;
    assert_eq!(asker.ballot().await.reason, "the 0. thought");
    assert_eq!(voter.asked(), 1);
    assert_eq!((handler.counts().failed, handler.counts().answered), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_ballot_that_may_be_in_the_journal_is_given_another_time_and_differently() {
    let mut asker = Asker::new().await;
    let (faults, inner, journal) = journals();
    let handler = half(Fickle::default()).recover(journal.clone()).await.unwrap();
    let agent = asker.voting(handler).await;
    faults.next_write(Fault::During { applied: true });
    let question = request("deploy-v2.0");
    for round in 1..=2 {
        asker.put(&in_round(&question, round)).await;
        let cause = asker.cause().await;
        assert!(cause.ends_with(["may be half done", "stop this agent"][round as usize - 1]), "{cause}");
    }
    asker.swarm.leave(&me()).await.unwrap();
    agent.await.unwrap();
    faults.reopen();
    let fickle = Arc::new(Fickle::default());
    let _agent = asker.voting(half(fickle.clone()).recover(journal).await.unwrap()).await;
    asker.put(&question).await;
    assert_eq!(asker.ballot().await.reason, "the 0. thought");
    assert_eq!((fickle.asked(), inner.head().await.unwrap().seq), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_another_ballot_is_given() {
    let mut asker = Asker::new().await;
    let (_, _, journal) = journals();
    let question = request("deploy-v2.0");
    let agent = asker.voting(half(Fickle::default()).recover(journal.clone()).await.unwrap()).await;
    asker.put(&question).await;
    let first = asker.bytes().await;
    asker.swarm.leave(&me()).await.unwrap();
    agent.await.unwrap();

    let fickle = Arc::new(Slow::default());
    let handler = half(fickle.clone()).recover(journal).await.unwrap();
    assert_eq!(handler.remembered(), 1);
    let _agent = asker.voting(handler).await;
    asker.put(&question).await;
    assert_eq!(asker.bytes().await, first, "it differs in a byte");
    assert_eq!(fickle.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_words_of_others_in_a_shared_journal_are_taken_for_its_own() {
    let (_, _, journal) = journals();
    let mut asker = Asker::new().await;
    let agent = asker.voting(half(Fickle::default()).recover(journal.clone()).await.unwrap()).await;
    asker.put(&request("deploy-v2.0")).await;
    asker.ballot().await;
    agent.abort();
    journal.append(vec![NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "?")]).await.unwrap();
    let remembered = async |swarm, agent| {
        let half = moai_consensus::VoterHandler::new(swarm, agent, voter_fn(|_| Choice::For));
        half.recover(journal.clone()).await.unwrap().remembered()
    };
    assert_eq!(remembered(swarm_id!("swarm-001"), me()).await, 1);
    assert_eq!(remembered(swarm_id!("swarm-002"), me()).await, 1, "one key has one word in all swarms");
    assert_eq!(remembered(swarm_id!("swarm-001"), moai_core::agent_id!("agent-2")).await, 0);

    journal.append(vec![NewRecord::new(record_kind!("agent_ballot"), Timestamp::UNIX_EPOCH, "{}")]).await.unwrap();
    let error = half(Fickle::default()).recover(journal.clone()).await.unwrap_err();
    assert!(matches!(error, RecoverError::BadRecord { seq: 3, .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_journal_is_taken_for_an_empty_one() {
    let (faults, _, journal) = journals();
    faults.spoil();
    let error = half(Fickle::default()).recover(journal).await.unwrap_err();
    assert!(matches!(error, RecoverError::Journal(_)), "{error}");
}

/// Polls it once.
async fn once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    let mut future = std::pin::Pin::new(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn work_dropped_while_it_is_written_down_is_thought_again() {
    let (faults, inner, journal) = journals();
    let voter = Arc::new(Fickle::default());
    let mut handler = half(voter.clone()).recover(journal).await.unwrap();
    let asked = request("deploy-v2.0");
    let gate = faults.hold();
    let Handled::Later(mut work) = handler.handle(&question(&asked)) else { panic!("it thinks") };
    assert!(once(&mut work).await.is_none());
    // Its word is on its way into the journal: nothing stops it any more.
    assert!(matches!(handler.handle(&closing(&asked)), Handled::Done(none) if none.is_empty()));
    assert_eq!(handler.thinking(), 1);
    drop(work);
    assert_eq!((handler.thinking(), handler.remembered()), (0, 1));
    gate.release();
    let Handled::Later(work) = handler.handle(&question(&asked)) else { panic!("it writes it down first") };
    assert_eq!(work.await.len(), 1);
    assert_eq!((voter.asked(), inner.head().await.unwrap().seq), (1, 1));
}
