//! Who is asked.

use std::sync::Arc;

use moai_core::{AgentId, AgentState, Coordinator, CoordinatorError, Delivered, Envelope, Member};

use crate::{Electorate, FinalTally, Rule, Why};

/// The rule of a vote in a swarm that cannot be looked at.
pub(super) struct Unasked;

impl Rule for Unasked {
    fn holds(&self, _: &FinalTally<'_>) -> Result<(), Why> {
        Err(Why::Other("nobody can be asked"))
    }

    fn words(&self) -> String {
        "nobody can be asked".into()
    }
}

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
        coordinator: &dyn Coordinator,
        envelope: Envelope,
    ) -> Result<Delivered, CoordinatorError> {
        let only = match &self.whom {
            Whom::All => return coordinator.broadcast(envelope, &[]).await,
            Whom::AllBut(others) => return coordinator.broadcast(envelope, others).await,
            Whom::Only(only) => only,
        };
        let mut delivered = Delivered::default();
        for id in only.iter() {
            match coordinator.send(id, envelope.clone()).await {
                Ok(()) => delivered.ids.push(id.clone()),
                // It is the question that does not fit, and not the one who is asked.
                Err(why @ (CoordinatorError::Input(_) | CoordinatorError::UnknownSender { .. })) => return Err(why),
                Err(why) => delivered.refused.push((id.clone(), why)),
            }
        }
        Ok(delivered)
    }
}
