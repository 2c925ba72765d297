//! How long each line stays before the next one comes.

use std::time::Duration;

use super::beat::Beat;

/// How long a reader needs for it.
pub(super) fn pause(beat: &Beat) -> Duration {
    let millis = match beat {
        Beat::Scene(_) => 1_300,
        Beat::Look(_) => 50,
        Beat::Fact(fact) => 170 + 4 * fact.text.len() as u64,
        Beat::End(_) => 0,
    };
    Duration::from_millis(millis)
}
