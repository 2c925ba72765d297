//! Nobody honest has another outcome than the others.

use std::fmt::Debug;

use crate::Violation;

/// Nobody honest has another outcome than the others, at any time, crashes or not.
///
/// ```
/// use moai_sim::invariant::agreement;
///
/// assert!(agreement([(0, "approved"), (2, "approved")]).is_ok());
/// ```
///
/// # Errors
///
/// Two of them have two.
pub fn agreement<T: PartialEq + Debug>(outcomes: impl IntoIterator<Item = (u32, T)>) -> Result<(), Violation> {
    let mut outcomes = outcomes.into_iter();
    let Some((first, outcome)) = outcomes.next() else { return Ok(()) };
    match outcomes.find(|(_, other)| *other != outcome) {
        None => Ok(()),
        Some((second, other)) => {
            Err(Violation::new("agreement", format!("{first} has {outcome:?}, and {second} has {other:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_outcomes_pass() {
        assert_eq!(agreement([(0, 1), (1, 1), (2, 9)]).unwrap_err().invariant, "agreement");
        assert_eq!(agreement::<u8>([]), Ok(()));
    }
}
