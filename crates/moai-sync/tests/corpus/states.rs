//! States and messages of a synchronizer from any bytes: what is read writes the same again, and nothing panics.

use moai_core::Limits;
use moai_sync::{
    Answer, ConflictResolver, Crdt, Lww, Replica, StateBegun, StateChange, StateFollow, StateFollowed, StateRequest,
    StateResponse, StateUpdate, StateVersion, StateWritten, Strategy, Told, Vector,
};

/// Reads the bytes as what the first of them says.
pub(crate) fn check(data: &[u8]) {
    let _ = accepted(data);
}

/// The same; says whether they were one.
pub(crate) fn accepted(data: &[u8]) -> bool {
    let Some((kind, bytes)) = data.split_first() else { return false };
    let limits = Limits { payload_bytes: 1 << 20, ..Limits::default() };
    match kind {
        0 => StateVersion::from_bytes(bytes, &limits).is_ok_and(|state| {
            assert_eq!(state.to_bytes(), bytes, "there is one form");
            resolve(&[state]);
            true
        }),
        1 => StateRequest::from_bytes(bytes, &limits).is_ok_and(|request| {
            assert_eq!(StateRequest::from_bytes(&request.to_bytes(), &limits), Ok(request));
            true
        }),
        2 => StateResponse::from_bytes(bytes, &limits).is_ok_and(|response| {
            assert_eq!(StateResponse::from_bytes(&response.to_bytes(), &limits).as_ref(), Ok(&response));
            let held = response.answers.into_iter().filter_map(|answer| match answer {
                Answer::Holds { state, .. } => Some(state.into_state()),
                _ => None,
            });
            resolve(&held.collect::<Vec<_>>());
            true
        }),
        3 => StateUpdate::from_bytes(bytes, &limits).is_ok_and(|update| {
            assert_eq!(StateUpdate::from_bytes(&update.to_bytes(), &limits).as_ref(), Ok(&update));
            take_in(update.changes);
            true
        }),
        40 => StateFollow::from_bytes(bytes, &limits).is_ok_and(|follow| {
            assert_eq!(StateFollow::from_bytes(&follow.to_bytes(), &limits), Ok(follow));
            true
        }),
        41 => StateFollowed::from_bytes(bytes, &limits).is_ok_and(|followed| {
            assert_eq!(StateFollowed::from_bytes(&followed.to_bytes(), &limits).as_ref(), Ok(&followed));
            if let Told::Changes { changes, .. } = followed.told {
                take_in(changes);
            }
            true
        }),
        42 => StateWritten::from_bytes(bytes, &limits).is_ok_and(|written| {
            assert_eq!(StateWritten::from_bytes(&written.to_bytes(), &limits).as_ref(), Ok(&written));
            resolve(&written.states.into_iter().map(|(state, _)| state).collect::<Vec<_>>());
            true
        }),
        43 => StateBegun::from_bytes(bytes, &limits).is_ok_and(|begun| {
            assert_eq!(StateBegun::from_bytes(&begun.to_bytes(), &limits), Ok(begun));
            true
        }),
        _ => false,
    }
}

/// Whatever strangers hold resolves or is refused, the same in either order.
fn resolve(states: &[StateVersion]) {
    let Some(first) = states.first() else { return };
    let same: Vec<StateVersion> = states.iter().filter(|state| state.state_key == first.state_key).cloned().collect();
    let mut other = same.clone();
    other.reverse();
    let both = |strategy: &dyn Strategy| {
        let (one, two) = (strategy.resolve(&first.state_key, &same), strategy.resolve(&first.state_key, &other));
        assert_eq!(one, two, "the order decides");
    };
    both(&Lww);
    both(&Vector);
    both(&Crdt::new());
    let _ = ConflictResolver::crdt().detect_conflicts(states);
}

/// An agent that writes takes in whatever it is told.
fn take_in(changes: Vec<StateChange>) {
    let replica = Replica::new(moai_core::agent_id!("agent-1"));
    let key = moai_core::StateKey::new("k").expect("a key");
    let _ = replica.contribute(&key, 1);
    replica.apply(changes.clone());
    let _ = replica.contribute(&key, 2);
    replica.apply(changes);
}
