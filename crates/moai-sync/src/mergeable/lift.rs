//! What a bare value is made of, as far as it tells.

use std::borrow::Cow;

use moai_core::{Map, Value};
use moai_crdt::{Contribution, Contributions, GSet};

use super::{Fields, Mergeable, Written};
use crate::{CrdtType, ResolveError, StateVersion};

/// What a state is made of: as it says itself, or as far as its value tells. None for a register, and for what was merged
/// from several and came back without saying from what: it is nobody's contribution.
///
/// # Errors
///
/// When its value cannot be merged in that way.
pub(crate) fn lift(state: &StateVersion, kind: CrdtType) -> Result<Option<Cow<'_, Mergeable>>, ResolveError> {
    match state.metadata.mergeable() {
        // Who takes it for a register does not look at what it is made of.
        Some(mergeable) if [mergeable.crdt_type(), CrdtType::Register].contains(&kind) => {
            return Ok(Some(Cow::Borrowed(mergeable)));
        }
        Some(_) => return Err(wrong(state, kind)),
        None => {}
    }
    let of_several = state.agent_id.is_reserved();
    let lifted = match kind {
        CrdtType::Register => return Ok(None),
        CrdtType::Document => return Err(wrong(state, kind)),
        CrdtType::Counter => {
            let contribution = contribution(state)?;
            Mergeable::Counter(Contributions::from_iter([(state.agent_id.clone(), contribution)]))
        }
        CrdtType::Set => {
            let elements = state.value.as_array().ok_or_else(|| wrong(state, kind))?;
            return Ok(Some(Cow::Owned(Mergeable::Set(elements.iter().cloned().collect::<GSet<Value>>()))));
        }
        CrdtType::Map => Mergeable::Map(Fields::of(&state.value, &written(state)).ok_or_else(|| wrong(state, kind))?),
    };
    Ok((!of_several).then_some(Cow::Owned(lifted)))
}

/// What an agent reports with a bare number.
pub(crate) fn contribution(state: &StateVersion) -> Result<Contribution, ResolveError> {
    let value = state.value.as_i64().ok_or_else(|| wrong(state, CrdtType::Counter))?;
    Ok(Contribution::new(state.version, state.timestamp.unix_micros(), value))
}

/// The fields of a bare map.
pub(crate) fn bare_map(state: &StateVersion) -> Result<&Map, ResolveError> {
    state.value.as_map().ok_or_else(|| wrong(state, CrdtType::Map))
}

/// When and by whom a bare map was written, and so each of its fields.
pub(crate) fn written(state: &StateVersion) -> Written {
    let StateVersion { timestamp, version, agent_id, .. } = state;
    Written { timestamp: *timestamp, version: *version, agent_id: agent_id.clone() }
}

pub(crate) fn wrong(state: &StateVersion, kind: CrdtType) -> ResolveError {
    let got = match &state.value {
        _ if state.metadata.mergeable().is_some() => "made of something else",
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::Array(_) => "an array",
        Value::Map(_) => "a map",
    };
    ResolveError::WrongValue { state_key: state.state_key.clone(), agent_id: state.agent_id.clone(), kind, got }
}
