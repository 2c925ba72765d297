//! Whoever is refused because it contradicts itself stands in the record with the proof.

use crate::Violation;

/// Where somebody was refused because it contradicts itself, both things that it said are written down: who asks later finds
/// them.
///
/// # Errors
///
/// Somebody was refused, and what shows it is not kept.
pub fn evidence_kept(refused: bool, kept: usize) -> Result<(), Violation> {
    if !refused || kept > 0 {
        return Ok(());
    }
    Err(Violation::new("evidence is kept", "somebody contradicted itself, and the record does not show it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contradiction_that_nobody_wrote_down_passes() {
        assert_eq!(evidence_kept(true, 0).unwrap_err().invariant, "evidence is kept");
        assert_eq!(evidence_kept(true, 1), Ok(()));
        assert_eq!(evidence_kept(false, 0), Ok(()));
    }
}
