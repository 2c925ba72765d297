//! Coming into a swarm.

use super::CoordinatorFixture;
use super::examined::{Examined, PARTICIPANTS, id};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{CoordinatorError, InvalidInput, Role, SwarmId};

checks! { CoordinatorFixture, Examined:
    "The one swarm that this coordinator is." => a_coordinator_is_of_another_swarm,
    "One coordinator is one swarm." => two_swarms_hear_each_other,
    "When `join` returns, others reach it." => who_joined_is_not_reached_at_once,
    "The mailbox names its owner." => a_mailbox_names_somebody_else,
    "Reserved for the name `coordinator`." => the_reserved_name_joins,
    "AlreadyJoined when the name is in use." => a_name_is_given_twice,
    "AlreadyJoined: the first one stays." => a_refused_join_takes_out_the_first,
    "TooMany when the swarm is full: members and services count." => a_full_swarm_takes_one_more,
    "What is at a limit passes." => a_swarm_is_full_too_early,
    "A refusal changes nothing." => a_refused_join_takes_a_place,
    "Names of 64 bytes are told apart to their last byte." => a_long_name_is_cut,
}

async fn a_long_name_is_cut(exam: Examined<'_>) -> Verdict {
    let name = |last: &str| format!("{}{last}", "n".repeat(63));
    let (one, two) = (name("1"), name("2"));
    let mut first = exam.member(&one).await?;
    let mut second = exam.member(&two).await?;
    exam.sees(&[&one, &two]).await?;
    exam.sent(&one, &two, "for two").await?;
    exam.sent(&two, &one, "for one").await?;
    exam.reaches(&one, "for all", &[], &[&two]).await?;
    exam.hears(&mut *second, &["for two", "for all"]).await?;
    exam.hears(&mut *first, &["for one"]).await?;
    exam.leave(&one).await??;
    exam.sees(&[&two]).await?;
    exam.unknown(&two, &one).await?;
    exam.silent(&mut *second).await
}

async fn a_coordinator_is_of_another_swarm(exam: Examined<'_>) -> Verdict {
    same("the swarm of a new coordinator", exam.coordinator.swarm_id(), &exam.swarm)?;
    let _one = exam.member("agent-1").await?;
    same("the swarm after a join", exam.coordinator.swarm_id(), &exam.swarm)
}

async fn two_swarms_hear_each_other(exam: Examined<'_>) -> Verdict {
    let other = Examined::new(exam.fixture, &format!("{}.other", exam.swarm)).await?;
    let _here = exam.member("agent-1").await?;
    let mut two_here = exam.member("agent-2").await?;
    let _there = other.member("agent-1").await?;
    let mut two_there = other.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "for here").await?;
    other.sent("agent-1", "agent-2", "for there").await?;
    exam.reaches("agent-1", "for all here", &[], &["agent-2"]).await?;
    exam.hears(&mut *two_here, &["for here", "for all here"]).await?;
    other.hears(&mut *two_there, &["for there"]).await?;
    exam.silent(&mut *two_here).await?;
    other.silent(&mut *two_there).await
}

async fn who_joined_is_not_reached_at_once(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.sent("agent-1", "agent-2", "welcome").await?;
    exam.sent("agent-2", "agent-1", "thanks").await?;
    exam.reaches("agent-1", "all", &[], &["agent-2"]).await?;
    exam.hears(&mut *two, &["welcome", "all"]).await?;
    exam.hears(&mut *one, &["thanks"]).await
}

async fn a_mailbox_names_somebody_else(exam: Examined<'_>) -> Verdict {
    let one = exam.member("agent-1").await?;
    let service = exam.service("manager").await?;
    same("the owner of a member's mailbox", one.owner(), &id("agent-1")?)?;
    same("the owner of a service's mailbox", service.owner(), &id("manager")?)
}

async fn the_reserved_name_joins(exam: Examined<'_>) -> Verdict {
    for role in [Role::Member, Role::Service] {
        let got = exam.join("coordinator", role).await?.err();
        let reserved = matches!(got, Some(CoordinatorError::Input(InvalidInput::Reserved { .. })));
        demand!(reserved, "the reserved name was to be refused as such, got {got:?}");
    }
    exam.sees(&[]).await
}

async fn a_name_is_given_twice(exam: Examined<'_>) -> Verdict {
    let _member = exam.member("agent-1").await?;
    let _service = exam.service("manager").await?;
    for name in ["agent-1", "manager"] {
        for role in [Role::Member, Role::Service] {
            let got = exam.join(name, role).await?.err();
            same("a join under a name in use", &got, &Some(CoordinatorError::AlreadyJoined { id: id(name)? }))?;
        }
    }
    exam.sees(&["agent-1"]).await
}

async fn a_refused_join_takes_out_the_first(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.sent("agent-2", "agent-1", "before").await?;
    // Whether it is refused is another check's concern.
    drop(exam.join("agent-1", Role::Member).await?);
    exam.sent("agent-2", "agent-1", "after").await?;
    exam.sent("agent-1", "agent-2", "still here").await?;
    exam.hears(&mut *one, &["before", "after"]).await?;
    exam.hears(&mut *two, &["still here"]).await
}

/// Joins as many as the swarm holds: members, and one service.
async fn crowd(exam: &Examined<'_>) -> Verdict<Vec<Box<dyn crate::Mailbox>>> {
    let mut mailboxes = vec![exam.service("manager").await?];
    for number in 1..PARTICIPANTS {
        mailboxes.push(exam.member(&format!("agent-{number}")).await?);
    }
    Ok(mailboxes)
}

async fn a_full_swarm_takes_one_more(exam: Examined<'_>) -> Verdict {
    let _crowd = crowd(&exam).await?;
    for role in [Role::Member, Role::Service] {
        let got = exam.join("one-more", role).await?.err();
        let full = matches!(got, Some(CoordinatorError::Input(InvalidInput::TooMany { .. })));
        demand!(full, "a full swarm was to refuse one more, got {got:?}");
    }
    exam.unknown("agent-1", "one-more").await
}

async fn a_swarm_is_full_too_early(exam: Examined<'_>) -> Verdict {
    let _crowd = crowd(&exam).await?;
    exam.leave("agent-1").await??;
    let _next = exam.member("one-more").await?;
    Ok(())
}

async fn a_refused_join_takes_a_place(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    for _ in 0..PARTICIPANTS {
        drop(exam.join("agent-1", Role::Member).await?);
        drop(exam.join("coordinator", Role::Member).await?);
    }
    // A second name must still find a place, and the swarm be the one that was asked for.
    let _two = exam.member("agent-2").await?;
    same("the swarm", exam.coordinator.swarm_id(), &SwarmId::new(exam.swarm.as_str())?)
}
