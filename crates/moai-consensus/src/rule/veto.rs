//! Some can stop it alone.

use super::{Extremes, Rule, Why};
use crate::{FinalTally, Standing};

/// Nobody with a veto may vote against it. Their silence stops nothing in the end; but as long as one of them may still
/// say no, nothing passes.
///
/// ```
/// use moai_consensus::{Elector, Electorate, Rule, Standing, Tally, Veto};
/// use moai_core::agent_id;
///
/// let electorate = Electorate::new([Elector::new(agent_id!("agent")), Elector::new(agent_id!("person")).with_veto()])?;
/// let mut tally = Tally::new(electorate);
/// tally.record(1, Standing::Against);
/// assert!(Veto.holds(&tally.as_it_is()).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Veto;

impl Rule for Veto {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        match tally.vetoed() {
            0 => Ok(()),
            by => Err(Why::Vetoed { by }),
        }
    }

    fn words(&self) -> String {
        "nobody with a veto is against it".into()
    }

    fn extremes(&self) -> Extremes {
        Extremes::new(&[Standing::For, Standing::Abstain, Standing::Silent], &[Standing::Against])
    }
}
