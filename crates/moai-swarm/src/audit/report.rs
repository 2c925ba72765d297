//! What verifying a trail found.

use moai_consensus::audit::Audited;
use moai_core::Head;

/// What verifying a trail found, when nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// The votes, and how many records of each kind there are.
    pub votes: Audited,
    /// How many commits came through.
    pub commits: u64,
    /// How many were refused, and changed nothing.
    pub refused: u64,
    /// The records that intend a commit whose outcome is not known.
    pub unknown: Vec<u64>,
    /// Those of which no outcome is recorded, and of which later numbers or the store tell that they came through.
    pub landed: Vec<u64>,
    /// Those of which the same tells that they did not.
    pub lost: Vec<u64>,
    /// How many keys have a value at the end, as far as the record tells.
    pub keys: u64,
    /// How many keys of the store are older than the record: nothing can be said of them.
    pub unrecorded: u64,
    /// How many keys were not compared with the store: a commit whose outcome is not known may have changed them, and none
    /// has since.
    pub uncertain: u64,
    /// How often a store was rebuilt, so that its numbers began anew.
    pub rebuilt: u64,
    /// How many records of tasks there are.
    pub tasks: u64,
    /// Whether the record was compared with a store.
    pub is_compared: bool,
}

impl Report {
    /// The end of the journal: **write it down where the writer of the journal cannot reach it.**
    #[must_use]
    pub fn head(&self) -> Head {
        self.votes.head
    }

    /// Whether nothing that there is was left unverified: [the votes are complete](Audited::is_complete), of every commit it
    /// is known whether it came through, no store was rebuilt, and where one was [compared](Self::is_compared), all that it
    /// holds is on record.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let all_known = self.unknown.is_empty() && self.uncertain == 0 && self.unrecorded == 0;
        self.votes.is_complete() && all_known && self.rebuilt == 0
    }
}
