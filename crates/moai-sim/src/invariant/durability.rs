//! What was acknowledged is there after every crash.

use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::Violation;

/// What was acknowledged is there after every crash, and at the end.
///
/// # Errors
///
/// Something is not.
pub fn durability<T: Ord + Debug>(acknowledged: &BTreeSet<T>, there: &BTreeSet<T>) -> Result<(), Violation> {
    match acknowledged.difference(there).next() {
        None => Ok(()),
        Some(lost) => Err(Violation::new("durability", format!("{lost:?} was acknowledged, and is lost"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledged_change_that_a_crash_took_back_passes() {
        let (acknowledged, there) = (BTreeSet::from([1, 2]), BTreeSet::from([2, 3]));
        assert_eq!(durability(&acknowledged, &there).unwrap_err().invariant, "durability");
        assert_eq!(durability(&BTreeSet::from([2]), &there), Ok(()));
    }
}
