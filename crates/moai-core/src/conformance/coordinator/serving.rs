//! Services: reached by name, never counted.

use super::CoordinatorFixture;
use super::examined::{Examined, MEMBER_MAILBOX, SERVICE_MAILBOX, id};
use crate::conformance::check::{Verdict, checks, same};
use crate::{AgentState, CoordinatorError};

checks! { CoordinatorFixture, Examined:
    "Members count, services do not: only members stand in the view." => a_service_is_counted,
    "Only members stand in the view, whatever they were before." => a_member_that_became_a_service_is_counted,
    "Services can be written to by name." => a_service_is_not_reached_by_name,
    "Services may send." => a_service_cannot_send,
    "Services may send: broadcasts too." => a_service_cannot_broadcast,
    "Only members receive broadcasts." => a_service_hears_a_broadcast,
    "NotJoined when no member has that name: services have no state." => a_service_has_a_state,
    "A service's mailbox holds as many messages as its own limit says." => a_service_has_the_mailbox_of_a_member,
    "`leave` takes a participant out, be it a service." => a_service_cannot_leave,
}

async fn a_service_is_counted(exam: Examined<'_>) -> Verdict {
    let _service = exam.service("manager").await?;
    exam.sees(&[]).await?;
    let _one = exam.member("agent-1").await?;
    exam.sees(&["agent-1"]).await
}

async fn a_member_that_became_a_service_is_counted(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _two = exam.member("agent-2").await?;
    exam.sees(&["agent-1", "agent-2"]).await?;
    exam.leave("agent-2").await??;
    let mut service = exam.service("agent-2").await?;
    exam.sees(&["agent-1"]).await?;
    exam.reaches("agent-1", "members only", &[], &[]).await?;
    exam.silent(&mut *service).await
}

async fn a_service_is_not_reached_by_name(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut service = exam.service("manager").await?;
    exam.sent("agent-1", "manager", "a vote").await?;
    exam.hears(&mut *service, &["a vote"]).await
}

async fn a_service_cannot_send(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _service = exam.service("manager").await?;
    exam.sent("manager", "agent-1", "a question").await?;
    exam.hears(&mut *one, &["a question"]).await
}

async fn a_service_cannot_broadcast(exam: Examined<'_>) -> Verdict {
    let mut one = exam.member("agent-1").await?;
    let _service = exam.service("manager").await?;
    exam.reaches("manager", "a question", &[], &["agent-1"]).await?;
    exam.hears(&mut *one, &["a question"]).await
}

async fn a_service_hears_a_broadcast(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut two = exam.member("agent-2").await?;
    let mut service = exam.service("manager").await?;
    exam.reaches("agent-1", "members only", &[], &["agent-2"]).await?;
    exam.hears(&mut *two, &["members only"]).await?;
    exam.silent(&mut *service).await
}

async fn a_service_has_a_state(exam: Examined<'_>) -> Verdict {
    let _service = exam.service("manager").await?;
    let id = id("manager")?;
    let got = exam.due("the answer to set_state", exam.coordinator.set_state(&id, AgentState::Busy)).await?;
    same("the state of a service", &got, &Err(CoordinatorError::NotJoined { id }))
}

async fn a_service_has_the_mailbox_of_a_member(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let _service = exam.service("manager").await?;
    exam.fill("agent-1", "manager", SERVICE_MAILBOX).await?;
    let full = CoordinatorError::MailboxFull { id: id("manager")?, capacity: SERVICE_MAILBOX };
    same("a send to a full service", &exam.send("agent-1", "manager", "too much").await?, &Err(full))?;
    let _two = exam.member("agent-2").await?;
    exam.fill("agent-1", "agent-2", MEMBER_MAILBOX).await
}

async fn a_service_cannot_leave(exam: Examined<'_>) -> Verdict {
    let _one = exam.member("agent-1").await?;
    let mut service = exam.service("manager").await?;
    exam.leave("manager").await??;
    exam.unknown("agent-1", "manager").await?;
    exam.ended(&mut *service).await
}
