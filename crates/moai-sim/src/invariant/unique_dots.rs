//! No replica gives one number to two changes.

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::Violation;

/// No replica gives one number to two changes, crashes or not.
///
/// # Errors
///
/// It was given before.
pub fn unique_dots<D: Ord + Debug>(given: &mut BTreeSet<D>, new: impl IntoIterator<Item = D>) -> Result<(), Violation> {
    for dot in new {
        if given.contains(&dot) {
            return Err(Violation::new("unique dots", format!("{dot:?} stands for two changes")));
        }
        given.insert(dot);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_counts_from_one_again_after_a_crash_passes() {
        let mut given = BTreeSet::new();
        assert_eq!(unique_dots(&mut given, [("a", 1), ("a", 2)]), Ok(()));
        assert_eq!(unique_dots(&mut given, [("a", 2)]).unwrap_err().invariant, "unique dots");
    }
}
