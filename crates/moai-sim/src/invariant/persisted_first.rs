//! Nothing leaves a node before what it depends on is durable.

use crate::Violation;

/// Nothing leaves a node before what it depends on is durable: among what one input brought about, what is to be made
/// durable comes first.
///
/// # Errors
///
/// Something is made durable behind what may depend on it.
pub fn persisted_first(persists: impl IntoIterator<Item = bool>) -> Result<(), Violation> {
    let mut left = false;
    for persist in persists {
        if persist && left {
            return Err(Violation::new("persisted first", "something is made durable behind what may depend on it"));
        }
        left |= !persist;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_that_leaves_before_it_is_durable_passes() {
        assert_eq!(persisted_first([true, false, true]).unwrap_err().invariant, "persisted first");
        assert_eq!(persisted_first([true, true, false, false]), Ok(()));
    }
}
