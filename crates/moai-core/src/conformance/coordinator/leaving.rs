//! Going out of a swarm, by word or by dropping the mailbox.

use super::CoordinatorFixture;
use super::examined::{Examined, id};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::conformance::turns::{poll_once, turn};
use crate::{AgentState, CoordinatorError};

checks! { CoordinatorFixture, Examined:
    "When `leave` returns, nobody reaches it." => who_left_is_still_reached,
    "When `leave` returns, nobody reaches it: no broadcast either." => who_left_still_gets_broadcasts,
    "Only members stand in the view." => who_left_is_still_seen,
    "UnknownSender: who has left does not send." => who_left_still_sends,
    "After its owner left, the mailbox yields what it still holds." => what_was_accepted_is_lost_by_leaving,
    "After its owner left, the mailbox yields what it still holds, also to `recv_many`."
        => recv_many_loses_what_was_accepted_by_leaving,
    "After its owner left, the mailbox ends." => a_left_mailbox_never_ends,
    "After its owner left, the mailbox ends for good." => an_ended_mailbox_begins_again,
    "`recv_many` returns 0 once the owner has left and nothing is left." => recv_many_of_an_ended_mailbox_waits,
    "`recv` gives None once the owner has left: a waiting one too." => a_receiver_sleeps_through_its_leave,
    "The name is free again." => a_name_stays_taken_after_leaving,
    "What was accepted arrives at its recipient: not at who has the name later." => a_successor_inherits_messages,
    "A new member is Active." => a_successor_inherits_a_state,
    "NotJoined when nobody has that name." => a_stranger_leaves,
    "Dropping the mailbox leaves the swarm." => a_dropped_mailbox_stays_in_the_swarm,
    "Dropping the mailbox never takes out somebody who has joined under the same name since."
        => dropping_an_old_mailbox_takes_out_the_new_owner_of_the_name,
}

async fn who_left_is_still_reached(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.leave("agent-2").await??;
    exam.unknown("agent-1", "agent-2").await?;
    exam.ended(&mut *two).await
}

async fn who_left_still_gets_broadcasts(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let _three = exam.member("agent-3").await?;
    exam.reaches("agent-1", "before", &[], &["agent-2", "agent-3"]).await?;
    exam.leave("agent-2").await??;
    exam.reaches("agent-1", "after", &[], &["agent-3"]).await?;
    exam.hears(&mut *two, &["before"]).await?;
    exam.ended(&mut *two).await
}

async fn who_left_is_still_seen(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.sees(&["agent-1", "agent-2"]).await?;
    exam.leave("agent-1").await??;
    exam.sees(&["agent-2"]).await
}

async fn who_left_still_sends(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.leave("agent-2").await??;
    let unknown = CoordinatorError::UnknownSender { id: id("agent-2")? };
    same("a send by who has left", &exam.send("agent-2", "agent-1", "ghost").await?, &Err(unknown.clone()))?;
    same("a broadcast by who has left", &exam.broadcast("agent-2", "ghost", &[]).await?, &Err(unknown))?;
    exam.silent(&mut *one).await
}

async fn what_was_accepted_is_lost_by_leaving(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "first").await?;
    exam.sent("agent-1", "agent-2", "second").await?;
    exam.leave("agent-2").await??;
    exam.hears(&mut *two, &["first", "second"]).await
}

async fn recv_many_loses_what_was_accepted_by_leaving(exam: Examined<'_>) -> Verdict {
    let mut two = exam.member("agent-2").await?;
    exam.fill("agent-2", "agent-2", 3).await?;
    exam.leave("agent-2").await??;
    let mut into = Vec::new();
    while exam.due("what a mailbox still holds, or its end", two.recv_many(&mut into, 2)).await? > 0 {}
    same("how many messages the mailbox still gave", &into.len(), &3)
}

async fn a_left_mailbox_never_ends(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    exam.sent("agent-1", "agent-1", "the last").await?;
    exam.leave("agent-1").await??;
    exam.heard(&mut *one).await?;
    exam.ended(&mut *one).await
}

