//! What was counted of an honest voter is what it said.

use std::fmt::Debug;

use crate::Violation;

/// What was counted of an honest voter is what it said, at the most once.
///
/// # Errors
///
/// It is counted twice, or as it never said.
pub fn validity<S: PartialEq + Debug>(voter: u32, counted: &[S], said: Option<&S>) -> Result<(), Violation> {
    match counted {
        [] => Ok(()),
        [one] if Some(one) == said => Ok(()),
        [one] => Err(Violation::new("validity", format!("{one:?} is counted of {voter}, which said {said:?}"))),
        _ => Err(Violation::new("validity", format!("{voter} is counted {} times", counted.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ballot_that_nobody_cast_passes() {
        assert_eq!(validity(0, &["for"], Some(&"against")).unwrap_err().invariant, "validity");
        assert_eq!(validity(0, &["for"], None).unwrap_err().invariant, "validity");
        assert_eq!(validity(0, &["for", "for"], Some(&"for")).unwrap_err().invariant, "validity");
        assert_eq!(validity(0, &[], Some(&"for")), Ok(()));
    }
}
