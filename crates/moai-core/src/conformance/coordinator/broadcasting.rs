//! One message to all.

use super::CoordinatorFixture;
use super::examined::{Examined, MEMBER_MAILBOX, PAYLOAD, id};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{AgentId, CoordinatorError, Delivered, InvalidInput, SwarmId};

checks! { CoordinatorFixture, Examined:
    "A broadcast goes into the mailbox of every member." => a_broadcast_misses_a_member,
    "A broadcast goes to every member but its sender." => a_broadcast_comes_back_to_its_sender,
    "A broadcast goes to every member but those in `except`." => a_broadcast_reaches_who_was_excepted,
    "A broadcast goes to every member but those in `except`, whoever else is named there."
        => a_strange_exception_spoils_a_broadcast,
    "`ids`: whose mailbox holds it, sorted by name." => a_broadcast_lies_about_whom_it_reached,
    "Who could not be given it is named with the error that a send would have met, sorted by name."
        => a_broadcast_hides_a_full_mailbox,
    "Who could not be given a broadcast keeps it from nobody else." => a_full_mailbox_stops_a_broadcast,
    "A broadcast that reaches nobody is no error." => a_broadcast_to_nobody_is_an_error,
    "What was accepted arrives in the order in which its sender sent it." => a_broadcast_overtakes_a_message,
    "What was accepted arrives unchanged, and once." => a_broadcast_is_changed_or_doubled,
    "WrongSwarm: then nobody receives it." => a_broadcast_of_another_swarm_is_carried,
    "UnknownSender: then nobody receives it." => a_stranger_broadcasts,
    "TooLong: then nobody receives it." => a_broadcast_over_the_limit_is_carried,
}

async fn a_broadcast_misses_a_member(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut others = Vec::new();
    for number in 2..6 {
        others.push(exam.member(&format!("agent-{number}")).await?);
    }
    let _delivered = exam.broadcast("agent-1", "for all", &[]).await??;
    for other in &mut others {
        exam.hears(&mut **other, &["for all"]).await?;
    }
    Ok(())
}

async fn a_broadcast_comes_back_to_its_sender(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let _delivered = exam.broadcast("agent-1", "for all", &[]).await??;
    exam.silent(&mut *one).await
}

async fn a_broadcast_reaches_who_was_excepted(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    let mut four = exam.member("agent-4").await?;
    exam.reaches("agent-1", "not for all", &["agent-4", "agent-2"], &["agent-3"]).await?;
    exam.hears(&mut *three, &["not for all"]).await?;
    exam.silent(&mut *two).await?;
    exam.silent(&mut *four).await
}

async fn a_strange_exception_spoils_a_broadcast(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    let _service = exam.service("manager").await?;
    let except = ["stranger", "agent-2", "manager", "agent-2", "agent-1", "coordinator"];
    exam.reaches("agent-1", "for three", &except, &["agent-3"]).await?;
    exam.hears(&mut *three, &["for three"]).await
}

async fn a_broadcast_lies_about_whom_it_reached(exam: Examined<'_>) -> Verdict {
    let mut held = Vec::new();
    for name in ["m", "c", "z", "a-1", "a"] {
        held.push(exam.member(name).await?);
    }
    exam.reaches("m", "for all", &[], &["a", "a-1", "c", "z"]).await?;
    exam.leave("c").await??;
    exam.reaches("a", "for all that are left", &["z"], &["a-1", "m"]).await
}

async fn a_broadcast_hides_a_full_mailbox(exam: Examined<'_>) -> Verdict {
    let mut held = Vec::new();
    for name in ["agent-3", "agent-1", "agent-4", "agent-2"] {
        held.push(exam.member(name).await?);
    }
    let full = |id: AgentId| (id.clone(), CoordinatorError::MailboxFull { id, capacity: MEMBER_MAILBOX });
    exam.fill("agent-1", "agent-4", MEMBER_MAILBOX).await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let got = exam.broadcast("agent-1", "for all", &[]).await??;
    let refused = vec![full(id("agent-2")?), full(id("agent-4")?)];
    same("a broadcast to full mailboxes", &got, &Delivered::new(vec![id("agent-3")?], refused))
}

async fn a_full_mailbox_stops_a_broadcast(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    let mut four = exam.member("agent-4").await?;
    exam.fill("agent-1", "agent-3", MEMBER_MAILBOX).await?;
    let _delivered = exam.broadcast("agent-1", "for all", &[]).await??;
    exam.hears(&mut *two, &["for all"]).await?;
    exam.hears(&mut *four, &["for all"]).await?;
    exam.hears(&mut *three, &["0", "1", "2", "3"]).await?;
    exam.silent(&mut *three).await
}

async fn a_broadcast_to_nobody_is_an_error(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    exam.reaches("agent-1", "alone", &[], &[]).await?;
    let _two = exam.member("agent-2").await?;
    exam.reaches("agent-1", "alone", &["agent-2"], &[]).await
}

async fn a_broadcast_overtakes_a_message(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "first").await?;
    exam.reaches("agent-1", "second", &[], &["agent-2"]).await?;
    exam.sent("agent-1", "agent-2", "third").await?;
    exam.hears(&mut *two, &["first", "second", "third"]).await
}

async fn a_broadcast_is_changed_or_doubled(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let sent = exam.envelope("agent-1", vec![0, 255, 7])?;
    let _delivered = exam.due("the answer to a broadcast", exam.coordinator.broadcast(sent.clone(), &[])).await??;
    same("what arrived", &exam.heard(&mut *two).await?, &sent)?;
    exam.silent(&mut *two).await
}

async fn a_broadcast_of_another_swarm_is_carried(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let got = SwarmId::new("another-swarm")?;
    let envelope = exam.envelope_in(got.clone(), "agent-1", "astray")?;
    let answer = exam.due("the answer to a broadcast", exam.coordinator.broadcast(envelope, &[])).await?;
    let wrong = CoordinatorError::WrongSwarm { expected: exam.swarm.clone(), got };
    same("a broadcast of another swarm", &answer, &Err(wrong))?;
    exam.silent(&mut *two).await
}

async fn a_stranger_broadcasts(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let got = exam.broadcast("stranger", "hear me", &[]).await?;
    same("a broadcast by a stranger", &got, &Err(CoordinatorError::UnknownSender { id: id("stranger")? }))?;
    exam.silent(&mut *one).await
}

async fn a_broadcast_over_the_limit_is_carried(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let got = exam.broadcast("agent-1", vec![7; PAYLOAD + 1], &[]).await?;
    let refused = matches!(got, Err(CoordinatorError::Input(InvalidInput::TooLong { .. })));
    demand!(refused, "a payload over the limit was to be refused as too long, got {got:?}");
    exam.silent(&mut *two).await?;
    let _delivered = exam.broadcast("agent-1", vec![7; PAYLOAD], &[]).await??;
    same("the length that arrived", &exam.heard(&mut *two).await?.payload().len(), &PAYLOAD)
}
