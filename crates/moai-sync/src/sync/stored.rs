//! The swarm's states in its memory.

use moai_core::{Entry, Happened, Held, Limits, Namespace, StoreError, Version, namespace};

use crate::{StateChange, StateVersion};

/// Where states stand.
pub(super) const NAMESPACE: Namespace = namespace!("synchronized_state");

/// The bytes to store. A state's version is that of its entry, and need not stand in the bytes: there stands **up to which version
/// nobody knows any more what was cleared under the key**. Agents that hold what was there before then had not heard of it.
pub(super) fn bytes(state: &StateVersion, forgotten: Version) -> Vec<u8> {
    StateVersion { version: forgotten, ..state.clone() }.to_bytes()
}

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
    read(entry, limits).map(|(state, _)| state)
}

fn read(entry: &Entry, limits: &Limits) -> Result<(StateVersion, Version), StoreError> {
    let corrupted = |why: String| StoreError::Corrupted { what: format!("the state of {}", entry.key), why };
    let mut state = StateVersion::from_bytes(&entry.value, limits).map_err(|why| corrupted(why.to_string()))?;
    if state.state_key != entry.key {
        return Err(corrupted(format!("it is of {}", state.state_key)));
    }
    let forgotten = std::mem::replace(&mut state.version, entry.version);
    Ok((state, forgotten))
}

/// What there is under a key.
pub(super) fn held(held: &Held, limits: &Limits) -> Result<Known, StoreError> {
    Ok(match held {
        Held::Value(entry) => {
            let (state, forgotten) = read(entry, limits)?;
            let cleared = state.based_on;
            Known { state: Some(state), cleared, forgotten }
        }
        Held::Deleted(version) => Known { cleared: *version, ..Known::default() },
        Held::Nothing => Known::default(),
    })
}

/// What happened to the swarm's states; nothing when it happened to something else.
pub(super) fn change_of(happened: &Happened, limits: &Limits) -> Result<Option<StateChange>, StoreError> {
    Ok(Some(match happened {
        Happened::Put(entry) if entry.namespace == NAMESPACE => StateChange::Put(Box::new(state_of(entry, limits)?)),
        Happened::Deleted { namespace, key, version } if *namespace == NAMESPACE => {
            StateChange::Cleared { state_key: key.clone(), version: *version }
        }
        Happened::RangeDeleted { namespace, range, version } if *namespace == NAMESPACE => {
            StateChange::RangeCleared { range: range.clone(), version: *version }
        }
        _ => return Ok(None),
    }))
}
