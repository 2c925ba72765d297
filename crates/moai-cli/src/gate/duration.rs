//! Durations as people write them.

use std::time::Duration;

use crate::failure::Failure;

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads `30s`, `10m`, `1h30m`, `3d`.
///
/// # Errors
///
/// What is no duration, or one of more than a year.
pub(super) fn read_duration(field: &str, text: &str) -> Result<Duration, Failure> {
    let wrong = || {
        let what =
            format!("{field} is a duration such as 30s, 10m, 1h30m or 3d, of a year at the most; `{text}` is none");
        Failure::usage("gate.duration", format!("{what}; nothing was done"))
    };
    let (mut rest, mut millis) = (text.trim(), 0_u64);
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(letters).ok_or_else(wrong)?;
        let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)?;
        millis = millis.checked_add(part).ok_or_else(wrong)?;
        rest = behind;
    }
    if millis > 366 * 86_400_000 { Err(wrong()) } else { Ok(Duration::from_millis(millis)) }
}

/// The same for people.
pub(super) fn write_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let all = [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")];
    let parts: Vec<String> =
        all.into_iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
    if parts.is_empty() { format!("{}ms", duration.as_millis()) } else { parts.join("") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read_and_nothing_else_is() {
        for (text, millis) in [("30s", 30_000), ("1h30m", 5_400_000), ("3d", 259_200_000), ("250ms", 250), ("0s", 0)] {
            assert_eq!(read_duration("--veto", text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1.5h", "1 h", "1w", "99999999999999999999s", "400d", "1h30", "ß"] {
            assert!(read_duration("--veto", text).is_err(), "{text}");
        }
        assert_eq!(write_duration(Duration::from_secs(5_400)), "1h30m");
    }
}
