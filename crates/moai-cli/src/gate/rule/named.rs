//! So many of those who are named.

use moai_flow::consensus::{Extremes, FinalTally, Rule, Standing, Why};

/// At least so many of these voters must be for it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) need: u64,
    /// Where they stand in the electorate, and what they are called.
    pub(super) of: Vec<(usize, String)>,
}

impl Rule for Named {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let is_for = |(place, _): &&(usize, String)| tally.standing(*place) == Some(Standing::For);
        let got = self.of.iter().filter(is_for).count() as u64;
        if got >= self.need { Ok(()) } else { Err(Why::Other("too few of those who are named are for it")) }
    }

    fn words(&self) -> String {
        let names: Vec<&str> = self.of.iter().map(|(_, name)| name.as_str()).collect();
        format!("{} of {}", self.need, names.join(", "))
    }

    fn extremes(&self) -> Extremes {
        Extremes::FOR_HELPS
    }
}
