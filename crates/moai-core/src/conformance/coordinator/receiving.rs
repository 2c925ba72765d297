//! Taking messages out of a mailbox.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::CoordinatorFixture;
use super::examined::Examined;
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::conformance::turns::{Alarm, before, poll_once, turn};
use crate::{Envelope, Mailbox};

checks! { CoordinatorFixture, Examined:
    "`recv` waits for the next message." => a_mailbox_ends_while_its_owner_is_there,
    "`recv` waits for the next message: its coming is not slept through." => a_sleeping_receiver_is_not_woken,
    "`recv` waits for the next message, also when another task goes on with the waiting."
        => a_receiver_that_moved_is_not_woken,
    "Dropping a future of `recv` loses nothing." => dropping_a_recv_loses_a_message,
    "Dropping a future of `recv_many` loses nothing." => dropping_a_recv_many_loses_messages,
    "Messages come out in the order in which they were accepted, each once." => recv_many_mixes_up_the_order,
    "`recv_many` appends up to `limit`." => recv_many_takes_more_than_its_limit,
    "`recv_many` appends to `into`." => recv_many_forgets_what_was_gathered,
    "`recv_many` returns how many." => recv_many_miscounts,
    "`recv_many` returns 0 when `limit` is 0." => recv_many_of_none_waits_or_takes,
    "`recv_many` waits for at least one message." => recv_many_gives_none_to_its_owner,
    "`recv_many` waits for at least one message: its coming is not slept through."
        => a_sleeping_recv_many_is_not_woken,
}

async fn a_mailbox_ends_while_its_owner_is_there(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    exam.silent(&mut *one).await?;
    exam.sent("agent-1", "agent-1", "a note").await?;
    exam.hears(&mut *one, &["a note"]).await?;
    exam.silent(&mut *one).await
}

/// Polls `waiting` once with each of two alarms, runs `send`, and demands that the second one rings until it is done.
async fn woken<T>(
    exam: &Examined<'_>,
    waiting: impl Future<Output = T>,
    wakers: usize,
    send: impl Future<Output = Verdict>,
) -> Verdict<T> {
    let mut waiting = pin!(waiting);
    let mut alarm = Arc::new(Alarm::default());
    for _ in 0..wakers {
        alarm = Arc::new(Alarm::default());
        let waker = Waker::from(Arc::clone(&alarm));
        let early = waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        demand!(!early, "the receiver had something before anything was sent");
    }
    send.await?;
    let waker = Waker::from(Arc::clone(&alarm));
    let rung = async {
        let mut heard = 0;
        loop {
            // Whoever waits is polled when it was woken, not sooner.
            while alarm.rang() == heard {
                turn().await;
            }
            heard = alarm.rang();
            if let Poll::Ready(given) = waiting.as_mut().poll(&mut Context::from_waker(&waker)) {
                return given;
            }
        }
    };
    exam.due("a wake-up for the receiver", rung).await
}

async fn a_sleeping_receiver_is_not_woken(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let got = woken(&exam, one.recv(), 1, exam.sent("agent-2", "agent-1", "wake up")).await?;
    same("whether the receiver has the message", &got.is_some(), &true)
}

async fn a_receiver_that_moved_is_not_woken(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let got = woken(&exam, one.recv(), 2, exam.sent("agent-2", "agent-1", "wake up")).await?;
    same("whether the receiver has the message", &got.is_some(), &true)
}

async fn a_sleeping_recv_many_is_not_woken(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let mut into = Vec::new();
    let got = woken(&exam, one.recv_many(&mut into, 3), 1, exam.sent("agent-2", "agent-1", "wake up")).await?;
    same("how many messages the receiver has", &got, &1)
}

async fn dropping_a_recv_loses_a_message(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    // Dropped before the message is sent.
    demand!(poll_once(&mut one.recv()).await.is_pending(), "the receiver had something before anything was sent");
    exam.sent("agent-2", "agent-1", "first").await?;
    exam.hears(&mut *one, &["first"]).await?;
    // Dropped after it, before it was polled again.
    let mut waiting = one.recv();
    demand!(poll_once(&mut waiting).await.is_pending(), "the receiver had something before anything was sent");
    exam.sent("agent-2", "agent-1", "second").await?;
    turn().await;
    drop(waiting);
    exam.hears(&mut *one, &["second"]).await?;
    // Dropped without a poll, while a message waits; and after each poll that did not give it.
    exam.sent("agent-2", "agent-1", "third").await?;
    drop(one.recv());
    for _ in 0..3 {
        if let Poll::Ready(got) = poll_once(&mut one.recv()).await {
            return same("whether the message is still there", &got.is_some_and(|got| got.payload() == "third"), &true);
        }
    }
    exam.hears(&mut *one, &["third"]).await
}

