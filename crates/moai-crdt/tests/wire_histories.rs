//! Whatever happened: what is written is read back, equal states have equal bytes and texts, and nothing else is taken.

mod wire;

use std::fmt::Debug;

use moai_core::{AgentId, Version, value};
use moai_crdt::{
    BoundedCounter, Causal, CausalContext, Contributions, Delta, Digest, Directory, Document, DottedCounter, DwFlag,
    EwFlag, GCounter, GSet, LwwMap, LwwRegister, Max, Min, MvRegister, OrMap, OrSet, Part, Path, PnCounter, ReplicaId,
    Replicated, RwSet, Schema, Stamp, TwoPhaseSet, VectorClock, WireForm,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{Registers, Set, Sets, put, replicas};

/// One step of a history on three replicas.
#[derive(Debug, Clone)]
enum Step {
    Act { at: usize, key: u8, value: Option<u8> },
    Deliver { delta: prop::sample::Index, at: usize },
    Merge { from: usize, at: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0..3_usize;
    let value = prop::option::weighted(0.67, 0..4_u8);
    prop::collection::vec(
        prop_oneof![
            6 => (at.clone(), 0..6_u8, value).prop_map(|(at, key, value)| Step::Act { at, key, value }),
            3 => (any::<prop::sample::Index>(), at.clone()).prop_map(|(delta, at)| Step::Deliver { delta, at }),
            1 => (at.clone(), at).prop_map(|(from, at)| Step::Merge { from, at }),
        ],
        0..40,
    )
}

/// What goes out, in both forms.
trait Form: WireForm + Serialize + DeserializeOwned + PartialEq + Debug {}

impl<T: WireForm + Serialize + DeserializeOwned + PartialEq + Debug> Form for T {}

/// What a history left: three states that differ, and every delta on the way.
struct Played<T: Replicated> {
    states: [T; 3],
    deltas: Vec<T::Delta>,
}

fn play<T: Replicated>(steps: &[Step], act: impl Fn(&mut T, ReplicaId, u8, Option<u8>) -> T::Delta) -> Played<T> {
    let (mut states, mut deltas) = ([(); 3].map(|()| T::default()), Vec::new());
    for step in steps {
        match step {
            Step::Act { at, key, value } => deltas.push(act(&mut states[*at], replicas()[*at], *key, *value)),
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

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn assert_same<T: Form>(value: &T) {
    let bytes = value.to_bytes();
    let back = T::from_bytes(&bytes).unwrap();
    assert_eq!(&back, value);
    assert_eq!(back.to_bytes(), bytes);
    let text = text(value);
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

/// All that can go wrong with one type.
fn check<T: Replicated<Delta: Form> + Form>(Played { states, deltas }: Played<T>) {
    for state in &states {
        assert_same(state);
        for other in &states {
            assert_same(&state.delta_for(&other.digest()));
        }
    }
    let mut batch: Option<T::Delta> = None;
    for delta in &deltas {
        assert_same(delta);
        match &mut batch {
            Some(batch) => T::join(batch, delta),
            None => batch = Some(delta.clone()),
        }
    }

    // Everything that is known anywhere, brought together in four ways.
    let [a, b, c] = &states;
    let mut forth = a.clone();
    forth.merge(b);
    forth.merge(c);
    let mut back = c.clone();
    back.apply(&b.delta_for(&back.digest()));
    back.apply(&a.delta_for(&back.digest()));
    let (mut from_deltas, mut from_batch) = (T::default(), T::default());
    for delta in deltas.iter().rev() {
        from_deltas.apply(&WireForm::from_bytes(&delta.to_bytes()).unwrap());
    }
    if let Some(batch) = batch {
        assert_same(&batch);
        from_batch.apply(&batch);
    }
    for same in [back, from_deltas, from_batch] {
        assert_eq!(forth, same);
        assert_eq!(forth.to_bytes(), same.to_bytes());
        assert_eq!(text(&forth), text(&same));
    }
}

/// Names each type with what can be done to it: with a value it mostly adds, without one it takes back.
macro_rules! every_type {
    ($($fear:ident: $state:ty, |$it:ident, $me:ident, $key:ident, $value:ident| $act:expr;)+) => {
        mod acts {
            use super::*;
            $(pub(super) fn $fear(
                $it: &mut $state,
                $me: ReplicaId,
                $key: u8,
                $value: Option<u8>,
            ) -> <$state as Replicated>::Delta {
                $act
            })+
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $fear(steps in steps()) {
                    check::<$state>(play(&steps, acts::$fear));
                }
            )+
        }

        /// States that a history leaves, and deltas that repair them.
        fn played(steps: &[Step]) -> Vec<Example> {
            let mut all = Vec::new();
            $({
                let states = play::<$state>(steps, acts::$fear).states;
                let repair = states[0].delta_for(&states[1].digest());
                all.push(Example::of(&states[2]));
                all.push(Example::of(&repair));
            })+
            all
        }

        /// Reads the bytes as everything. Whatever is taken must write them again. Returns how often they were taken.
        fn probe(bytes: &[u8]) -> usize {
            $(probe_as::<$state>(bytes) + probe_as::<<$state as Replicated>::Delta>(bytes) +)+
            probe_as::<Causal<OrSet<((), Option<Vec<ReplicaId>>)>>>(bytes)
                + probe_as::<Causal<OrSet<moai_core::Value>>>(bytes)
                + probe_as::<Causal<OrSet<String>>>(bytes)
                + probe_as::<Delta<OrSet<String>>>(bytes)
                + probe_as::<GSet<Vec<String>>>(bytes)
                + probe_as::<Part<GSet<Vec<String>>>>(bytes)
                + probe_as::<Causal<OrSet<wire::Tree>>>(bytes)
                + probe_as::<Digest>(bytes)
                + probe_as::<CausalContext>(bytes)
                + probe_as::<VectorClock>(bytes)
                + probe_as::<Directory>(bytes)
        }

        /// The same with a text: what is taken is read back from what it writes.
        fn probe_text(text: &str) {
            $(
                probe_text_as::<$state>(text);
                probe_text_as::<<$state as Replicated>::Delta>(text);
            )+
        }
    };
}

/// Something that goes out, and whether bytes are taken for one of its type.
struct Example {
    bytes: Vec<u8>,
    text: String,
    takes: fn(&[u8]) -> bool,
}

impl Example {
    fn of<T: Form>(value: &T) -> Self {
        Self { bytes: value.to_bytes(), text: text(value), takes: |bytes| T::from_bytes(bytes).is_ok() }
    }
}

fn probe_as<T: WireForm>(bytes: &[u8]) -> usize {
    let mut bytes = bytes.to_vec();
    if let Some(kind) = bytes.get_mut(1) {
        *kind = T::KIND;
    }
    let Ok(read) = T::from_bytes(&bytes) else { return 0 };
    assert_eq!(wire::to_hex(&read.to_bytes()), wire::to_hex(&bytes));
    1
}

fn probe_text_as<T: Form>(text: &str) {
    if let Ok(read) = serde_json::from_str::<T>(text) {
        assert_same(&read);
    }
}

fn number(value: Option<u8>) -> u64 {
    value.map_or(0, u64::from)
}

fn signed(key: u8, value: Option<u8>) -> i64 {
    i64::from(value.unwrap_or(9)) - i64::from(key)
}

fn agent(number: u8) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn stamp(value: u8) -> Stamp {
    Stamp::from_bits(u64::from(value) << 15)
}

fn edit(document: &mut Causal<Document>, me: ReplicaId, key: u8, value: Option<u8>) -> Delta<Document> {
    let schema = Schema::new().set("/s").and_then(|schema| schema.counter("/c")).unwrap();
    let at = |pointer: &str| pointer.parse::<Path>().unwrap();
    let now = stamp(value.unwrap_or_default());
    let number = value!(i64::from(value.unwrap_or_default()));
    let edited = match (key, value) {
        (0, Some(_)) => document.assign(me, now, &at("/a"), &number, &schema),
        (1, Some(_)) => document.insert(me, &at("/s"), &number, &schema),
        (2, Some(value)) => document.increment(me, &at("/c"), i64::from(value) - 1, &schema),
        (3, Some(_)) => document.assign(me, now, &at("/m"), &value!({"x": number, "y": {}, "z": {"é/~": []}}), &schema),
        // Another shape than others have for it.
        (4, Some(_)) => document.assign(me, now, &at("/c"), &value!({"x": number}), &Schema::new()),
        (5, Some(_)) => document.assign(me, now, &at(""), &value!({"s": [number], "m": {}}), &schema),
        (0, None) => document.remove(me, &at("/a")),
        (1, None) => document.take_out(me, &at("/s"), &value!(1), &schema),
        (2, None) => document.remove(me, &at("/c")),
        (3, None) => document.remove(me, &at("/m/z")),
        (4, None) => document.assign(me, now, &at("/s"), &value!("text"), &Schema::new()),
        _ => document.remove(me, &at("")),
    };
    // What does not fit changes nothing.
    edited.unwrap_or_default()
}

type Budget = BoundedCounter;
type Nested = OrMap<u8, OrMap<u8, RwSet<u8>>>;

every_type! {
    the_history_of_a_growing_counter_shows: GCounter, |it, me, key, value| match value {
        Some(value) => it.add(me, u64::from(value) * 200).unwrap(),
        None => it.retire(me, replicas()[usize::from(key) % 3]),
    };
    the_history_of_a_counter_shows: PnCounter, |it, me, key, value| match value {
        Some(value) if key < 3 => it.add(me, value.into()).unwrap(),
        Some(value) => it.subtract(me, value.into()).unwrap(),
        None => it.retire(me, replicas()[usize::from(key) % 3]),
    };
    the_history_of_contributions_shows: Contributions, |it, _me, key, value| match value {
        Some(value) => it.set(agent(key), Version::new(value.into()).unwrap(), signed(key, None), signed(value, None)),
        None => it.retire(&agent(key), agent(key / 2)),
    };
    the_history_of_a_growing_set_shows: GSet<u64>, |it, _me, key, value| it.add(u64::from(key) * 100 + number(value));
    the_history_of_a_two_phase_set_shows: TwoPhaseSet<String>, |it, _me, key, value| match value {
        Some(_) => it.add(key.to_string()),
        None => it.remove(&key.to_string()),
    };
    the_history_of_a_greatest_value_shows: Max<(u8, u64)>, |it, _me, key, value| it.raise((key, number(value)));
    the_history_of_a_least_value_shows: Min<i64>, |it, _me, key, value| it.lower(signed(key, value));
    the_history_of_a_budget_shows: Budget, |it, me, key, value| match value {
        Some(value) if key < 3 => it.grant(me, value.into()).unwrap(),
        Some(value) => it.spend(me, value.into()).unwrap_or_else(|_| it.grant(me, 0).unwrap()),
        None => it.transfer(me, replicas()[usize::from(key) % 3], 1).unwrap_or_else(|_| it.grant(me, 1).unwrap()),
    };
    the_history_of_a_set_shows: Causal<Set>, |it, me, key, value| match value {
        Some(_) => it.add(me, u64::from(key) * 100),
        None => it.remove(&(u64::from(key) * 100)),
    };
    the_history_of_a_set_where_removing_wins_shows: Causal<RwSet<u8>>, |it, me, key, value| match value {
        Some(_) => it.add(me, key),
        None if key == 0 => it.forget(&1),
        None => it.remove(me, key),
    };
    the_history_of_a_register_shows: Causal<LwwRegister<u8>>, |it, me, key, value| match value {
        Some(value) => it.write(me, stamp(value), key),
        None => it.clear(),
    };
    the_history_of_a_register_of_many_values_shows: Causal<MvRegister<i64>>, |it, me, key, value| match value {
        Some(_) => it.write(me, signed(key, value)),
        None => it.clear(),
    };
    the_history_of_an_enabling_flag_shows: Causal<EwFlag>, |it, me, key, value| match value {
        Some(_) => it.set(me, key < 3),
        None => it.clear(),
    };
    the_history_of_a_disabling_flag_shows: Causal<DwFlag>, |it, me, key, value| match value {
        Some(_) => it.set(me, key < 3),
        None => it.clear(),
    };
    the_history_of_a_dotted_counter_shows: Causal<DottedCounter>, |it, me, key, value| match value {
        Some(_) => it.add(me, signed(key, value)).unwrap(),
        None if key < 3 => it.retire(replicas()[usize::from(key)], me).unwrap(),
        None => it.clear(),
    };
    the_history_of_a_map_shows: Causal<LwwMap<String, u8>>, |it, me, key, value| match value {
        Some(value) => it.set(me, key.to_string(), stamp(value), value),
        None => it.remove(&key.to_string()),
    };
    the_history_of_stamped_values_shows: Causal<Registers>, |it, me, key, value| match value {
        Some(value) => put(it, me, &key.to_string(), stamp(value).to_bits(), "some text"),
        None => it.remove(&key.to_string()),
    };
    the_history_of_a_map_of_sets_shows: Causal<Sets>, |it, me, key, value| {
        let (outer, inner) = (format!("k{}", key % 3), format!("v{}", value.unwrap_or(key)));
        match value {
            Some(_) => it.update(me, outer, |set, writer| set.add(writer, inner)),
            None if key < 3 => it.remove(&outer),
            None => it.update(me, outer, |set, _| set.remove(&format!("v{}", key - 3))),
        }
    };
    the_history_of_a_map_of_maps_shows: Causal<Nested>, |it, me, key, value| match value {
        None if key == 5 => it.remove(&1),
        _ => it.update(me, key % 2, |inner, writer| match value {
            Some(value) => inner.update(writer, key, |set, writer| set.add(writer, value)),
            None if key < 3 => inner.remove(&key),
            // Under a key that need not be there.
            None => inner.update(writer, key, |set, _| set.forget(&1)),
        }),
    };
    the_history_of_a_map_of_counters_shows: Causal<OrMap<u8, DottedCounter>>, |it, me, key, value| match value {
        Some(_) => it.try_update(me, key, |count, writer| count.add(writer, signed(key, value))).unwrap(),
        None => it.remove(&key),
    };
    the_history_of_a_document_shows: Causal<Document>, |it, me, key, value| edit(it, me, key, value);
    the_history_of_a_map_of_documents_shows: Causal<OrMap<u8, Document>>, |it, me, key, value| match (key, value) {
        (0, None) => it.remove(&1),
        _ => it.update(me, key % 2, |document, writer| {
            let number = value!(i64::from(value.unwrap_or(9)));
            let path = Path::root().then(key.to_string());
            document.assign(writer, stamp(key), &path, &number, &Schema::new()).unwrap()
        }),
    };
}

/// A history in which everybody does something, and hears of some of it.
fn busy() -> Vec<Step> {
    let mut steps = Vec::new();
    for turn in 0..12_u8 {
        let at = usize::from(turn) % 3;
        let value = (turn % 5 != 4).then_some(turn % 4);
        steps.push(Step::Act { at, key: turn % 6, value });
        if turn == 7 {
            steps.push(Step::Merge { from: 0, at: 2 });
        }
    }
    steps
}

fn examples() -> Vec<Example> {
    let mut names = Directory::new();
    names.learn(replicas()[0], &agent(1), 0).unwrap();
    names.learn(replicas()[1], &agent(1), 300).unwrap();
    let mut all = vec![
        Example::of(&wire::set()),
        Example::of(&wire::delta()),
        Example::of(&wire::repair()),
        Example::of(&wire::set().digest()),
        Example::of(wire::set().seen()),
        Example::of(&names),
    ];
    let mut texts = Causal::<OrSet<String>>::default();
    let mut lists = GSet::<Vec<String>>::new();
    for text in ["task/12", "task/1", "task/é", "task/è", "other"] {
        all.push(Example::of(&texts.add(replicas()[0], text.to_owned())));
        all.push(Example::of(&lists.add(vec![text.to_owned(), "task".to_owned()])));
    }
    all.extend([Example::of(&texts), Example::of(&lists), Example::of(&texts.clear())]);
    all.extend(played(&busy()));
    all
}

#[test]
fn bytes_that_were_cut_off_are_read() {
    for Example { bytes, takes, .. } in examples() {
        assert!(takes(&bytes) && probe(&bytes) > 0);
        for end in 0..bytes.len() {
            assert!(!takes(&bytes[..end]), "{end} of {}", wire::to_hex(&bytes));
        }
    }
}

#[test]
fn a_changed_byte_gives_a_second_form() {
    let mut taken = 0;
    for Example { bytes, .. } in examples() {
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
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_history_of_a_digest_shows(steps in steps()) {
        for state in play(&steps, acts::the_history_of_a_map_of_sets_shows).states {
            assert_same(&state.digest());
            assert_same(state.seen());
        }
    }

    #[test]
    fn a_text_shows_what_stood_before_it(texts in prop::collection::vec("[abé-ë/]{0,6}", 0..12)) {
        let (mut set, mut lists) = (Causal::<OrSet<String>>::default(), GSet::<Vec<String>>::new());
        for text in &texts {
            let delta = set.add(replicas()[0], text.clone());
            assert_same(&delta);
        }
        assert_same(&set);
        assert_same(&set.clear());
        assert_same(&lists.add(texts.clone()));
        // Forth and back.
        assert_same(&lists.add(texts.into_iter().rev().collect()));
        assert_same(&lists);
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
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3_u8), 1..4),
    ) {
        fn edited(bytes: &mut Vec<u8>, with: &[u8], edits: &[(prop::sample::Index, prop::sample::Index, u8)]) {
            for (at, byte, how) in edits {
                match how {
                    _ if bytes.is_empty() => {}
                    0 => *at.get_mut(bytes) = *byte.get(with),
                    1 => bytes.insert(at.index(bytes.len()), *byte.get(with)),
                    _ => { bytes.remove(at.index(bytes.len())); }
                }
            }
        }
        for Example { mut bytes, text, .. } in played(&steps) {
            edited(&mut bytes, &[0, 1, 2, 3, 4, 5], &edits);
            probe(&bytes);
            let mut text = text.into_bytes();
            edited(&mut text, b"0123r/{}[],:\"", &edits);
            if let Ok(text) = String::from_utf8(text) {
                probe_text(&text);
            }
        }
    }
}
