//! Nobody holds more than it should, whatever liars send.

use crate::Violation;

/// Nobody holds more than it should, whatever liars send.
///
/// # Errors
///
/// It holds more.
pub fn bounded_memory(held: usize, most: usize) -> Result<(), Violation> {
    if held <= most {
        return Ok(());
    }
    Err(Violation::new("bounded memory", format!("it holds {held} things, and {most} are enough")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_keeps_whatever_is_sent_passes() {
        assert_eq!(bounded_memory(11, 10).unwrap_err().invariant, "bounded memory");
        assert_eq!(bounded_memory(10, 10), Ok(()));
    }
}
