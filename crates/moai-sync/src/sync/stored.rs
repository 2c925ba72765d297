//! The swarm's states in its memory.

use moai_core::{Entry, Happened, Held, Limits, Namespace, StoreError, Version, namespace};

use crate::{StateChange, StateVersion};

/// Where states stand.
pub(super) const NAMESPACE: Namespace = namespace!("synchronized_state");

/// What the memory holds under a key, and what it knows of what was cleared there.
#[derive(Default)]
pub(super) struct Known {
    pub(super) state: Option<StateVersion>,
    /// In which version it was cleared, if it was and that is known.
    pub(super) cleared: Version,
    /// Up to which version that is not known any more.
    pub(super) forgotten: Version,
}

/// The state in an entry. Its version is the one that it was stored with.
///
/// # Errors
///
/// [`Corrupted`](StoreError::Corrupted) when there is none in it.
pub(super) fn state_of(entry: &Entry, limits: &Limits) -> Result<StateVersion, StoreError> {
    let corrupted = |why: String| StoreError::Corrupted { what: format!("the state of {}", entry.key), why };
    let mut state = StateVersion::from_bytes(&entry.value, limits).map_err(|why| corrupted(why.to_string()))?;
    if state.state_key != entry.key {
        return Err(corrupted(format!("it is of {}", state.state_key)));
    }
    state.version = entry.version;
    Ok(state)
}

/// What there is under a key.
pub(super) fn held(held: &Held, limits: &Limits) -> Result<Known, StoreError> {
    Ok(match held {
        Held::Value(entry) => {
            let state = state_of(entry, limits)?;
            let (cleared, forgotten) = (state.based_on, state.forgotten);
            Known { state: Some(state), cleared, forgotten }
        }
        Held::Deleted(version) => Known { cleared: *version, ..Known::default() },
        Held::Nothing => Known::default(),
    })
}

/// What happened to the swarm's states; nothing when it happened to something else.
pub(super) fn change_of(happened: &Happened, limits: &Limits) -> Result<Option<StateChange>, StoreError> {
    Ok(Some(match happened {
        Happened::Put(entry) if entry.namespace == NAMESPACE => StateChange::Put(state_of(entry, limits)?.into()),
        Happened::Deleted { namespace, key, version } if *namespace == NAMESPACE => {
            StateChange::Cleared { state_key: key.clone(), version: *version }
        }
        Happened::RangeDeleted { namespace, range, version } if *namespace == NAMESPACE => {
            StateChange::RangeCleared { range: range.clone(), version: *version }
        }
        _ => return Ok(None),
    }))
}
