//! Each form as bytes and as JSON, one by one: what is stored and sent must be readable for ever.
//!
//! The bytes were worked out from the description of the format alone.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use std::fmt::Debug;

use moai_core::{AgentId, StateKey, Value, Version, agent_id, value};
use moai_crdt::{
    BoundedCounter, Causal, CausalContext, Contributions, Delta, Directory, Document, DottedCounter, DwFlag, EwFlag,
    GCounter, GSet, LwwMap, LwwRegister, Max, Merge, Min, MvRegister, OrMap, OrSet, Path, PnCounter, ReplicaId, RwSet,
    Schema, Stamp, TwoPhaseSet, VectorClock, WireForm,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{Registers, Set, Sets, dot, from_hex, replicas, to_hex};

const A: &str = "0000000000000001";
const B: &str = "0102030405060708";
const C: &str = "ffffffffffffffff";
const AB: &str = "02 0000000000000001 0102030405060708";

/// Holds both forms against what they were, and reads them back. In the JSON, `A`, `B` and `C` stand for the
/// replicas.
fn golden<T>(value: &T, bytes: &[&str], json: &str)
where
    T: WireForm + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let bytes = from_hex(&bytes.concat());
    assert_eq!(to_hex(&value.to_bytes()), to_hex(&bytes));
    assert_eq!(T::from_bytes(&bytes).as_ref(), Ok(value));
    let json: String = json.split_whitespace().collect::<String>().replace("\"A", &format!("\"{A}"));
    let json = json.replace("\"B", &format!("\"{B}")).replace("\"C", &format!("\"{C}"));
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}

fn both() -> (ReplicaId, ReplicaId) {
    let [a, b, _] = replicas();
    (a, b)
}

/// What `a` and `b` did at the same time.
fn merged<T: Merge + Default>(left: impl Fn(&mut T), right: impl Fn(&mut T)) -> T {
    let (mut one, mut other) = (T::default(), T::default());
    left(&mut one);
    right(&mut other);
    one.merge(&other);
    one
}

fn at(counter: u16) -> Stamp {
    Stamp::new(1_700_000_000_000, counter).unwrap()
}

#[test]
fn sets_look_different() {
    // Version, state, no replicas, no lanes; nothing known, no keys.
    golden(&Causal::<Set>::default(), &["01 01 00 00", "00", "00"], r#"{"store": [], "seen": []}"#);
    let (a, b) = both();
    let mut set = Causal::<Set>::default();
    set.add(a, 7);
    golden(
        &set,
        &[
            "01 01 01", A, "19",       // lanes 0, 3 and 4
            "01 00",    // replicas: the first
            "01 01",    // one leaf with one dot
            "02 00 00", // a run of one, as expected: seq 1
            "01 00 00", // known of one replica: nothing left out, one dot
            "01 07",    // one key, 7
        ],
        r#"{"store": [[7, [["A:1", null]]]], "seen": [["A", 1, 1]]}"#,
    );
    // With conflicts and gaps.
    golden(
        &wire::set(),
        &[
            "01 01 03",
            A,
            B,
            C,
            "99",                          // lanes 0, 3, 4 and 7
            "03 000001",                   // replicas 0, 1, 2: each behind the one before; three times, so once more
            "05 01 02 0101 01",            // leaves of 1, 2, 1, 1, 1 dots
            "0a 0000 0401 010100 010206",  // a:1; a:3..=4, one further; replica 1 from 1; replica 2 from 7
            "02 0102",                     // the second dot of 30: replica 1, seq 2
            "03",                          // known: of three replicas
            "00 06",                       // 1..=4
            "00 02",                       // 1..=2
            "04 01 00 00",                 // 5, and another run: 7
            "05 0a 1e 28 f9012c fa011170", // 10, 30, 40, 300, 70,000: by their least dots
        ],
        r#"{
            "store": [
                [10, [["A:1", null]]], [30, [["A:3", null], ["B:2", null]]], [40, [["A:4", null]]],
                [300, [["B:1", null]]], [70000, [["C:7", null]]]
            ],
            "seen": [["A", 1, 4], ["B", 1, 2], ["C", 5, 5], ["C", 7, 7]]
        }"#,
    );

    // The same element again, and what was said each time.
    let mut set = Causal::<Set>::default();
    let (first, second) = (set.add(b, 9), set.add(b, 9));
    golden(
        &set,
        &["01 01 01", B, "19 0100 0101 020001", "01 0002", "01 09"],
        r#"{"store": [[9, [["B:2", null]]]], "seen": [["B", 1, 2]]}"#,
    );
    golden(
        &first,
        &["01 81 01", B, "38 0101 020000 0100", "01 09", "00"],
        r#"{"change": [[9, {"made": [["B:1", null]], "killed": []}]], "dead": []}"#,
    );
    golden(
        &second,
        &["01 81 01", B, "78 0101 020001 0101 020000", "01 09", "00"],
        r#"{"change": [[9, {"made": [["B:2", null]], "killed": ["B:1"]}]], "dead": []}"#,
    );
    golden(
        &set.digest(),
        &["01 02 01", B, "01 020001", "01 0002", "01 0100"], // twice replica 0: as expected, and one less
        r#"{"seen": [["B", 1, 2]], "live": [["B", 2, 2]]}"#,
    );
}

