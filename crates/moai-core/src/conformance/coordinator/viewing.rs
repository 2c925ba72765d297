//! Who is seen, and doing what.

use super::CoordinatorFixture;
use super::examined::{Examined, id};
use crate::conformance::check::{Miss, Verdict, checks, demand, same};
use crate::{AgentState, CoordinatorError, Role};

const STATES: [AgentState; 4] = [AgentState::Idle, AgentState::Busy, AgentState::Failed, AgentState::Active];

checks! { CoordinatorFixture, Examined:
    "A new member is Active." => a_new_member_is_not_active,
    "The members of this moment." => a_view_misses_a_member,
    "The members of this moment, sorted by name." => a_view_is_unsorted,
    "`view` shows what a member is doing from then on." => a_state_is_not_seen,
    "`set_state` says what one member is doing." => a_state_spreads_to_others,
    "The epoch grows whenever a member joins." => the_epoch_stands_still_when_a_member_comes,
    "The epoch grows whenever a member leaves." => the_epoch_stands_still_when_a_member_goes,
    "The epoch grows at no other time." => the_epoch_moves_though_the_members_stay,
    "`joined` tells two lives of one name apart." => two_lives_of_a_name_look_alike,
    "NotJoined when no member has that name." => a_stranger_has_a_state,
    "Who was found dead still stands in the view until it leaves." => a_failed_member_vanishes,
    "Idle and busy members take part." => a_busy_member_is_cut_off,
}

impl Examined<'_> {
    async fn set_state(&self, name: &str, state: AgentState) -> Verdict<Result<(), CoordinatorError>> {
        self.due("the answer to set_state", self.coordinator.set_state(&id(name)?, state)).await
    }
}

async fn a_new_member_is_not_active(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let seen: Vec<_> = exam.view().await?.into_iter().map(|member| (member.id, member.state)).collect();
    same("the view", &seen, &vec![(id("agent-1")?, AgentState::Active)])
}

async fn the_epoch_stands_still_when_a_member_comes(exam: Examined<'_>) -> Verdict {
    let empty = exam.epoch().await?;
    let _one = exam.member("agent-1").await?;
    let one = exam.epoch().await?;
    let _two = exam.member("agent-2").await?;
    let two = exam.epoch().await?;
    demand!(empty < one && one < two, "the epochs were {empty}, {one} and {two}");
    Ok(())
}

async fn the_epoch_stands_still_when_a_member_goes(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    let two = exam.epoch().await?;
    exam.leave("agent-1").await??;
    let one = exam.epoch().await?;
    demand!(two < one, "the epoch was {two} before a member went, and {one} after");
    Ok(())
}

async fn the_epoch_moves_though_the_members_stay(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let before = exam.epoch().await?;
    let _service = exam.service("manager").await?;
    exam.set_state("agent-1", AgentState::Busy).await??;
    exam.sent("manager", "agent-1", "work").await?;
    exam.hears(&mut *one, &["work"]).await?;
    let _refused = exam.join("agent-1", Role::Member).await?;
    exam.leave("manager").await??;
    same("the epoch", &exam.epoch().await?, &before)
}

async fn two_lives_of_a_name_look_alike(exam: Examined<'_>) -> Verdict {
    let lives = async || Ok::<_, Miss>(exam.view().await?.iter().map(|member| member.joined).collect::<Vec<_>>());
    let _old = exam.member("agent-1").await?;
    let old = lives().await?;
    exam.leave("agent-1").await??;
    let _new = exam.member("agent-1").await?;
    let new = lives().await?;
    demand!(old.len() == 1 && new.len() == 1 && old < new, "the lives were {old:?} and {new:?}");
    Ok(())
}

async fn a_view_misses_a_member(exam: Examined<'_>) -> Verdict {
    exam.sees(&[]).await?;
    let _one = exam.member("agent-1").await?;
    exam.sees(&["agent-1"]).await?;
    let _two = exam.member("agent-2").await?;
    exam.sees(&["agent-1", "agent-2"]).await
}

async fn a_view_is_unsorted(exam: Examined<'_>) -> Verdict {
    let mut held = Vec::new();
    for name in ["m", "c", "z", "a-1", "a", "c.2", "10"] {
        held.push(exam.member(name).await?);
    }
    exam.sees(&["10", "a", "a-1", "c", "c.2", "m", "z"]).await
}

async fn a_state_is_not_seen(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    for state in STATES {
        exam.set_state("agent-1", state).await??;
        let seen: Vec<_> = exam.view().await?.iter().map(|member| member.state).collect();
        same("the state in the view", &seen, &vec![state])?;
    }
    Ok(())
}

async fn a_state_spreads_to_others(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.set_state("agent-1", AgentState::Failed).await??;
    exam.set_state("agent-2", AgentState::Busy).await??;
    let seen: Vec<_> = exam.view().await?.iter().map(|member| member.state).collect();
    same("the states in the view", &seen, &vec![AgentState::Failed, AgentState::Busy])
}

async fn a_stranger_has_a_state(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let unknown = |id| Err(CoordinatorError::NotJoined { id });
    let got = exam.set_state("stranger", AgentState::Busy).await?;
    same("the state of a stranger", &got, &unknown(id("stranger")?))?;
    exam.leave("agent-1").await??;
    let got = exam.set_state("agent-1", AgentState::Busy).await?;
    same("the state of who has left", &got, &unknown(id("agent-1")?))?;
    exam.sees(&[]).await
}

async fn a_failed_member_vanishes(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    exam.set_state("agent-1", AgentState::Failed).await??;
    exam.sees(&["agent-1"]).await?;
    exam.leave("agent-1").await??;
    exam.sees(&[]).await
}

async fn a_busy_member_is_cut_off(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    exam.set_state("agent-1", AgentState::Busy).await??;
    exam.set_state("agent-2", AgentState::Idle).await??;
    exam.reaches("agent-1", "for all", &[], &["agent-2"]).await?;
    exam.sent("agent-2", "agent-1", "for one").await?;
    exam.hears(&mut *two, &["for all"]).await?;
    exam.hears(&mut *one, &["for one"]).await
}
