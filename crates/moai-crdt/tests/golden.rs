//! Each type as bytes and as JSON, one by one: what is stored and sent must be readable for ever.
//!
//! The bytes were worked out from the description of the format alone.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use std::fmt::Debug;

use moai_core::{Value, Version, agent_id, value};
use moai_crdt::{
    BoundedCounter, Causal, Contributions, Delta, Directory, Document, DottedCounter, DwFlag, EwFlag, GCounter, GSet,
    LwwMap, LwwRegister, Max, Merge, Min, MvRegister, OrMap, OrSet, Path, PnCounter, ReplicaId, RwSet, Schema, Stamp,
    TwoPhaseSet, WireForm,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{from_hex, replicas, to_hex};

const A: &str = "0000000000000001";
const B: &str = "0102030405060708";
const AB: &str = "02 0000000000000001 0102030405060708";

/// Holds both forms against what they were, and reads them back. In the JSON, `A` and `B` stand for the replicas.
fn golden<T>(value: &T, bytes: &[&str], json: &str)
where
    T: WireForm + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let bytes = from_hex(&bytes.concat());
    assert_eq!(to_hex(&value.to_bytes()), to_hex(&bytes));
    assert_eq!(T::from_bytes(&bytes).as_ref(), Ok(value));
    let json: String = json.split_whitespace().collect::<String>().replace("\"A", &format!("\"{A}"));
    let json = json.replace("\"B", &format!("\"{B}"));
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
    golden(&set, &["01 14 00 00", "02 01 61 00 01 62 01"], r#"{"elements": ["a"], "removed": ["b"]}"#);

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
            "02 016c 08 016b 09",
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
            "03 737562",   // "sub":
            "02 01",       // the mark of a map
            "04 74616773", // "tags":
            "02 04 03",    // a set, with its mark and elements
            "01 06 06 04 72757374",
            "05 7472696573", // "tries":
            "02 08",         // a counter
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
            "04 74616773 02 04 02 01 06 06 04 72757374",
            "05 7472696573 02 08 04",
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
