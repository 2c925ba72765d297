//! Nobody honest is accused, and what accuses proves itself.

use crate::Violation;

/// Nobody honest is accused, and what accuses proves itself to anyone.
///
/// # Errors
///
/// Who is accused has not lied, or it proves nothing.
pub fn evidence_sound(accused: u32, lies: bool, proves: bool, how: &str) -> Result<(), Violation> {
    if !proves {
        return Err(Violation::new("sound evidence", format!("what is held against {accused} ({how}) proves nothing")));
    }
    if !lies {
        return Err(Violation::new("sound evidence", format!("the honest {accused} is accused: {how}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_agent_that_is_accused_passes() {
        assert_eq!(evidence_sound(1, false, true, "two votes").unwrap_err().invariant, "sound evidence");
        assert_eq!(evidence_sound(1, true, false, "two votes").unwrap_err().invariant, "sound evidence");
        assert_eq!(evidence_sound(1, true, true, "two votes"), Ok(()));
    }
}
