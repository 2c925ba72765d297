//! One message, from one to another.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::CoordinatorFixture;
use super::examined::{Examined, MEMBER_MAILBOX, PAYLOAD, id};
use crate::conformance::check::{Task, Verdict, checks, demand, same};
use crate::conformance::threads::race;
use crate::conformance::turns::{together, turn};
use crate::{CoordinatorError, CorrelationId, Envelope, InvalidInput, MessageKind, SwarmId};

checks! { CoordinatorFixture, Examined:
    "An envelope of another swarm is refused with WrongSwarm." => an_envelope_of_another_swarm_is_carried,
    "UnknownSender: who has not joined does not send." => a_stranger_sends,
    "UnknownRecipient: there is nobody to carry it to." => a_message_to_nobody_is_accepted,
    "An envelope goes into the mailbox of one participant." => a_message_reaches_somebody_else,
    "The recipient may be the sender itself." => nobody_can_write_to_itself,
    "What was accepted arrives unchanged." => a_message_is_changed_on_its_way,
    "What was accepted arrives once." => a_message_arrives_twice,
    "What was accepted arrives in the order in which its sender sent it." => messages_of_one_sender_overtake_each_other,
    "TooLong for a payload over the limit." => a_payload_over_the_limit_is_carried,
    "What is at a limit passes." => a_payload_at_the_limit_is_refused,
    "Methods may be called from many tasks at once: what was accepted arrives once, in order."
        => many_senders_at_once_lose_or_double_messages,
    "Sends on several threads: what was accepted arrives once, in order." => threads_lose_or_double_messages,
}

async fn threads_lose_or_double_messages(exam: Examined<'_>) -> Verdict {
    const SENDERS: usize = 4;
    const EACH: usize = 100;
    // All of it fits, so that nothing may be refused and nobody has to receive meanwhile.
    let exam =
        Examined::with_services_of(SENDERS * EACH, exam.fixture, &format!("{}.crowd", exam.swarm.as_str())).await?;
    let mut receiver = exam.service("receiver").await?;
    let (mut held, mut tasks): (Vec<_>, Vec<Task<'static>>) = (Vec::new(), Vec::new());
    for number in 0..SENDERS {
        let name = format!("agent-{number}");
        held.push(exam.member(&name).await?);
        let (coordinator, to) = (Arc::clone(&exam.coordinator), id("receiver")?);
        let envelopes = (0..EACH).map(|number| exam.envelope(&name, number.to_string()));
        let envelopes = envelopes.collect::<Verdict<Vec<_>>>()?;
        tasks.push(Box::pin(async move {
            for envelope in envelopes {
                coordinator.send(&to, envelope).await?;
            }
            Ok(())
        }));
    }
    race(|jobs| exam.fixture.together(jobs), tasks)?;
    let mut heard: BTreeMap<String, Vec<Bytes>> = BTreeMap::new();
    for _ in 0..SENDERS * EACH {
        let got = exam.heard(&mut *receiver).await?;
        heard.entry(got.sender().to_string()).or_default().push(got.payload().clone());
    }
    for (name, messages) in heard {
        let due: Vec<_> = (0..EACH).map(|number| Bytes::from(number.to_string())).collect();
        same(&format!("the messages of {name}"), &messages, &due)?;
    }
    exam.silent(&mut *receiver).await
}

async fn an_envelope_of_another_swarm_is_carried(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let got = SwarmId::new("another-swarm")?;
    let envelope = exam.envelope_in(got.clone(), "agent-1", "astray")?;
    let answer = exam.due("the answer to a send", exam.coordinator.send(&id("agent-2")?, envelope)).await?;
    let wrong = CoordinatorError::WrongSwarm { expected: exam.swarm.clone(), got };
    same("an envelope of another swarm", &answer, &Err(wrong))?;
    exam.silent(&mut *two).await
}

async fn a_stranger_sends(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let got = exam.send("stranger", "agent-1", "let me in").await?;
    same("a send by a stranger", &got, &Err(CoordinatorError::UnknownSender { id: id("stranger")? }))?;
    exam.silent(&mut *one).await
}

async fn a_message_to_nobody_is_accepted(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    exam.unknown("agent-1", "nobody").await?;
    exam.silent(&mut *one).await?;
    let mut late = exam.member("nobody").await?;
    exam.silent(&mut *late).await
}

async fn a_message_reaches_somebody_else(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    exam.sent("agent-1", "agent-2", "for two").await?;
    exam.hears(&mut *two, &["for two"]).await?;
    exam.silent(&mut *one).await?;
    exam.silent(&mut *three).await
}

async fn nobody_can_write_to_itself(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    exam.sent("agent-1", "agent-1", "a note").await?;
    exam.hears(&mut *one, &["a note"]).await
}

async fn a_message_is_changed_on_its_way(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let payloads = [Bytes::new(), Bytes::from(every_byte), Bytes::from_static("Zähler\r\n\0".as_bytes())];
    let kinds = ["consensus_request", "x", "a.b-c_d"];
    for (number, (payload, kind)) in (1..).zip(payloads.into_iter().zip(kinds)) {
        let correlation = CorrelationId::from_bytes([number; 16]);
        let sent = Envelope::new(exam.swarm.clone(), id("agent-1")?, MessageKind::new(kind)?, correlation, payload);
        exam.due("the answer to a send", exam.coordinator.send(&id("agent-2")?, sent.clone())).await??;
        let got = exam.heard(&mut *two).await?;
        same("what arrived", &got, &sent)?;
        same("the payload that arrived", got.payload(), sent.payload())?;
    }
    Ok(())
}

async fn a_message_arrives_twice(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "once").await?;
    exam.hears(&mut *two, &["once"]).await?;
    exam.silent(&mut *two).await
}

