//! What the coordinator is to be told: who has failed, and who is back as what it was.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{AgentId, AgentState};

use super::{Health, HealthEvent};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Failed,
    Back,
}

#[derive(Debug, Default)]
pub(super) struct States {
    /// The last of each.
    due: BTreeMap<AgentId, Turn>,
    /// What was not taken, until the next round.
    refused: BTreeMap<AgentId, Turn>,
    /// What who was told as failed did before.
    before: BTreeMap<AgentId, AgentState>,
    /// Who stood as failed when it was first seen, and has not been heard yet: another monitor's word.
    found: BTreeSet<AgentId>,
}

impl States {
    /// Takes over a member that is new.
    pub(super) fn begin(&mut self, agent: &AgentId, shown: AgentState) {
        self.forget(agent);
        if shown == AgentState::Failed {
            self.found.insert(agent.clone());
        }
    }

    pub(super) fn forget(&mut self, agent: &AgentId) {
        self.due.remove(agent);
        self.refused.remove(agent);
        self.before.remove(agent);
        self.found.remove(agent);
    }

    /// Takes over what somebody is now, and says whether the coordinator is to be told.
    pub(super) fn change(&mut self, event: &HealthEvent) -> bool {
        let turn = match (event.from, event.to) {
            (_, Health::Failed) => Turn::Failed,
            (Health::Failed, _) => Turn::Back,
            _ => return false,
        };
        self.found.remove(&event.agent);
        self.refused.remove(&event.agent);
        self.due.insert(event.agent.clone(), turn);
        true
    }

    /// Notes that somebody was heard, and says whether there is something new to tell.
    pub(super) fn hear(&mut self, agent: &AgentId) -> bool {
        let is_back = self.found.remove(agent);
        if is_back {
            self.due.insert(agent.clone(), Turn::Back);
        }
        is_back
    }

    /// A round: what was refused is due again, where nothing came after it.
    pub(super) fn round(&mut self) {
        for (agent, turn) in std::mem::take(&mut self.refused) {
            self.due.entry(agent).or_insert(turn);
        }
    }

    pub(super) fn refuse(&mut self, agent: AgentId, turn: Turn) {
        if !self.due.contains_key(&agent) {
            self.refused.insert(agent, turn);
        }
    }

    pub(super) fn refuse_all(&mut self) {
        self.refused.append(&mut self.due);
    }

    pub(super) fn are_due(&self) -> bool {
        !self.due.is_empty()
    }

    pub(super) fn take(&mut self) -> BTreeMap<AgentId, Turn> {
        std::mem::take(&mut self.due)
    }

    /// What to tell of somebody whom the coordinator shows as `shown`. Whatever else was said of it since it failed
    /// stands, and what is no longer the last is not told.
    pub(super) fn plan(&mut self, agent: &AgentId, turn: Turn, shown: AgentState) -> Option<AgentState> {
        if self.due.contains_key(agent) {
            return None;
        }
        match (turn, shown) {
            (Turn::Failed, AgentState::Failed) => None,
            (Turn::Failed, _) => {
                self.before.insert(agent.clone(), shown);
                Some(AgentState::Failed)
            }
            (Turn::Back, AgentState::Failed) => Some(self.before.get(agent).copied().unwrap_or(AgentState::Active)),
            (Turn::Back, _) => None,
        }
    }
}