#[test]
fn deltas_look_different() {
    golden(
        &wire::delta(),
        &[
            "01 81",
            AB,
            "78",              // lanes 3 to 6
            "04 010100 00",    // made: 1, 1, 0
            "04 0002 0201",    // a:3; a:2
            "03 01 00 01",     // killed: 1, 0, 1
            "05 0000 010100",  // a:1; replica 1, seq 1
            "03 0a 14 f9012c", // 10, 20, 300
            "00",              // no lost dead
        ],
        r#"{
            "change": [
                [10, {"made": [["A:3", null]], "killed": ["A:1"]}],
                [20, {"made": [["A:2", null]], "killed": []}],
                [300, {"made": [], "killed": ["B:1"]}]
            ],
            "dead": []
        }"#,
    );
    // What a digest asks for.
    golden(
        &wire::repair(),
        &[
            "01 81 01", A, "39", "01 00", "01 01", "02 0003",  // a:4
            "01 00",    // killed: 0
            "01 28",    // 40
            "01 00 04", // the lost dead: 1..=3
        ],
        r#"{"change": [[40, {"made": [["A:4", null]], "killed": []}]], "dead": [["A", 1, 3]]}"#,
    );
    golden(&Delta::<Sets>::default(), &["01 81 00 00", "00 00"], r#"{"change": [], "dead": []}"#);
}

