//! Nobody honest said two different things where it may say one.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::Violation;

/// Nobody honest said two different things where it may say one: in one view, in one round, on one proposal.
///
/// # Errors
///
/// Somebody did.
pub fn no_double_vote<K: Ord + Debug, V: PartialEq + Debug>(
    said: impl IntoIterator<Item = (K, V)>,
) -> Result<(), Violation> {
    let mut first: BTreeMap<K, V> = BTreeMap::new();
    for (place, what) in said {
        match first.get(&place) {
            Some(before) if *before != what => {
                let what = format!("in {place:?} an honest voter said {before:?}, and then {what:?}");
                return Err(Violation::new("no double vote", what));
            }
            Some(_) => {}
            None => {
                first.insert(place, what);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voter_that_forgot_its_vote_and_votes_again_passes() {
        assert_eq!(no_double_vote([("view 1", 7), ("view 1", 8)]).unwrap_err().invariant, "no double vote");
        assert_eq!(no_double_vote([("view 1", 7), ("view 2", 8), ("view 1", 7)]), Ok(()));
    }
}
