//! The last that was written.

use std::cmp::Ordering;

use moai_core::StateKey;

use super::{ResolveError, Resolved, Strategy, Way};
use crate::StateVersion;

/// The last that was written wins: by time, then version, agent and value, so that everybody picks the same one.
///
/// For what one agent writes at a time. Of two who write at once one loses its write.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lww;

impl Strategy for Lww {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let (first, rest) = versions.split_first().ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        let (mut last, mut discarded) = (first, 0);
        // The last may stand there several times.
        let mut same = 1;
        for version in rest {
            match version.cmp_written(last) {
                Ordering::Less => discarded += 1,
                Ordering::Equal => same += 1,
                Ordering::Greater => {
                    discarded += same;
                    (last, same) = (version, 1);
                }
            }
        }
        Ok(Resolved { discarded, ..Resolved::new(last.clone(), Way::Lww) })
    }
}

pub(super) fn last_written<'a>(
    key: &StateKey,
    versions: impl IntoIterator<Item = &'a StateVersion>,
) -> Result<&'a StateVersion, ResolveError> {
    let last = versions.into_iter().max_by(|left, right| left.cmp_written(right));
    last.ok_or_else(|| ResolveError::Empty { state_key: key.clone() })
}

/// Whether it is the very same write.
pub(super) fn is_same(left: &StateVersion, right: &StateVersion) -> bool {
    std::ptr::eq(left, right) || left.cmp_written(right).is_eq()
}
