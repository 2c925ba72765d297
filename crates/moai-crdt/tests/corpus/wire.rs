//! Bytes that are accepted are the bytes of what was read; and whatever a stranger wrote, taking it in breaks nothing.

use moai_crdt::{
    Causal, CausalContext, Delta, Digest, DotFun, DotStore, Merge, OrMap, OrSet, VectorClock, Wire, WireForm,
    WireLimits,
};

/// The first byte chooses the type, the second says where a state ends; behind it stands a delta.
pub(crate) fn check(data: &[u8]) {
    let Some((&[kind, end], bytes)) = data.split_first_chunk() else { return };
    match kind % 6 {
        0 => state_and_delta::<OrSet<u64>>(bytes, end),
        1 => state_and_delta::<OrMap<String, OrSet<u8>>>(bytes, end),
        2 => state_and_delta::<OrMap<u8, OrMap<u8, DotFun<i64>>>>(bytes, end),
        3 => drop(read::<Digest>(bytes)),
        4 => drop(read::<CausalContext>(bytes)),
        _ => drop(read::<VectorClock>(bytes)),
    }
}

fn read<T: WireForm>(bytes: &[u8]) -> Option<T> {
    match T::from_bytes_within(bytes, &WireLimits { depth: 8, ..WireLimits::default() }) {
        Ok(read) => {
            assert!(read.to_bytes() == bytes, "one state has two forms");
            Some(read)
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            None
        }
    }
}

fn state_and_delta<S: DotStore<Change: Wire> + Wire + PartialEq>(bytes: &[u8], end: u8) {
    let (state, delta) = bytes.split_at(usize::from(end).min(bytes.len()));
    let (state, delta) = (read::<Causal<S>>(state), read::<Delta<S>>(delta));
    let mut here = state.clone().unwrap_or_default();
    if let Some(delta) = &delta {
        here.apply(delta);
        assert!(!here.apply(delta), "the second time nothing is new");
        let written = here.to_bytes();
        assert!(Causal::<S>::from_bytes(&written).unwrap() == here, "what was taken in cannot be written and read");
    }
    if let Some(state) = &state {
        assert!(!state.clone().merge(state), "the second time nothing is new");
        let mut fresh = Causal::<S>::default();
        fresh.apply(&state.delta_for(&fresh.digest()));
        assert!(fresh == *state, "a digest does not bring everything");
        here.merge(state);
        assert!(!here.merge(state), "the second time nothing is new");
    }
}
