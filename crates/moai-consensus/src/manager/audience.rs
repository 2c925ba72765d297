//! Who is asked.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use moai_core::{AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Member};
use tokio::task::JoinSet;

use crate::Electorate;

/// Who is asked: those who may vote and are in the swarm.
#[derive(Debug, Clone)]
pub(super) struct Audience {
    whom: Whom,
    /// Whether that is everybody who may vote: then nobody answers who is not asked.
    pub(super) is_everybody: bool,
}

#[derive(Debug, Clone)]
enum Whom {
    /// The whole swarm.
    All,
    /// The swarm but for these.
    AllBut(Arc<[AgentId]>),
    /// These few.
    Only(Arc<[AgentId]>),
}

impl Audience {
    /// Those of these members who may vote. Both are sorted.
    pub(super) fn of(members: &[Member], electorate: &Electorate) -> Self {
        let votes = |member: &&Member| electorate.index_of(&member.id).is_some();
        let ids = |members: &[&Member]| members.iter().map(|member| member.id.clone()).collect::<Arc<[AgentId]>>();
        let (asked, others): (Vec<_>, Vec<_>) = members.iter().partition(votes);
        let is_everybody = asked.len() == electorate.len();
        let whom = if others.is_empty() {
            Whom::All
        } else if asked.len() < others.len() {
            Whom::Only(ids(&asked))
        } else {
            Whom::AllBut(ids(&others))
        };
        Self { whom, is_everybody }
    }

    /// Every member, of whom the dead may not vote.
    pub(super) fn living(members: &[Member], electorate: &Electorate) -> Self {
        if members.iter().any(|member| member.state == AgentState::Failed) {
            return Self::of(members, electorate);
        }
        Self { whom: Whom::All, is_everybody: true }
    }

    /// Whoever is there, of whom nothing is known.
    pub(super) const fn unknown() -> Self {
        Self { whom: Whom::All, is_everybody: false }
    }

    /// Puts a question to them.
    ///
    /// # Errors
    ///
    /// When it cannot be put to anybody.
    pub(super) async fn ask(
        &self,
        coordinator: &Arc<dyn Coordinator>,
        envelope: Envelope,
    ) -> Result<Delivered, CoordinatorError> {
        let only = match &self.whom {
            Whom::All => return coordinator.broadcast(envelope, &[]).await,
            Whom::AllBut(others) => return coordinator.broadcast(envelope, others).await,
            Whom::Only(only) => only,
        };
        let mut delivered = Delivered::default();
        for (id, sent) in send_each(coordinator, only, &envelope).await {
            match sent {
                Ok(()) => delivered.ids.push(id),
                // It is the question that does not fit, and not the one who is asked.
                Err(why @ (CoordinatorError::Input(_) | CoordinatorError::UnknownSender { .. })) => return Err(why),
                Err(why) => delivered.refused.push((id, why)),
            }
        }
        Ok(delivered)
    }
}

/// How many messages may hang in the coordinator at once when the same goes to many.
const AT_ONCE: usize = 256;

/// Sends the same to each of these, side by side, and gives what became of it.
pub(super) async fn send_each(
    coordinator: &Arc<dyn Coordinator>,
    ids: &[AgentId],
    envelope: &Envelope,
) -> Vec<(AgentId, Result<(), CoordinatorError>)> {
    let mut sent = Vec::with_capacity(ids.len());
    // They end with this future.
    let mut hanging = JoinSet::new();
    for id in ids {
        if hanging.len() >= AT_ONCE {
            sent.extend(hanging.join_next().await.and_then(Result::ok));
        }
        let (coordinator, id, envelope) = (coordinator.clone(), id.clone(), envelope.clone());
        let mut sending = Box::pin(async move {
            let sent = coordinator.send(&id, envelope).await;
            (id, sent)
        });
        match poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await {
            Poll::Ready(at_once) => sent.push(at_once),
            Poll::Pending => drop(hanging.spawn(sending)),
        }
    }
    while let Some(late) = hanging.join_next().await {
        sent.extend(late.ok());
    }
    sent
}
