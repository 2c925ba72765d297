//! What is decided takes no more ballots.

use std::collections::BTreeSet;

use moai_consensus::Entry;
use moai_core::Record;

use crate::Violation;

/// **Behind a decision no ballot of that question counts**, and none is decided twice, unless it is put anew.
///
/// # Errors
///
/// The first record that says otherwise.
///
/// ```
/// use moai_sim::invariant::closed_is_closed;
///
/// assert!(closed_is_closed(&[]).is_ok());
/// ```
pub fn closed_is_closed(durable: &[Record]) -> Result<(), Violation> {
    let mut closed = BTreeSet::new();
    for record in durable {
        let Ok(Some(entry)) = Entry::from_payload(&record.kind, &record.payload) else { continue };
        let id = entry.proposal().clone();
        let what = match entry {
            Entry::Opened(_) => {
                closed.remove(&id);
                continue;
            }
            Entry::Decided(_) if closed.insert(id.clone()) => continue,
            Entry::Decided(_) => "a second decision",
            Entry::Ballot(_) if closed.contains(&id) => "a ballot",
            _ => continue,
        };
        return Err(Violation::new("closed is closed", format!("{what} stands behind the decision of {id}")));
    }
    Ok(())
}
