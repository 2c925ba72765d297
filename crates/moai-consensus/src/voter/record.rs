//! An agent's word in its journal.

use moai_core::{
    AgentId, Digest, InvalidInput, Limits, NewRecord, Record, RecordKind, SwarmId, Timestamp, record_kind,
};
use serde::{Deserialize, Serialize};

use crate::Ballot;

const KIND: RecordKind = record_kind!("agent_ballot");

/// A ballot that an agent is about to give, and the content that it is about.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    /// In which swarm it was asked first.
    pub(super) swarm: SwarmId,
    /// The digest of the proposal as the agent was shown it.
    pub(super) content: Digest,
    /// What it says.
    pub(super) ballot: Ballot,
}

impl Recorded {
    pub(super) fn to_record(&self, now: Timestamp) -> Result<NewRecord, InvalidInput> {
        // It is read back within these.
        let default = Limits::default();
        self.ballot.check(&Limits {
            reason_bytes: usize::MAX,
            ballot_bytes: default.value_bytes,
            ..default.clone()
        })?;
        let json = serde_json::to_vec(self);
        let json = json.map_err(|error| InvalidInput::Malformed { field: "ballot", why: error.to_string() })?;
        Ok(NewRecord::new(KIND, now, json))
    }

    /// Reads a record; none when it is of another kind, or another agent's. In whatever swarm it said it: the same question is
    /// the same in all of them, and so is the key.
    pub(super) fn read(record: &Record, agent: &AgentId) -> Result<Option<Self>, InvalidInput> {
        if record.kind != KIND {
            return Ok(None);
        }
        let read = serde_json::from_slice::<Self>(&record.payload);
        let read = read.map_err(|error| InvalidInput::Malformed { field: "agent_ballot", why: error.to_string() })?;
        Ok((read.ballot.voter == *agent).then_some(read))
    }
}
