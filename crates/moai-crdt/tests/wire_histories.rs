//! Whatever happened: what is written is read back, equal states have equal bytes, and nothing else is taken.

mod wire;

use moai_crdt::{Causal, CausalContext, Delta, Digest, Merge, VectorClock, WireForm};
use proptest::prelude::*;
use wire::{Registers, Set, Sets, put, replicas};

/// One step of a history on three replicas.
#[derive(Debug, Clone)]
enum Step {
    Put { at: usize, key: u8, value: u8 },
    Remove { at: usize, key: u8 },
    Deliver { delta: prop::sample::Index, at: usize },
    Merge { from: usize, at: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0..3_usize;
    prop::collection::vec(
        prop_oneof![
            4 => (at.clone(), 0..6_u8, 0..4_u8).prop_map(|(at, key, value)| Step::Put { at, key, value }),
            2 => (at.clone(), 0..6_u8).prop_map(|(at, key)| Step::Remove { at, key }),
            3 => (any::<prop::sample::Index>(), at.clone()).prop_map(|(delta, at)| Step::Deliver { delta, at }),
            1 => (at.clone(), at).prop_map(|(from, at)| Step::Merge { from, at }),
        ],
        0..40,
    )
}

/// What a history left: three states that differ, and every delta on the way.
struct Played<S: moai_crdt::DotStore> {
    states: [Causal<S>; 3],
    deltas: Vec<Delta<S>>,
}

fn play<S: moai_crdt::DotStore>(
    steps: &[Step],
    change: impl Fn(&mut Causal<S>, usize, u8, Option<u8>) -> Delta<S>,
) -> Played<S> {
    let (mut states, mut deltas) = ([(); 3].map(|()| Causal::<S>::default()), Vec::new());
    for step in steps {
        match step {
            Step::Put { at, key, value } => deltas.push(change(&mut states[*at], *at, *key, Some(*value))),
            Step::Remove { at, key } => deltas.push(change(&mut states[*at], *at, *key, None)),
            Step::Deliver { delta, at } if !deltas.is_empty() => {
                states[*at].apply(delta.get(&deltas));
            }
            Step::Deliver { .. } => {}
            Step::Merge { from, at } => {
                let from = states[*from].clone();
                states[*at].merge(&from);
            }
        }
    }
    Played { states, deltas }
}

fn play_set(steps: &[Step]) -> Played<Set> {
    play(steps, |state: &mut Causal<Set>, at, key, value| match value {
        Some(_) => state.add(replicas()[at], u64::from(key) * 100),
        None => state.remove(&(u64::from(key) * 100)),
    })
}

fn play_sets(steps: &[Step]) -> Played<Sets> {
    play(steps, |state: &mut Causal<Sets>, at, key, value| {
        let (outer, inner) = (format!("k{}", key % 3), format!("v{}", value.unwrap_or(key)));
        match value {
            Some(_) => state.update(replicas()[at], outer, |set, writer| set.add(writer, inner)),
            None if key < 3 => state.remove(&outer),
            None => state.update(replicas()[at], outer, |set, _| set.remove(&format!("v{}", key - 3))),
        }
    })
}

fn play_registers(steps: &[Step]) -> Played<Registers> {
    play(steps, |state: &mut Causal<Registers>, at, key, value| {
        let name = format!("k{key}");
        match value {
            Some(value) => put(state, replicas()[at], &name, u64::from(value) << 15, "some text"),
            None => state.remove(&name),
        }
    })
}

fn assert_same<T: WireForm + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = value.to_bytes();
    let back = T::from_bytes(&bytes).unwrap();
    assert_eq!(&back, value);
    assert_eq!(back.to_bytes(), bytes);
}

/// All that can go wrong with one kind of store.
fn check<S>(played: Played<S>)
where
    S: moai_crdt::DotStore + moai_crdt::Wire + PartialEq + std::fmt::Debug,
    S: moai_crdt::DotStore<Change: moai_crdt::Wire + PartialEq + std::fmt::Debug>,
{
    let Played { states, deltas } = played;
    for state in &states {
        assert_same(state);
        assert_same(&state.digest());
        assert_same(state.seen());
        for other in &states {
            assert_same(&state.delta_for(&other.digest()));
        }
    }
    let mut batch = Delta::default();
    for delta in &deltas {
        // A change that did nothing under a key is not written: read back, it says the same without it.
        let read = Delta::<S>::from_bytes(&delta.to_bytes()).unwrap();
        assert_eq!(read.to_bytes(), delta.to_bytes());
        assert_eq!(read.dots(), delta.dots());
        batch.join(&read);
    }
    assert_same(&batch);

    // Everything that is known anywhere, brought together in three ways.
    let [a, b, c] = &states;
    let mut forth = a.clone();
    forth.merge(b);
    forth.merge(c);
    let mut back = c.clone();
    back.apply(&b.delta_for(&back.digest()));
    back.apply(&a.delta_for(&back.digest()));
    let mut from_deltas = Causal::<S>::default();
    for delta in deltas.iter().rev() {
        from_deltas.apply(&Delta::from_bytes(&delta.to_bytes()).unwrap());
    }
    assert_eq!(forth, back);
    assert_eq!(forth.to_bytes(), back.to_bytes());
    assert_eq!(forth, from_deltas);
    assert_eq!(forth.to_bytes(), from_deltas.to_bytes());
}

