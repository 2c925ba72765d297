//! When all is well again, everybody decides.

use crate::Violation;

/// When all is well again, everybody honest decides.
///
/// # Errors
///
/// Some have not, and time is over.
pub fn an_end(undecided: impl IntoIterator<Item = u32>) -> Result<(), Violation> {
    let undecided: Vec<u32> = undecided.into_iter().collect();
    if undecided.is_empty() {
        return Ok(());
    }
    Err(Violation::new("an end", format!("{undecided:?} have not decided, long after all was well again")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_waits_for_ever_passes() {
        assert_eq!(an_end([3]).unwrap_err().invariant, "an end");
        assert_eq!(an_end([]), Ok(()));
    }
}
