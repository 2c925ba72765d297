//! A full mailbox: a refusal, and nobody else's trouble.

use super::CoordinatorFixture;
use super::examined::{Examined, MEMBER_MAILBOX, id};
use crate::CoordinatorError;
use crate::conformance::check::{Verdict, checks, same};
use crate::conformance::turns::turn;

checks! { CoordinatorFixture, Examined:
    "Sending never waits for the receiver." => a_send_to_a_full_mailbox_waits,
    "A mailbox is bounded: a full one is a refusal." => a_full_mailbox_takes_one_more,
    "MailboxFull names the recipient, and how many messages its mailbox holds." => a_full_mailbox_is_misnamed,
    "What is at a limit passes." => a_mailbox_is_full_too_early,
    "A full mailbox delays nobody else." => a_full_mailbox_stops_the_others,
    "A full mailbox is a refusal; what was in it stays." => a_refusal_pushes_out_what_was_accepted,
    "A refusal changes nothing." => what_was_refused_arrives_later,
    "A mailbox holds as many messages as it may: what was received is no longer in it." => a_drained_mailbox_stays_full,
}

async fn a_send_to_a_full_mailbox_waits(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    for number in 0..=MEMBER_MAILBOX {
        // Any answer is one.
        let _answer = exam.send("agent-1", "agent-2", number.to_string()).await?;
    }
    Ok(())
}

async fn a_full_mailbox_takes_one_more(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let got = exam.send("agent-1", "agent-2", "one more").await?;
    same("whether a full mailbox took one more", &got.is_ok(), &false)
}

async fn a_full_mailbox_is_misnamed(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let full = CoordinatorError::MailboxFull { id: id("agent-2")?, capacity: MEMBER_MAILBOX };
    same("a send to a full mailbox", &exam.send("agent-1", "agent-2", "one more").await?, &Err(full))
}

async fn a_mailbox_is_full_too_early(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await
}

async fn a_full_mailbox_stops_the_others(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let mut three = exam.member("agent-3").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let _refused = exam.send("agent-1", "agent-2", "one more").await?;
    exam.sent("agent-1", "agent-3", "past the full one").await?;
    exam.sent("agent-2", "agent-1", "from the full one").await?;
    exam.hears(&mut *three, &["past the full one"]).await?;
    exam.hears(&mut *one, &["from the full one"]).await
}

async fn a_refusal_pushes_out_what_was_accepted(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    for _ in 0..3 {
        let _refused = exam.send("agent-1", "agent-2", "too much").await?;
    }
    exam.hears(&mut *two, &["0", "1", "2", "3"]).await
}

async fn what_was_refused_arrives_later(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let refused = exam.send("agent-1", "agent-2", "too much").await?;
    for _ in 0..MEMBER_MAILBOX {
        exam.heard(&mut *two).await?;
    }
    if refused.is_err() { exam.silent(&mut *two).await } else { Ok(()) }
}

async fn a_drained_mailbox_stays_full(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await?;
    let _refused = exam.send("agent-1", "agent-2", "too much").await?;
    exam.hears(&mut *two, &["0"]).await?;
    // Word of the free place may have a way to go.
    let accepted = async {
        while let Err(error) = exam.send("agent-1", "agent-2", "4").await? {
            let full = CoordinatorError::MailboxFull { id: id("agent-2")?, capacity: MEMBER_MAILBOX };
            same("a send to a mailbox with room", &error, &full)?;
            turn().await;
        }
        Ok(())
    };
    exam.eventually("room after a message was received", accepted).await?;
    exam.hears(&mut *two, &["1", "2", "3", "4"]).await
}