async fn messages_of_one_sender_overtake_each_other(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    let (mut from_one, mut from_two) = (Vec::new(), Vec::new());
    for round in 0..6 {
        exam.sent("agent-1", "agent-3", round.to_string()).await?;
        exam.sent("agent-2", "agent-3", round.to_string()).await?;
        if round % 2 == 1 {
            for _ in 0..4 {
                let got = exam.heard(&mut *three).await?;
                let heard = if *got.sender() == id("agent-1")? { &mut from_one } else { &mut from_two };
                heard.push(got.payload().clone());
            }
        }
    }
    let due: Vec<_> = (0..6).map(|round| Bytes::from(round.to_string())).collect();
    same("the messages of one sender", &from_one, &due)?;
    same("the messages of the other sender", &from_two, &due)
}

async fn a_payload_over_the_limit_is_carried(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let got = exam.send("agent-1", "agent-2", vec![7; PAYLOAD + 1]).await?;
    let refused = matches!(got, Err(CoordinatorError::Input(InvalidInput::TooLong { .. })));
    demand!(refused, "a payload over the limit was to be refused as too long, got {got:?}");
    exam.silent(&mut *two).await
}

async fn a_payload_at_the_limit_is_refused(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    for length in [PAYLOAD - 1, PAYLOAD] {
        let payload = vec![7; length];
        exam.sent("agent-1", "agent-2", payload.clone()).await?;
        same("a payload at the limit", exam.heard(&mut *two).await?.payload(), &Bytes::from(payload))?;
    }
    Ok(())
}

async fn many_senders_at_once_lose_or_double_messages(exam: Examined<'_>) -> Verdict {
    const SENDERS: usize = 5;
    const EACH: usize = 4 * MEMBER_MAILBOX;
    let mut receiver = exam.member("receiver").await?;
    let names: Vec<_> = (0..SENDERS).map(|number| format!("agent-{number}")).collect();
    let mut held = Vec::new();
    for name in &names {
        held.push(exam.member(name).await?);
    }
    let exam = &exam;
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for name in &names {
        tasks.push(Box::pin(async move {
            for number in 0..EACH {
                let accepted = async {
                    loop {
                        match exam.send(name, "receiver", format!("{name} {number}")).await? {
                            // It does not wait, so whoever wants to send tries again.
                            Err(CoordinatorError::MailboxFull { .. }) => turn().await,
                            answer => return Ok(answer?),
                        }
                    }
                };
                exam.eventually("room for a message", accepted).await?;
                turn().await;
            }
            Ok(())
        }));
    }
    let receiver = &mut *receiver;
    tasks.push(Box::pin(async move {
        let mut heard: BTreeMap<String, Vec<Bytes>> = BTreeMap::new();
        for _ in 0..SENDERS * EACH {
            let got = exam.heard(receiver).await?;
            heard.entry(got.sender().to_string()).or_default().push(got.payload().clone());
        }
        for (name, messages) in heard {
            let due: Vec<_> = (0..EACH).map(|number| Bytes::from(format!("{name} {number}"))).collect();
            same(&format!("the messages of {name}"), &messages, &due)?;
        }
        exam.silent(receiver).await
    }));
    together(tasks).await
}
