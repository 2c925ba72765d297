//! How many faults a vote bears, and how many must agree for it.

use moai_core::planted::planted;

use crate::{OpenError, Ruling};

/// How much weight may lie, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The weight that may lie.
    pub(crate) faults: u64,
    /// How many rounds each ballot must be repeated in.
    pub(crate) rounds: u32,
}

impl Bound {
    /// The weight that it takes to bear the faults: `3f + 1`.
    ///
    /// # Errors
    ///
    /// `NeedMembers` when there is less.
    pub(crate) fn check(self, total: u64) -> Result<(), OpenError> {
        let need = u128::from(self.faults) * 3 + 1;
        if u128::from(total) >= need {
            return Ok(());
        }
        // More than can be written is more than anybody has.
        Err(OpenError::NeedMembers { need: u64::try_from(need).unwrap_or(u64::MAX), got: total })
    }

    /// The weight that must be confirmed: `floor((W + f) / 2) + 1`. Any two such weights share more than `f`, so an
    /// honest voter; at `W = 3f + 1` it is `2f + 1`, and unlike that it stays safe where there are more.
    pub(crate) fn quorum(self, total: u64) -> u64 {
        let faults = if planted("a_quorum_that_bears_no_liar") { 0 } else { self.faults };
        let quorum = u128::midpoint(total.into(), faults.into()) + 1;
        u64::try_from(quorum).unwrap_or(u64::MAX)
    }

    /// The rule in words.
    pub(crate) fn words(self) -> String {
        let Self { faults, rounds } = self;
        format!("confirmed in {rounds} rounds by more than half of the weight of members and of {faults} that may lie")
    }

    /// What voters are told, and what stands in ballots as its digest.
    pub(crate) fn ruling(self) -> Ruling {
        Ruling::new(self.words()).over(self.rounds)
    }

    /// The rule in words where it is known who may vote.
    pub(crate) fn words_for(self, total: u64) -> String {
        format!("{}: {} of {total}", self.words(), self.quorum(total))
    }
}
