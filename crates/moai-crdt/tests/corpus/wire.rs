//! Bytes that are accepted are the bytes of what was read; and whatever a stranger wrote, taking it in breaks nothing, and
//! takes no more memory than the bytes and the limit allow.

use std::cell::Cell;

use moai_core::InvalidInput;
use moai_crdt::{
    Causal, CausalContext, Delta, Digest, DotFun, DotStore, GSet, Merge, OrMap, OrSet, VectorClock, Wire, WireForm,
    WireLimits, WireReader, WireWriter,
};

/// What texts may share: little, so that inputs come up against it.
const SHARED: usize = 64;

/// The first byte chooses the type, the second says where a state ends; behind it stands a delta.
pub(crate) fn check(data: &[u8]) {
    let Some((&[kind, end], bytes)) = data.split_first_chunk() else { return };
    match kind % 8 {
        0 => state_and_delta::<OrSet<u64>>(bytes, end),
        1 => state_and_delta::<OrMap<Text, OrSet<u8>>>(bytes, end),
        2 => state_and_delta::<OrMap<u8, OrMap<u8, DotFun<i64>>>>(bytes, end),
        3 => drop(read::<Digest>(bytes)),
        4 => drop(read::<CausalContext>(bytes)),
        5 => drop(read::<VectorClock>(bytes)),
        6 => state_and_delta::<OrMap<Text, OrSet<Text>>>(bytes, end),
        _ => drop(read::<GSet<Vec<Text>>>(bytes)),
    }
}

/// A text that counts the memory that is taken for it, also when the whole is refused in the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Text(String);

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

impl Text {
    fn taken(text: String) -> Self {
        TAKEN.set(TAKEN.get() + text.capacity());
        Self(text)
    }
}

impl Wire for Text {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Wire::read(from).map(Self::taken)
    }

    fn write_after(&self, before: &Self, to: &mut WireWriter) {
        self.0.write_after(&before.0, to);
    }

    fn read_after(before: &Self, from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Wire::read_after(&before.0, from).map(Self::taken)
    }
}

fn read<T: WireForm>(bytes: &[u8]) -> Option<T> {
    TAKEN.set(0);
    let read = T::from_bytes_within(bytes, &WireLimits { depth: 8, shared: SHARED, ..WireLimits::default() });
    assert!(TAKEN.get() <= bytes.len() + SHARED, "texts took {} bytes, read from {}", TAKEN.get(), bytes.len());
    match read {
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
