//! A coordinator under examination: each call with words for what was due, and nothing that waits for ever.

use std::sync::Arc;

use bytes::Bytes;

use super::CoordinatorFixture;
use crate::conformance::check::{Miss, Verdict, demand, same};
use crate::conformance::turns::before;
use crate::{
    AgentId, Coordinator, CoordinatorError, CorrelationId, Delivered, Envelope, Limits, Mailbox, Member, MessageKind,
    Role, SwarmId,
};

/// How many participants a swarm under examination holds.
pub(super) const PARTICIPANTS: usize = 8;
/// How many messages a member's mailbox holds.
pub(super) const MEMBER_MAILBOX: usize = 4;
/// How many messages a service's mailbox holds.
pub(super) const SERVICE_MAILBOX: usize = 6;
/// How many bytes a payload has at the most.
pub(super) const PAYLOAD: usize = 1_024;

/// A fresh coordinator, and the patience of its fixture.
pub(super) struct Examined<'a> {
    pub(super) fixture: &'a dyn CoordinatorFixture,
    pub(super) coordinator: Arc<dyn Coordinator>,
    pub(super) swarm: SwarmId,
}

/// A name.
pub(super) fn id(name: &str) -> Verdict<AgentId> {
    Ok(AgentId::new(name)?)
}

impl<'a> Examined<'a> {
    /// A coordinator for a swarm of this name.
    pub(super) async fn new(fixture: &'a dyn CoordinatorFixture, name: &str) -> Verdict<Self> {
        Self::with_services_of(SERVICE_MAILBOX, fixture, name).await
    }

    /// The same, with larger or smaller mailboxes for services.
    pub(super) async fn with_services_of(
        service_mailbox: usize,
        fixture: &'a dyn CoordinatorFixture,
        name: &str,
    ) -> Verdict<Self> {
        let limits = Limits {
            participants: PARTICIPANTS,
            member_mailbox: MEMBER_MAILBOX,
            service_mailbox,
            payload_bytes: PAYLOAD,
            ..Limits::default()
        };
        let swarm = SwarmId::new(name)?;
        Ok(Self { fixture, coordinator: fixture.fresh(swarm.clone(), limits).await, swarm })
    }

    /// Waits for `what`.
    pub(super) async fn due<T>(&self, what: &str, future: impl Future<Output = T>) -> Verdict<T> {
        let given = before(future, self.fixture.patience()).await;
        given.ok_or_else(|| Miss::Broken(format!("{what} was not there when patience ended")))
    }

    /// Tries until it is so.
    pub(super) async fn eventually<T>(&self, what: &str, tries: impl Future<Output = Verdict<T>>) -> Verdict<T> {
        self.due(what, tries).await?
    }

    /// Joins, whatever comes of it.
    pub(super) async fn join(&self, name: &str, role: Role) -> Verdict<Result<Box<dyn Mailbox>, CoordinatorError>> {
        self.due("the answer to a join", self.coordinator.join(id(name)?, role)).await
    }

    /// Joins as a member.
    pub(super) async fn member(&self, name: &str) -> Verdict<Box<dyn Mailbox>> {
        Ok(self.join(name, Role::Member).await??)
    }

    /// Joins as a service.
    pub(super) async fn service(&self, name: &str) -> Verdict<Box<dyn Mailbox>> {
        Ok(self.join(name, Role::Service).await??)
    }

    /// Leaves, whatever comes of it.
    pub(super) async fn leave(&self, name: &str) -> Verdict<Result<(), CoordinatorError>> {
        self.due("the answer to a leave", self.coordinator.leave(&id(name)?)).await
    }

    /// An envelope from `from`.
    pub(super) fn envelope(&self, from: &str, payload: impl Into<Bytes>) -> Verdict<Envelope> {
        self.envelope_in(self.swarm.clone(), from, payload)
    }

    /// An envelope from `from` in any swarm.
    pub(super) fn envelope_in(&self, swarm: SwarmId, from: &str, payload: impl Into<Bytes>) -> Verdict<Envelope> {
        let correlation = CorrelationId::from_bytes([9; 16]);
        Ok(Envelope::new(swarm, id(from)?, MessageKind::new("exam")?, correlation, payload))
    }