async fn an_ended_mailbox_begins_again(exam: Examined<'_>) -> Verdict {
    let mut old = exam.member("agent-1").await?;
    exam.leave("agent-1").await??;
    exam.ended(&mut *old).await?;
    let mut new = exam.member("agent-1").await?;
    exam.sent("agent-1", "agent-1", "for the new one").await?;
    exam.ended(&mut *old).await?;
    exam.ended(&mut *old).await?;
    exam.hears(&mut *new, &["for the new one"]).await
}

async fn recv_many_of_an_ended_mailbox_waits(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    exam.leave("agent-1").await??;
    let mut into = Vec::new();
    for _ in 0..2 {
        let got = exam.due("the end of a mailbox", one.recv_many(&mut into, 3)).await?;
        same("what an ended mailbox gives", &(got, into.len()), &(0, 0))?;
    }
    Ok(())
}

async fn a_receiver_sleeps_through_its_leave(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut waiting = one.recv();
    let alarm = std::sync::Arc::new(crate::conformance::turns::Alarm::default());
    let waker = std::task::Waker::from(std::sync::Arc::clone(&alarm));
    let early = waiting.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_ready();
    demand!(!early, "the receiver had something before anything was sent");
    exam.leave("agent-1").await??;
    let rung = async {
        while alarm.rang() == 0 {
            turn().await;
        }
    };
    exam.due("a wake-up for the receiver that left", rung).await?;
    same("the end of a mailbox", &exam.due("the end of a mailbox", waiting).await?, &None)
}

async fn a_name_stays_taken_after_leaving(exam: Examined<'_>) -> Verdict {
    let _old = exam.member("agent-1").await?;
    exam.leave("agent-1").await??;
    let mut new = exam.member("agent-1").await?;
    exam.sent("agent-1", "agent-1", "hello again").await?;
    exam.hears(&mut *new, &["hello again"]).await
}

async fn a_successor_inherits_messages(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut old = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "for the old one").await?;
    exam.leave("agent-2").await??;
    let mut new = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "for the new one").await?;
    exam.hears(&mut *new, &["for the new one"]).await?;
    exam.silent(&mut *new).await?;
    exam.hears(&mut *old, &["for the old one"]).await?;
    exam.ended(&mut *old).await
}

async fn a_successor_inherits_a_state(exam: Examined<'_>) -> Verdict {
    let _old = exam.member("agent-1").await?;
    let id = id("agent-1")?;
    exam.due("the answer to set_state", exam.coordinator.set_state(&id, AgentState::Failed)).await??;
    exam.leave("agent-1").await??;
    let _new = exam.member("agent-1").await?;
    let seen: Vec<_> = exam.view().await?.into_iter().map(|member| (member.id, member.state)).collect();
    same("the view", &seen, &vec![(id, AgentState::Active)])
}

async fn a_stranger_leaves(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let not_joined =
        |name| Ok::<_, crate::conformance::check::Miss>(Err(CoordinatorError::NotJoined { id: id(name)? }));
    same("a leave by a stranger", &exam.leave("stranger").await?, &not_joined("stranger")?)?;
    exam.leave("agent-1").await??;
    same("a second leave", &exam.leave("agent-1").await?, &not_joined("agent-1")?)
}

async fn a_dropped_mailbox_stays_in_the_swarm(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    // Also while a message waits in it, and after a wait was broken off.
    demand!(poll_once(&mut two.recv()).await.is_pending(), "the receiver had something before anything was sent");
    exam.sent("agent-1", "agent-2", "unread").await?;
    drop(two);
    // Dropping returns at once; where the word of it has a way to go, it may come later.
    let gone = async {
        while exam.view().await?.len() > 1 {
            turn().await;
        }
        Ok(())
    };
    exam.eventually("the end of a member whose mailbox was dropped", gone).await?;
    exam.unknown("agent-1", "agent-2").await
}

async fn dropping_an_old_mailbox_takes_out_the_new_owner_of_the_name(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let old = exam.member("agent-2").await?;
    exam.leave("agent-2").await??;
    let mut new = exam.member("agent-2").await?;
    drop(old);
    exam.fixture.patience().await;
    exam.sees(&["agent-1", "agent-2"]).await?;
    exam.sent("agent-1", "agent-2", "still here").await?;
    exam.hears(&mut *new, &["still here"]).await
}
