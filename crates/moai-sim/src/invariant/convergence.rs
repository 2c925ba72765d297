//! When all is well again, everybody has the same.

use std::fmt::Debug;

use crate::Violation;

/// When all is well again, everybody has the same.
///
/// # Errors
///
/// Two of them have two states.
pub fn convergence<T: PartialEq + Debug>(states: impl IntoIterator<Item = (u32, T)>) -> Result<(), Violation> {
    let mut states = states.into_iter();
    let Some((first, state)) = states.next() else { return Ok(()) };
    match states.find(|(_, other)| *other != state) {
        None => Ok(()),
        Some((second, other)) => {
            Err(Violation::new("convergence", format!("{first} ends with {state:?}, and {second} with {other:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_lacks_a_change_passes() {
        assert_eq!(convergence([(0, vec![1, 2]), (1, vec![1])]).unwrap_err().invariant, "convergence");
        assert_eq!(convergence([(0, 1), (1, 1)]), Ok(()));
    }
}
