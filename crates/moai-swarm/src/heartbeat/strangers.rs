//! Beats of those who are not watched yet: they may have joined since the members were looked at.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{AgentId, Envelope};

/// The last beat of each.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    due: BTreeMap<AgentId, Envelope>,
    /// For whom the members could not be looked at, until the next round.
    refused: BTreeMap<AgentId, Envelope>,
    /// Who turned out to be nobody to watch: that is looked at again in the next round.
    passed: BTreeSet<AgentId>,
}

impl Strangers {
    /// Keeps a beat, where there is room for another name.
    pub(super) fn keep(&mut self, beat: &Envelope, limit: usize) {
        let has_room = self.due.len() < limit || self.due.contains_key(beat.sender());
        if has_room && !self.passed.contains(beat.sender()) {
            self.due.insert(beat.sender().clone(), beat.clone());
        }
    }

    pub(super) fn are_due(&self) -> bool {
        !self.due.is_empty()
    }

    pub(super) fn take(&mut self) -> BTreeMap<AgentId, Envelope> {
        std::mem::take(&mut self.due)
    }

    pub(super) fn refuse(&mut self, beats: BTreeMap<AgentId, Envelope>) {
        self.refused = beats;
    }

    pub(super) fn pass(&mut self, agent: AgentId) {
        self.passed.insert(agent);
    }

    /// A round: what was refused is due again, where nothing came after it.
    pub(super) fn round(&mut self) {
        self.passed.clear();
        for (agent, beat) in std::mem::take(&mut self.refused) {
            self.due.entry(agent).or_insert(beat);
        }
    }
}