    /// Sends, whatever comes of it; the answer must not wait for a receiver.
    pub(super) async fn send(
        &self,
        from: &str,
        to: &str,
        payload: impl Into<Bytes>,
    ) -> Verdict<Result<(), CoordinatorError>> {
        let envelope = self.envelope(from, payload)?;
        self.due("the answer to a send", self.coordinator.send(&id(to)?, envelope)).await
    }

    /// Sends.
    pub(super) async fn sent(&self, from: &str, to: &str, payload: impl Into<Bytes>) -> Verdict {
        Ok(self.send(from, to, payload).await??)
    }

    /// Fills the mailbox of `to`, which holds `capacity`, with `0`, `1` and so on.
    pub(super) async fn fill(&self, from: &str, to: &str, capacity: usize) -> Verdict {
        for number in 0..capacity {
            self.sent(from, to, number.to_string()).await?;
        }
        Ok(())
    }

    /// Broadcasts, whatever comes of it.
    pub(super) async fn broadcast(
        &self,
        from: &str,
        payload: impl Into<Bytes>,
        except: &[&str],
    ) -> Verdict<Result<Delivered, CoordinatorError>> {
        let except = except.iter().map(|name| id(name)).collect::<Verdict<Vec<_>>>()?;
        let envelope = self.envelope(from, payload)?;
        self.due("the answer to a broadcast", self.coordinator.broadcast(envelope, &except)).await
    }

    /// Broadcasts to everyone, and demands that it reached exactly these.
    pub(super) async fn reaches(&self, from: &str, payload: &str, except: &[&str], due: &[&str]) -> Verdict {
        let delivered = self.broadcast(from, payload.to_owned(), except).await??;
        let names: Vec<_> = delivered.ids.iter().map(AgentId::as_str).collect();
        same("whom a broadcast reached", names.as_slice(), due)?;
        same("who refused a broadcast", &delivered.refused, &Vec::new())
    }

    /// The next message.
    pub(super) async fn heard(&self, mailbox: &mut dyn Mailbox) -> Verdict<Envelope> {
        let what = format!("a message for {}", mailbox.owner());
        let envelope = self.due(&what, mailbox.recv()).await?;
        envelope.ok_or_else(|| Miss::Broken(format!("the mailbox of {} ended: {what} was due", mailbox.owner())))
    }

    /// Demands that these messages come next, in this order.
    pub(super) async fn hears(&self, mailbox: &mut dyn Mailbox, due: &[&str]) -> Verdict {
        for payload in due {
            let got = self.heard(mailbox).await?;
            same(&format!("what {} received", mailbox.owner()), got.payload(), &Bytes::from((*payload).to_owned()))?;
        }
        Ok(())
    }

    /// Demands that nothing comes, and that the mailbox does not end either.
    pub(super) async fn silent(&self, mailbox: &mut dyn Mailbox) -> Verdict {
        let got = before(mailbox.recv(), self.fixture.patience()).await;
        demand!(got.is_none(), "nothing was to come to {}, got {got:?}", mailbox.owner());
        Ok(())
    }

    /// Demands that the mailbox has ended.
    pub(super) async fn ended(&self, mailbox: &mut dyn Mailbox) -> Verdict {
        let what = format!("the end of the mailbox of {}", mailbox.owner());
        let got = self.due(&what, mailbox.recv()).await?;
        same(&what, &got, &None)
    }

    /// The members, as the view shows them.
    pub(super) async fn view(&self) -> Verdict<Vec<Member>> {
        Ok(self.due("the view", self.coordinator.view()).await??.members)
    }

    /// The epoch of the view.
    pub(super) async fn epoch(&self) -> Verdict<u64> {
        Ok(self.due("the view", self.coordinator.view()).await??.epoch)
    }

    /// Demands that these are the members.
    pub(super) async fn sees(&self, due: &[&str]) -> Verdict {
        let members = self.view().await?;
        let names: Vec<_> = members.iter().map(|member| member.id.as_str()).collect();
        same("the members in the view", names.as_slice(), due)
    }

    /// Demands that nobody reaches `to` now.
    pub(super) async fn unknown(&self, from: &str, to: &str) -> Verdict {
        let got = self.send(from, to, "to nobody").await?;
        same(&format!("a send to {to}"), &got, &Err(CoordinatorError::UnknownRecipient { id: id(to)? }))
    }
}
