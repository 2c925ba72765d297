//! What was decided follows from what was counted, worked out anew.

use std::fmt::Debug;

use crate::Violation;

/// What was decided follows from what was counted, worked out anew by a way of its own.
///
/// # Errors
///
/// It does not.
pub fn exact_tally<T: PartialEq + Debug>(decided: &T, recounted: &T) -> Result<(), Violation> {
    if decided == recounted {
        return Ok(());
    }
    Err(Violation::new("exact tally", format!("decided is {decided:?}, and counted anew it is {recounted:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_that_does_not_follow_passes() {
        assert_eq!(exact_tally(&"approved", &"rejected").unwrap_err().invariant, "exact tally");
        assert_eq!(exact_tally(&3, &3), Ok(()));
    }
}