/// Reads the bytes as everything. Whatever is taken must write them again. Returns how often they were taken.
fn probe(bytes: &[u8]) -> usize {
    fn one<T: WireForm>(bytes: &[u8]) -> usize {
        let mut bytes = bytes.to_vec();
        if let Some(kind) = bytes.get_mut(1) {
            *kind = T::KIND;
        }
        let Ok(read) = T::from_bytes(&bytes) else { return 0 };
        assert_eq!(wire::to_hex(&read.to_bytes()), wire::to_hex(&bytes));
        1
    }
    one::<Causal<Set>>(bytes)
        + one::<Causal<Sets>>(bytes)
        + one::<Causal<Registers>>(bytes)
        + one::<Causal<moai_crdt::OrSet<((), Option<Vec<moai_crdt::ReplicaId>>)>>>(bytes)
        + one::<Causal<moai_crdt::OrSet<moai_core::Value>>>(bytes)
        + one::<Causal<moai_crdt::OrSet<wire::Tree>>>(bytes)
        + one::<Delta<Set>>(bytes)
        + one::<Delta<Sets>>(bytes)
        + one::<Delta<Registers>>(bytes)
        + one::<Digest>(bytes)
        + one::<CausalContext>(bytes)
        + one::<VectorClock>(bytes)
}

fn examples() -> Vec<Vec<u8>> {
    vec![
        wire::set().to_bytes(),
        wire::sets().to_bytes(),
        wire::registers().to_bytes(),
        wire::delta().to_bytes(),
        wire::repair().to_bytes(),
        wire::set().digest().to_bytes(),
        wire::set().seen().to_bytes(),
    ]
}

#[test]
fn bytes_that_were_cut_off_are_read() {
    for bytes in examples() {
        assert!(probe(&bytes) > 0);
        for end in 0..bytes.len() {
            assert_eq!(probe(&bytes[..end]), 0, "{end} of {}", wire::to_hex(&bytes));
        }
    }
}

#[test]
fn a_changed_byte_gives_a_second_form() {
    let mut taken = 0;
    for bytes in examples() {
        for at in 0..bytes.len() {
            let byte = bytes[at];
            for other in
                (0..8).map(|bit| byte ^ (1 << bit)).chain([byte.wrapping_add(1), byte.wrapping_sub(1), 247, 248])
            {
                let mut changed = bytes.clone();
                changed[at] = other;
                taken += probe(&changed);
            }
        }
    }
    // Other elements, other replicas: much of it is good.
    assert!(taken > 1_000, "{taken}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_history_shows_in_the_bytes_of_a_set(steps in steps()) {
        check(play_set(&steps));
    }

    #[test]
    fn a_history_shows_in_the_bytes_of_a_map_of_sets(steps in steps()) {
        check(play_sets(&steps));
    }

    #[test]
    fn a_history_shows_in_the_bytes_of_stamped_values(steps in steps()) {
        check(play_registers(&steps));
    }

    #[test]
    fn random_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), small in any::<bool>()) {
        // Small numbers come further than great ones.
        let bytes: Vec<u8> = if small { bytes.into_iter().map(|byte| byte % 5).collect() } else { bytes };
        let mut whole = vec![1, 1];
        whole.extend(&bytes);
        probe(&bytes);
        probe(&whole);
        // Behind a good table.
        let mut behind = vec![1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1];
        behind.extend(&bytes);
        probe(&behind);
    }

    #[test]
    fn a_few_changes_give_a_second_form(
        steps in steps(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_u8, 0..3_u8), 1..4),
    ) {
        let states = [
            play_set(&steps).states[0].to_bytes(),
            play_sets(&steps).states[1].to_bytes(),
            play_registers(&steps).states[2].to_bytes(),
        ];
        for mut bytes in states {
            for (at, byte, how) in &edits {
                match how {
                    0 => *at.get_mut(&mut bytes) = *byte,
                    1 => bytes.insert(at.index(bytes.len()), *byte),
                    _ => { bytes.remove(at.index(bytes.len())); }
                }
            }
            probe(&bytes);
        }
    }
}
