//! Calls that are dropped half way: done, or not begun.

use super::CoordinatorFixture;
use super::examined::{Examined, id};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::conformance::turns::{poll_a_few, turn};
use crate::{CoordinatorError, Role};

/// How often a call is polled before it is dropped.
const POLLS: [usize; 5] = [0, 1, 2, 3, 5];

checks! { CoordinatorFixture, Examined:
    "Dropping a future of `join` half way leaves it done or not begun; done, its mailbox was dropped with it."
        => a_dropped_join_keeps_its_name,
    "Dropping a future of `leave` half way leaves it done or not begun." => a_dropped_leave_is_half_done,
    "Dropping a future of `send` half way leaves it done or not begun." => a_dropped_send_arrives_late_or_twice,
    "Dropping a future of `broadcast` half way leaves it done or not begun." => a_dropped_broadcast_reaches_some,
}

async fn a_dropped_join_keeps_its_name(exam: Examined<'_>) -> Verdict {
    for polls in POLLS {
        let half = poll_a_few(exam.coordinator.join(id("agent-1")?, Role::Member), polls).await;
        drop(half);
        let joined = async {
            loop {
                match exam.join("agent-1", Role::Member).await? {
                    Err(CoordinatorError::AlreadyJoined { .. }) => turn().await,
                    answer => return Ok(answer?),
                }
            }
        };
        let one = exam.eventually(&format!("a name whose join was dropped after {polls} polls"), joined).await?;
        exam.sees(&["agent-1"]).await?;
        exam.leave("agent-1").await??;
        drop(one);
    }
    Ok(())
}

async fn a_dropped_leave_is_half_done(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    for polls in POLLS {
        let mut two = exam.member("agent-2").await?;
        let half = poll_a_few(exam.coordinator.leave(&id("agent-2")?), polls).await;
        exam.fixture.patience().await;
        let seen = exam.view().await?.len() == 2;
        demand!(half.is_none() || !seen, "who has left is still seen");
        if seen {
            exam.sent("agent-1", "agent-2", "still here").await?;
            exam.hears(&mut *two, &["still here"]).await?;
            exam.leave("agent-2").await??;
        } else {
            exam.unknown("agent-1", "agent-2").await?;
            exam.ended(&mut *two).await?;
        }
    }
    Ok(())
}

async fn a_dropped_send_arrives_late_or_twice(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let to = id("agent-2")?;
    for polls in POLLS {
        let half = poll_a_few(exam.coordinator.send(&to, exam.envelope("agent-1", "half")?), polls).await;
        exam.sent("agent-1", "agent-2", "whole").await?;
        let mut got = exam.heard(&mut *two).await?;
        if got.payload() == "half" {
            got = exam.heard(&mut *two).await?;
        } else {
            demand!(half.is_none(), "a send that was done did not arrive");
        }
        same("what was sent after a dropped send", &got.payload().as_ref(), &b"whole".as_slice())?;
        exam.silent(&mut *two).await?;
    }
    Ok(())
}

async fn a_dropped_broadcast_reaches_some(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut others = Vec::new();
    for number in 2..6 {
        others.push(exam.member(&format!("agent-{number}")).await?);
    }
    for polls in POLLS {
        let call = exam.coordinator.broadcast(exam.envelope("agent-1", "half")?, &[]);
        let half = poll_a_few(call, polls).await;
        let _delivered = exam.broadcast("agent-1", "whole", &[]).await??;
        let mut reached = 0;
        for other in &mut others {
            let mut got = exam.heard(&mut **other).await?;
            if got.payload() == "half" {
                reached += 1;
                got = exam.heard(&mut **other).await?;
            }
            same("what was sent after a dropped broadcast", &got.payload().as_ref(), &b"whole".as_slice())?;
        }
        let due = if half.is_some() { reached == others.len() } else { reached == 0 || reached == others.len() };
        demand!(due, "a broadcast that was dropped after {polls} polls reached {reached} of {}", others.len());
    }
    Ok(())
}
