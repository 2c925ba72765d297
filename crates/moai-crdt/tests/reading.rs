//! What can be asked of each type when it holds nothing, one thing, two, and nothing again.

use moai_core::{Version, agent_id};
use moai_crdt::laws::Laws;
use moai_crdt::{
    Causal, Contributions, Directory, DottedCounter, GSet, LwwMap, LwwRegister, Merge, MvRegister, OrMap, OrSet,
    ReplicaId, RwSet, Stamp, TwoPhaseSet, VectorClock,
};

fn me() -> ReplicaId {
    ReplicaId::derive(&agent_id!("agent-1"), 0)
}

/// Length, whether it is empty, and what is in it.
macro_rules! reads {
    ($it:expr, $things:expr) => {{
        let things: Vec<&str> = $things;
        assert_eq!(($it.len(), $it.is_empty()), (things.len(), things.is_empty()), "{:?}", $it);
        things
    }};
}

#[test]
fn a_set_miscounts_what_is_in_it() {
    let mut set = Causal::<OrSet<&str>>::default();
    assert_eq!(reads!(set, set.iter().copied().collect()), [""; 0]);
    let (_, _) = (set.add(me(), "b"), set.add(me(), "a"));
    assert_eq!(reads!(set, set.iter().copied().collect()), ["a", "b"]);
    assert!(set.contains("a") && !set.contains("c"));
    let _ = set.clear();
    assert_eq!(reads!(set, set.iter().copied().collect()), [""; 0]);
}

#[test]
fn a_set_with_marks_miscounts_what_is_in_it() {
    let mut set = Causal::<RwSet<&str>>::default();
    assert!(set.is_empty());
    let (_, _, _) = (set.add(me(), "b"), set.add(me(), "a"), set.remove(me(), "b"));
    assert_eq!(reads!(set, set.iter().copied().collect()), ["a"]);
    assert_eq!(set.removed().collect::<Vec<_>>(), [&"b"]);
    assert!(set.contains("a") && !set.contains("b"));
    let _ = set.forget("b");
    assert_eq!(set.removed().count(), 0);
}

#[test]
fn growing_sets_miscount_what_is_in_them() {
    let mut set = GSet::new();
    assert_eq!(reads!(set, set.iter().copied().collect()), [""; 0]);
    let (_, _) = (set.add("b"), set.add("a"));
    assert_eq!(reads!(set, set.iter().copied().collect()), ["a", "b"]);
    assert!(set.contains("a") && !set.contains("c"));

    let mut set = TwoPhaseSet::new();
    assert!(set.is_empty());
    let (_, _, _) = (set.add("b"), set.add("a"), set.remove("b"));
    assert_eq!(reads!(set, set.iter().copied().collect()), ["a"]);
    assert_eq!(set.removed().collect::<Vec<_>>(), [&"b"]);
    let _ = set.add("b");
    assert!(!set.contains("b"), "what went stays away");
}

#[test]
fn a_map_miscounts_its_keys() {
    let mut map = Causal::<LwwMap<&str, u32>>::default();
    assert_eq!(reads!(map, map.keys().copied().collect()), [""; 0]);
    let _ = map.set(me(), "b", Stamp::from_bits(1), 2);
    let _ = map.set(me(), "a", Stamp::from_bits(2), 1);
    assert_eq!(reads!(map, map.keys().copied().collect()), ["a", "b"]);
    assert_eq!(map.iter().collect::<Vec<_>>(), [(&"a", &1), (&"b", &2)]);
    assert!(map.contains_key("a") && !map.contains_key("c"));
    assert_eq!(map.register("b").and_then(LwwRegister::stamp), Some(Stamp::from_bits(1)));
    let _ = map.clear();
    assert_eq!(reads!(map, map.keys().copied().collect()), [""; 0]);

    let mut map = Causal::<OrMap<&str, OrSet<u8>>>::default();
    assert!(map.is_empty());
    let _ = map.update(me(), "a", |set, writer| set.add(writer, 1));
    assert_eq!(reads!(map, map.iter().map(|(key, _)| *key).collect()), ["a"]);
    assert!(map.contains_key("a") && !map.contains_key("b"));
    let _ = map.update(me(), "a", |set, _| set.remove(&1));
    assert!(map.is_empty() && !map.contains_key("a"), "a key without anything under it is not there");
}

#[test]
fn a_register_or_a_counter_says_wrongly_whether_it_is_empty() {
    let mut register = Causal::<MvRegister<&str>>::default();
    assert!(register.is_empty());
    let _ = register.write(me(), "red");
    assert!(!register.is_empty());
    let _ = register.clear();
    assert!(register.is_empty());

    let mut register = Causal::<LwwRegister<&str>>::default();
    assert!(register.is_empty() && register.stamp().is_none());
    let _ = register.write(me(), Stamp::from_bits(7), "red");
    assert_eq!((register.is_empty(), register.stamp()), (false, Some(Stamp::from_bits(7))));

    let mut counter = Causal::<DottedCounter>::default();
    assert!(counter.is_empty());
    counter.add(me(), 3).map(drop).unwrap();
    assert_eq!((counter.is_empty(), counter.parts().collect::<Vec<_>>()), (false, vec![(me(), 3)]));
}

#[test]
fn who_is_known_is_miscounted() {
    let mut names = Directory::new();
    assert!(names.is_empty());
    names.register(&agent_id!("agent-1"), 0).unwrap();
    names.register(&agent_id!("agent-2"), 4).unwrap();
    assert_eq!((names.len(), names.is_empty(), names.iter().count()), (2, false, 2));
    assert_eq!((names.agent(me()), names.incarnation(me())), (Some(&agent_id!("agent-1")), Some(0)));
    assert_eq!(names.collisions().count(), 0);

    let mut clock = VectorClock::new();
    assert!(clock.is_empty());
    clock.increment(me()).unwrap();
    assert_eq!((clock.len(), clock.is_empty()), (1, false));
    clock.forget(me());
    assert!(clock.is_empty());

    let mut reports = Contributions::new();
    assert!(reports.is_empty());
    let _ = reports.set(agent_id!("agent-1"), Version::new(3).unwrap(), 5, -7);
    let report = reports.get(&agent_id!("agent-1")).unwrap();
    assert_eq!((report.version().get(), report.time(), report.value(), report.retired_into()), (3, 5, -7, None));
    assert_eq!((reports.len(), reports.is_empty(), reports.iter().count()), (1, false, 1));
}

/// Adds where it should take the greater.
#[derive(Debug, Clone, PartialEq, Default)]
struct Count(u64);

impl Merge for Count {
    fn merge(&mut self, other: &Self) -> bool {
        self.0 += other.0;
        other.0 > 0
    }
}

#[test]
#[should_panic(expected = "idempotent")]
fn a_broken_type_passes_the_law_kit() {
    Laws::of_whole(1, |count: &mut Count, _| count.0 += 1).assert();
}