async fn dropping_a_recv_many_loses_messages(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let mut into = Vec::new();
    let mut waiting = one.recv_many(&mut into, 3);
    demand!(poll_once(&mut waiting).await.is_pending(), "the receiver had something before anything was sent");
    exam.sent("agent-2", "agent-1", "first").await?;
    exam.sent("agent-2", "agent-1", "second").await?;
    turn().await;
    drop(waiting);
    same("what a dropped call left behind", &into, &Vec::new())?;
    exam.hears(&mut *one, &["first", "second"]).await
}

/// Calls `recv_many` with these limits, in turn, until `count` messages are there; each call must keep to its limit.
async fn gather(exam: &Examined<'_>, mailbox: &mut dyn Mailbox, count: usize, limit: usize) -> Verdict<Vec<Envelope>> {
    let mut into = Vec::new();
    while into.len() < count {
        let held = into.len();
        let got = exam.due("a message", mailbox.recv_many(&mut into, limit)).await?;
        demand!(got > 0 && into.len() > held, "recv_many gave none, {count} were sent and {held} received");
        demand!(into.len() - held <= limit, "recv_many took {} where the limit is {limit}", into.len() - held);
    }
    Ok(into)
}

fn payloads(envelopes: &[Envelope]) -> Vec<String> {
    envelopes.iter().map(|envelope| String::from_utf8_lossy(envelope.payload()).into_owned()).collect()
}

async fn recv_many_mixes_up_the_order(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    for limit in [1, 2, 3, 100] {
        exam.fill("agent-2", "agent-1", 4).await?;
        let got = gather(&exam, &mut *one, 4, limit).await?;
        same("what recv_many gave", &payloads(&got), &["0", "1", "2", "3"].map(str::to_owned).to_vec())?;
        exam.silent(&mut *one).await?;
    }
    Ok(())
}

async fn recv_many_takes_more_than_its_limit(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.fill("agent-2", "agent-1", 4).await?;
    // By now they are all there, wherever they come from.
    exam.fixture.patience().await;
    let mut into = Vec::new();
    exam.due("a message", one.recv_many(&mut into, 3)).await?;
    demand!(into.len() <= 3, "recv_many took {} where the limit is 3", into.len());
    Ok(())
}

async fn recv_many_forgets_what_was_gathered(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let held = exam.envelope("agent-1", "held before")?;
    exam.sent("agent-1", "agent-1", "new").await?;
    let mut into = vec![held];
    exam.due("a message", one.recv_many(&mut into, 4)).await?;
    same("what is gathered", &payloads(&into), &vec!["held before".to_owned(), "new".to_owned()])
}

async fn recv_many_miscounts(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut into = vec![exam.envelope("agent-1", "held before")?];
    exam.fill("agent-1", "agent-1", 3).await?;
    exam.fixture.patience().await;
    let got = exam.due("a message", one.recv_many(&mut into, 4)).await?;
    same("the count that recv_many gave", &got, &(into.len() - 1))
}

async fn recv_many_of_none_waits_or_takes(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut into = Vec::new();
    same("none of nothing", &exam.due("an answer for none", one.recv_many(&mut into, 0)).await?, &0)?;
    exam.sent("agent-1", "agent-1", "stays").await?;
    exam.fixture.patience().await;
    same("none of one", &exam.due("an answer for none", one.recv_many(&mut into, 0)).await?, &0)?;
    same("what was taken", &into, &Vec::new())?;
    exam.hears(&mut *one, &["stays"]).await
}

async fn recv_many_gives_none_to_its_owner(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut into = Vec::new();
    let got = before(one.recv_many(&mut into, 3), exam.fixture.patience()).await;
    same("an answer of recv_many while nothing is there", &got, &None)
}
