//! Those who are for it must not be all of one kind.

use super::{Extremes, Rule, Why};
use crate::FinalTally;

/// At least so many must be for it, from at least so many groups: two models of one family tend to err together.
///
/// Who is in no group counts as a voter and brings no group.
///
/// ```
/// use moai_consensus::{Diversity, Elector, Electorate, Group, Rule, Standing, Tally};
/// use moai_core::agent_id;
///
/// let of = |id, group| Ok::<_, moai_core::InvalidInput>(Elector::new(id).in_group(Group::new(group)?));
/// let electorate = Electorate::new([of(agent_id!("a"), "x")?, of(agent_id!("b"), "x")?, of(agent_id!("c"), "y")?])?;
/// let mut tally = Tally::new(electorate);
/// tally.record(0, Standing::For);
/// tally.record(1, Standing::For);
/// let two_of_two = Diversity::new(2, 2);
/// assert!(two_of_two.holds(&tally.as_it_is()).is_err(), "both are of one group");
/// tally.record(2, Standing::For);
/// assert!(two_of_two.holds(&tally.as_it_is()).is_ok());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Diversity {
    voters: u64,
    groups: u64,
}

impl Diversity {
    /// At least `voters` for it, from at least `groups` groups.
    #[must_use]
    pub const fn new(voters: u64, groups: u64) -> Self {
        Self { voters, groups }
    }
}

impl Rule for Diversity {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (got, groups) = (tally.in_favour().heads, tally.groups_in_favour());
        if got >= self.voters && groups >= self.groups {
            return Ok(());
        }
        Err(Why::TooAlike { got, need: self.voters, groups, need_groups: self.groups })
    }

    fn words(&self) -> String {
        format!("at least {} for it from at least {} groups", self.voters, self.groups)
    }

    fn extremes(&self) -> Extremes {
        Extremes::FOR_HELPS
    }
}