#[test]
fn what_is_known_looks_different() {
    let [a, b, c] = replicas();
    let (mut left, mut right) = (Causal::<Set>::default(), Causal::<Set>::default());
    for element in [10, 20, 30, 40] {
        left.add(a, element);
    }
    left.remove(&20);
    right.add(b, 1);
    right.add(b, 2);
    let removal = right.remove(&2);
    left.apply(&removal);
    golden(
        &left.digest(),
        &[
            "01 02",
            AB,
            "01",
            "04 000000 03", // replicas 0, 1, and 0 again: two less than expected
            "02 0006 0100", // seen: 1..=4; 2
            "01 0001 0002", // alive: 1, and 3..=4
        ],
        r#"{"seen": [["A", 1, 4], ["B", 2, 2]], "live": [["A", 1, 1], ["A", 3, 4]]}"#,
    );
    golden(&Causal::<Sets>::default().digest(), &["01 02 00 00", "00 00"], r#"{"seen": [], "live": []}"#);

    let mut context = CausalContext::new();
    context.insert(dot(a, 3));
    golden(&context, &["01 03 01", A, "01 0100", "01", "02 00"], r#"[["A", 3, 3]]"#);
    let mut context = CausalContext::new();
    for seq in (1..=300).chain([302]) {
        context.insert(dot(a, seq));
    }
    context.insert(dot(b, 5));
    context.insert(dot(b, 6));
    golden(
        &context,
        &["01 03", AB, "01 03 000000", "02", "00 f90257 00 00", "04 02"],
        r#"[["A", 1, 300], ["A", 302, 302], ["B", 5, 6]]"#,
    );

    let clock: VectorClock = [(b, 2)].into_iter().collect();
    golden(&clock, &["01 04 01", B, "01 0100", "01 02"], r#"{"B": 2}"#);
    let clock: VectorClock = [(a, 1), (b, 247), (c, 248)].into_iter().collect();
    golden(&clock, &["01 04 03", A, B, C, "01 03 000001", "03 01 f7 f8f8"], r#"{"A": 1, "B": 247, "C": 248}"#);
}

#[test]
fn a_user_s_elements_look_different() {
    // Everything that can stand in an element, in one row.
    type Row = ((u8, u16, i8, i64), (bool, Option<u32>, Vec<()>, String), Vec<u8>);
    let row: Row = ((255, 300, -1, 64), (true, Some(0), vec![(), ()], "é".to_owned()), vec![0, 255]);
    let mut set = Causal::<OrSet<Row>>::default();
    set.add(replicas()[0], row);
    golden(
        &set,
        &[
            "01 01 01",
            A,
            "19 0100 0101 020000 010000 01",
            "ff f9012c 01 80",
            "01 01 00",
            "02 00 00", // nothing, twice: a byte each
            "02 c3a9",
            "02 00 ff",
        ],
        r#"{
            "store": [[[[255, 300, -1, 64], [true, 0, [null, null], "é"], [0, 255]], [["A:1", null]]]],
            "seen": [["A", 1, 1]]
        }"#,
    );
}

/// A set that only grows: its elements and nothing else.
fn grown<T: Ord + Clone>(elements: impl IntoIterator<Item = T>) -> GSet<T> {
    let mut set = GSet::new();
    elements.into_iter().for_each(|element| drop(set.add(element)));
    set
}

#[test]
fn texts_behind_texts_look_different() {
    golden(
        &grown(["agent-1", "agent-27", "b"].map(str::to_owned)),
        &[
            "01 13 00 00 03",
            "07 6167656e742d31", // alone
            "05 06 3237",        // two bytes of its own behind six that are shared
            "02 62",             // one of its own, and nothing shared
        ],
        r#"["agent-1", "agent-27", "b"]"#,
    );
    golden(
        &grown(["a".to_owned(), "b".repeat(124)]),
        &["01 13 00 00 02", "01 61", "f8f8", &"62".repeat(124)],
        &format!(r#"["a", "{}"]"#, "b".repeat(124)),
    );
    // Cut within a character; the same again; further; and nothing at all.
    golden(
        &grown([["é", "è", "è", "èa", ""].map(str::to_owned).to_vec()]),
        &["01 13 00 00 01", "05 02 c3a9", "03 01 a8", "01 02", "03 02 61", "00"],
        r#"[["é", "è", "è", "èa", ""]]"#,
    );
    golden(
        &grown([agent_id!("agent-1"), agent_id!("agent-2")]),
        &["01 13 00 00 02", "07 6167656e742d31", "03 06 32"],
        r#"["agent-1", "agent-2"]"#,
    );
    golden(
        &grown(["ab", "ac"].map(|key| StateKey::new(key).unwrap())),
        &["01 13 00 00 02", "02 6162", "03 01 63"],
        r#"["ab", "ac"]"#,
    );
    // Not within other things.
    golden(
        &grown([("ab".to_owned(), 1_u8), ("ac".to_owned(), 2)]),
        &["01 13 00 00 02", "02 6162 01", "02 6163 02"],
        r#"[["ab", 1], ["ac", 2]]"#,
    );
    golden(
        &grown([None, Some("ab".to_owned()), Some("ac".to_owned())]),
        &["01 13 00 00 03", "00", "01 02 6162", "01 02 6163"],
        r#"[null, "ab", "ac"]"#,
    );

    // Behind the one before in the order in which they are written: that of the least dots.
    let (a, _) = both();
    let mut names = Causal::<OrSet<AgentId>>::default();
    names.add(a, agent_id!("agent-2"));
    names.add(a, agent_id!("agent-1"));
    golden(
        &names,
        &["01 01 01", A, "19 0100 03 010100 02 0400", "01 0002", "02", "07 6167656e742d32", "03 06 31"],
        r#"{"store": [["agent-1", [["A:2", null]]], ["agent-2", [["A:1", null]]]], "seen": [["A", 1, 2]]}"#,
    );
    golden(
        &names.clear(),
        &["01 81 01", A, "68 03 000000 03 010100 02 0400", "02", "07 6167656e742d32", "03 06 31", "00"],
        r#"{
            "change": [["agent-1", {"made": [], "killed": ["A:2"]}], ["agent-2", {"made": [], "killed": ["A:1"]}]],
            "dead": []
        }"#,
    );
}

#[test]
fn texts_under_other_keys_are_shared() {
    let (a, _) = both();
    let mut nested = Causal::<Sets>::default();
    for (key, element) in [("task/12", "ready"), ("task/12", "red"), ("task/1", "rest"), ("task/1", "re")] {
        nested.update(a, key.to_owned(), |set, writer| set.add(writer, element.to_owned()));
    }
    golden(
        &nested,
        &[
            "01 01 01",
            A,
            "19 0100 03 010102 02 0c00",
            "01 0006",
            "02",
            "07 7461736b2f3132",         // "task/12":
            "02 05 7265616479 03 02 64", // "ready"; "re", "d"
            "01 06",                     // "task/1":
            "02 04 72657374 01 02",      // "rest", the first of its set; "re"
        ],
        r#"{
            "store": [
                ["task/1", [["re", [["A:4", null]]], ["rest", [["A:3", null]]]]],
                ["task/12", [["ready", [["A:1", null]]], ["red", [["A:2", null]]]]]
            ],
            "seen": [["A", 1, 4]]
        }"#,
    );
}

#[test]
fn counters_look_different() {
    let (a, b) = both();
    let mut count = GCounter::new();
    count.add(a, 5).unwrap();
    let part = count.add(b, 300).unwrap();
    count.retire(a, b);
    golden(
        &count,
        &[
            "01 10",
            AB,
            "01 05 0000 00 03 00", // lane 0: a, b, a, b
            "02 05 f9012c",        // two counts
            "01 00",               // one heir: an item without bytes
        ],
        r#"{"counts": {"A": 5, "B": 300}, "retired": {"A": "B"}}"#,
    );
    golden(&part, &["01 90 01", B, "01 0100", "01 f9012c 00"], r#"{"part": {"counts": {"B": 300}, "retired": {}}}"#);

    let mut count = PnCounter::new();
    count.add(a, 5).unwrap();
    count.subtract(b, 2).unwrap();
    golden(
        &count,
        &["01 11", AB, "01 03 000000", "01 05", "01 02", "00"],
        r#"{"added": {"A": 5}, "taken": {"B": 2}, "retired": {}}"#,
    );

    let mut budget = BoundedCounter::new();
    budget.grant(a, 10).unwrap();
    budget.transfer(a, b, 4).unwrap();
    budget.spend(b, 3).unwrap();
    golden(
        &budget,
        &["01 17", AB, "01 06 00 0101 0000 01", "02 0a 04", "01 03"],
        r#"{"given": [["A", "A", 10], ["A", "B", 4]], "spent": {"B": 3}}"#,
    );

    let (one, two) = (agent_id!("agent-1"), agent_id!("agent-2"));
    let mut contributions = Contributions::new();
    contributions.set(one.clone(), Version::new(1).unwrap(), -1, 42);
    contributions.set(two.clone(), Version::new(2).unwrap(), 1_700_000_000_000_000, -3);
    contributions.retire(&two, one);
    golden(
        &contributions,
        &[
            "01 12 00 00 02",
            "07 6167656e742d31 01 01 54 00",
            "07 6167656e742d32 02 fe0c1448303c8000 05 01 07 6167656e742d31",
        ],
        r#"{
            "agent-1": {"version": 1, "time": -1, "value": 42, "retired_into": null},
            "agent-2": {"version": 2, "time": 1700000000000000, "value": -3, "retired_into": "agent-1"}
        }"#,
    );
}

#[test]
fn what_only_grows_looks_different() {
    let mut set = GSet::new();
    set.add(300_u64);
    let part = set.add(3);
    golden(&set, &["01 13 00 00", "02 03 f9012c"], "[3, 300]");
    golden(&part, &["01 93 00 00", "01 03"], r#"{"part": [3]}"#);

    let mut set = TwoPhaseSet::new();
    set.add("b".to_owned());
    set.remove("b");
    set.add("a".to_owned());
    golden(&set, &["01 14 00 00", "02 01 61 00 02 62 01"], r#"{"elements": ["a"], "removed": ["b"]}"#);

    let mut max = Max::new();
    golden(&max, &["01 15 00 00", "00"], "null");
    max.raise(7_u64);
    golden(&max, &["01 15 00 00", "01 07"], "7");
    let mut min = Min::new();
    min.lower(-7_i64);
    golden(&min, &["01 16 00 00", "01 0d"], "-7");

    let (a, b) = both();
    let mut names = Directory::new();
    names.learn(b, &agent_id!("agent-2"), 1).unwrap();
    names.learn(a, &agent_id!("agent-1"), 0).unwrap();
    golden(
        &names,
        &["01 18", AB, "01 03 000000", "02", "07 6167656e742d31 00", "07 6167656e742d32 01"],
        r#"[["A", "agent-1", 0], ["B", "agent-2", 1]]"#,
    );
}

#[test]
fn registers_and_flags_look_different() {
    let (a, b) = both();
    // Lanes 0, 3, 4 and 7: of two replicas; one leaf of two dots, a:1 and b:1.
    let two = "99 03 000000 01 02 02 0000 02 0100";
    let known = "02 0000 0000";
    let values = merged::<Causal<MvRegister<u64>>>(|it| drop(it.write(a, 1)), |it| drop(it.write(b, 300)));
    golden(
        &values,
        &["01 01", AB, two, known, "01 f9012c"],
        r#"{"store": [["A:1", 1], ["B:1", 300]], "seen": [["A", 1, 1], ["B", 1, 1]]}"#,
    );
    let values = merged::<Causal<LwwRegister<String>>>(
        |it| drop(it.write(a, at(0), "x".to_owned())),
        |it| drop(it.write(b, at(1), "y".to_owned())),
    );
    golden(
        &values,
        &[
            "01 01",
            AB,
            "9f 03 000000",
            "08 fd03179fcad000 00", // upper bits: the milliseconds, no difference
            "02 0002",              // lower bits: 0, one more
            "01 02 02 0000 02 0100",
            known,
            "01 78 01 79",
        ],
        r#"{
            "store": [["A:1", ["018bcfe568000000", "x"]], ["B:1", ["018bcfe568000001", "y"]]],
            "seen": [["A", 1, 1], ["B", 1, 1]]
        }"#,
    );
    let mut flag = Causal::<EwFlag>::default();
    flag.set(a, true);
    golden(
        &flag,
        &["01 01 01", A, "19 0100 0101 020000", "01 0000", "01"],
        r#"{"store": [["A:1", true]], "seen": [["A", 1, 1]]}"#,
    );
    let flag = merged::<Causal<DwFlag>>(|it| drop(it.set(a, true)), |it| drop(it.set(b, false)));
    golden(
        &flag,
        &["01 01", AB, two, known, "01 00"],
        r#"{"store": [["A:1", true], ["B:1", false]], "seen": [["A", 1, 1], ["B", 1, 1]]}"#,
    );
}

#[test]
fn a_dotted_counter_looks_different() {
    let (a, b) = both();
    let mut count = merged::<Causal<DottedCounter>>(|it| drop(it.add(a, 3)), |it| drop(it.add(b, -7)));
    let delta = count.add(a, 2).unwrap();
    golden(
        &count,
        &["01 01", AB, "99 03 000000 01 02 02 0001 02 0100", "02 0002 0000", "0a 0d"],
        r#"{"store": [["A:2", 5], ["B:1", -7]], "seen": [["A", 1, 2], ["B", 1, 1]]}"#,
    );
    golden(
        &delta,
        &["01 81 01", A, "78 0101 020001 0101 020000", "0a", "00"],
        r#"{"change": {"made": [["A:2", 5]], "killed": ["A:1"]}, "dead": []}"#,
    );
}

#[test]
fn a_set_where_removing_wins_looks_different() {
    let (a, b) = both();
    let set = merged::<Causal<RwSet<u64>>>(|it| drop(it.add(a, 1)), |it| drop(it.remove(b, 2)));
    golden(
        &set,
        &["01 01", AB, "19 03 000000 03 010100 05 0000 010100", "02 0000 0000", "02", "01 01", "02 00"],
        r#"{"store": [[1, [["A:1", true]]], [2, [["B:1", false]]]], "seen": [["A", 1, 1], ["B", 1, 1]]}"#,
    );
}

#[test]
fn maps_look_different() {
    let (a, b) = both();
    let mut map = Causal::<LwwMap<String, u64>>::default();
    map.set(a, "k".to_owned(), at(0), 7);
    map.set(a, "l".to_owned(), at(1), 8);
    let delta = map.set(a, "k".to_owned(), Stamp::new(at(0).millis() + 1, 0).unwrap(), 9);
    golden(
        &map,
        &[
            "01 01 01",
            A,
            "1f 0100",
            "08 fd03179fcad000 02", // upper bits: the milliseconds, one more
            "02 02 01",             // lower bits: 1, one less
            "03 010100",
            "02 0401", // a:2..=3
            "01 0004",
            "02 016c 08 026b 09",
        ],
        r#"{
            "store": [["k", [["A:3", ["018bcfe568010000", 9]]]], ["l", [["A:2", ["018bcfe568000001", 8]]]]],
            "seen": [["A", 1, 3]]
        }"#,
    );
    golden(
        &delta,
        &["01 81 01", A, "7e 07 fd03179fcad002 01 00 0101 020002 0101 020000", "01 016b 09", "00"],
        r#"{"change": [["k", {"made": [["A:3", ["018bcfe568010000", 9]]], "killed": ["A:1"]}]], "dead": []}"#,
    );

    let counts = merged::<Causal<OrMap<String, DottedCounter>>>(
        |it| drop(it.try_update(a, "votes".to_owned(), |count, writer| count.add(writer, 2))),
        |it| drop(it.try_update(b, "votes".to_owned(), |count, writer| count.add(writer, -5))),
    );
    golden(
        &counts,
        &["01 01", AB, "99 03 000000 01 02 02 0000 02 0100", "02 0000 0000", "01 05 766f746573 04 09"],
        r#"{"store": [["votes", [["A:1", 2], ["B:1", -5]]]], "seen": [["A", 1, 1], ["B", 1, 1]]}"#,
    );
}

#[test]
fn maps_of_the_kernel_look_different() {
    golden(
        &wire::sets(),
        &[
            "01 01",
            AB,
            "99",
            "03 000000",          // replicas 0 and 1, no more times
            "04 010100 02",       // leaves of 1, 1, 2 dots
            "06 0000 0001 0201",  // a:1; a:3, one further than expected; a:2, back behind it
            "02 0100",            // the second dot of "v": replica 1, seq 1
            "02 0004 0000",       // known: 1..=3, and 1
            "02",                 // two keys
            "01 78 02 0175 0277", // "x": "u", and behind it "w"
            "02 79 01 0176",      // behind "x" "y": "v"
        ],
        r#"{
            "store": [
                ["x", [["u", [["A:1", null]]], ["w", [["A:3", null]]]]],
                ["y", [["v", [["A:2", null], ["B:1", null]]]]]
            ],
            "seen": [["A", 1, 3], ["B", 1, 1]]
        }"#,
    );
    golden(
        &wire::registers(),
        &[
            "01 01",
            AB,
            "9f", // lanes 0 to 4, and 7
            "03 000000",
            "04 02 00 01 04",             // upper bits: 1, 1, 0, 2
            "0a f922e0 02 f91bd9 f93ebc", // lower bits: 4,464, one more, 900, 8,930
            "03 01 02 01",
            "02 0800", // a run of three
            "02 0100",
            "02 0004 0000",
            "03",
            "01 6b 03 6f6e65",             // "k": "one"
            "02 6c 03 74776f 04 7a776569", // "l": "two", "zwei": values are not items
            "02 6d 05 7468726565",         // "m": "three"
        ],
        r#"{
            "store": [
                ["k", [["A:1", ["0000000000011170", "one"]]]],
                ["l", [["A:2", ["0000000000011171", "two"]], ["B:1", ["0000000000000384", "zwei"]]]],
                ["m", [["A:3", ["00000000000222e2", "three"]]]]
            ],
            "seen": [["A", 1, 3], ["B", 1, 1]]
        }"#,
    );
    golden(&Causal::<Registers>::default(), &["01 01 00 00", "00 00"], r#"{"store": [], "seen": []}"#);
}

#[test]
fn a_map_of_maps_of_sets_looks_different() {
    type Nested = OrMap<u64, OrMap<u64, OrSet<String>>>;
    let (a, b) = both();
    let add = |it: &mut Causal<Nested>, me: ReplicaId, outer: u64, inner: u64, element: &str| {
        it.update(me, outer, |map, writer| {
            map.update(writer, inner, |set, writer| set.add(writer, element.to_owned()))
        });
    };
    let mut nested = merged::<Causal<Nested>>(
        |it| {
            add(it, a, 7, 1, "x");
            add(it, a, 3, 9, "z");
        },
        |it| add(it, b, 7, 2, "y"),
    );
    golden(
        &nested,
        &[
            "01 01",
            AB,
            "19 03 000000 03 010101",
            "08 0000 010100 010000", // a:1; b:1; a:2
            "02 0002 0000",
            "02",
            "07 02 01 01 0178 02 01 0179", // 7: 1: "x", 2: "y"
            "03 01 09 01 017a",            // 3: 9: "z"
        ],
        r#"{
            "store": [
                [3, [[9, [["z", [["A:2", null]]]]]]],
                [7, [[1, [["x", [["A:1", null]]]]], [2, [["y", [["B:1", null]]]]]]]
            ],
            "seen": [["A", 1, 2], ["B", 1, 1]]
        }"#,
    );
    golden(
        &nested.remove(&7),
        &["01 81", AB, "68 03 000000 03 010100 05 0000 010100", "01 07 02 01 01 0178 02 01 0179", "00"],
        r#"{
            "change": [[7, [
                [1, [["x", {"made": [], "killed": ["A:1"]}]]],
                [2, [["y", {"made": [], "killed": ["B:1"]}]]]
            ]]],
            "dead": []
        }"#,
    );
}

