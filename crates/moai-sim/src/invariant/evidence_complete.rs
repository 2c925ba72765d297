//! Where two outcomes are final, enough liars are proven to be.

use crate::Violation;

/// Where two outcomes are final, what honest agents were told proves that a weight of more than `faults` has lied.
///
/// # Errors
///
/// Too few are proven to have lied: a disagreement could be claimed away.
pub fn evidence_complete(proven: u64, faults: u64) -> Result<(), Violation> {
    if proven > faults {
        return Ok(());
    }
    let what = format!("two outcomes, and a weight of {proven} is proven to have lied where {faults} are borne");
    Err(Violation::new("complete evidence", what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disagreement_that_too_few_are_blamed_for_passes() {
        assert_eq!(evidence_complete(1, 1).unwrap_err().invariant, "complete evidence");
        assert_eq!(evidence_complete(2, 1), Ok(()));
    }
}