#[test]
fn a_document_looks_different() {
    let (a, b) = both();
    let schema = Schema::new().set("/tags").and_then(|schema| schema.counter("/tries")).unwrap();
    let mut document = Causal::<Document>::default();
    golden(&document, &["01 01 00 00", "00 00"], r#"{"store": {}, "seen": []}"#);

    let task = value!({"name": "index", "sub": {}, "tags": ["rust"], "tries": 1});
    document.assign(a, at(0), &Path::root(), &task, &schema).unwrap();
    golden(
        &document,
        &[
            "01 01 01",
            A,
            "1f 0100",
            "07 fd03179fcad000 01 00",
            "03 010104",   // six leaves of one dot
            "02 1400",     // a:1..=6
            "01 000a",     // known: 1..=6
            "02 03",       // there is more than a register: the mark of a map, and fields
            "04",          // of which there are four
            "04 6e616d65", // "name":
            "01",          // a register
            "07 06 05 696e646578",
            "06 737562",   // "sub":
            "02 01",       // the mark of a map
            "08 74616773", // "tags":
            "02 04 03",    // a set, with its mark and elements
            "01 06 06 04 72757374",
            "09 01 72696573", // "t", and "ries":
            "02 08",          // a counter
            "02",
        ],
        r#"{
            "store": {
                "": {"map": [["A:1", null]]},
                "/name": {"register": [["A:2", {"stamp": "018bcfe568000000", "value": "index"}]]},
                "/sub": {"map": [["A:3", null]]},
                "/tags": {"set": [["A:4", null]], "elements": [["rust", [["A:5", null]]]]},
                "/tries": {"counter": [["A:6", 1]]}
            },
            "seen": [["A", 1, 6]]
        }"#,
    );

    let task = value!({"name": "scan", "sub": {}, "tags": [], "tries": 3});
    let delta = document.assign(b, at(1), &Path::root(), &task, &schema).unwrap();
    golden(
        &delta,
        &[
            "01 81",
            AB,
            "7e",
            "07 fd03179fcad000 01 02",
            "03 01 00 01",   // made: 1, 0, 1
            "03 05 01 00",   // b:1..=2
            "04 0101 00 00", // killed: 1, 1, 0
            "04 0001 0002",  // a:2; a:5
            "02 02 03",      // three fields
            "04 6e616d65 01 06 06 04 7363616e",
            "08 74616773 02 04 02 01 06 06 04 72757374",
            "09 01 72696573 02 08 04",
            "00",
        ],
        r#"{
            "change": {
                "/name": {"register": {
                    "made": [["B:1", {"stamp": "018bcfe568000001", "value": "scan"}]],
                    "killed": ["A:2"]
                }},
                "/tags": {"elements": [["rust", {"made": [], "killed": ["A:5"]}]]},
                "/tries": {"counter": {"made": [["B:2", 2]], "killed": []}}
            },
            "dead": []
        }"#,
    );
    golden(&Delta::<Document>::default(), &["01 81 00 00", "00 00"], r#"{"change": {}, "dead": []}"#);
    assert_eq!(document.to_value().get("name"), Some(&Value::from("scan")));
}
