//! Limits, one below, at, and one above; and claims that nothing stands behind.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]

mod wire;

use moai_core::{AgentId, InvalidInput, Limits, Value, value};
use moai_crdt::{
    BoundedCounter, Causal, CausalContext, Contributions, Delta, Digest, Directory, Document, DotFun, GCounter, GSet,
    OrMap, OrSet, Part, Path, ReplicaId, Schema, Stamp, TwoPhaseSet, VectorClock, WireForm, WireLimits,
};
use wire::{Set, Sets, Tree, from_hex, replicas};

/// The state passes within `at` and is refused within one less; one more changes nothing.
fn assert_limit<T: WireForm + PartialEq + std::fmt::Debug>(
    state: &T,
    at: usize,
    limits: impl Fn(usize) -> WireLimits,
) -> InvalidInput {
    let bytes = state.to_bytes();
    for enough in [at, at + 1] {
        assert_eq!(T::from_bytes_within(&bytes, &limits(enough)).as_ref(), Ok(state));
    }
    T::from_bytes_within(&bytes, &limits(at - 1)).unwrap_err()
}

#[test]
fn one_byte_too_many_is_read() {
    let state = wire::set();
    let size = state.to_bytes().len();
    let error = assert_limit(&state, size, |bytes| WireLimits { bytes, ..WireLimits::default() });
    let size = size as u64;
    assert_eq!(error, InvalidInput::TooLong { field: "wire form", limit: size - 1, got: size });
}

#[test]
fn one_replica_too_many_is_read() {
    let error = assert_limit(&wire::set(), 3, |replicas| WireLimits { replicas, ..WireLimits::default() });
    assert_eq!(error, InvalidInput::TooMany { field: "replicas", limit: 2, got: 3 });
}

#[test]
fn one_dot_too_many_is_read() {
    let limits = |dots| WireLimits { dots, ..WireLimits::default() };
    assert_eq!(assert_limit(&wire::set(), 6, limits), InvalidInput::TooMany { field: "dots", limit: 5, got: 6 });
    // Made and killed count alike.
    assert_eq!(assert_limit(&wire::delta(), 4, limits), InvalidInput::TooMany { field: "dots", limit: 3, got: 4 });
}

#[test]
fn one_key_too_many_is_read() {
    let limits = |items| WireLimits { items, ..WireLimits::default() };
    assert_eq!(assert_limit(&wire::set(), 5, limits), InvalidInput::TooMany { field: "items", limit: 4, got: 5 });
    // Two keys with two and one beneath.
    assert_eq!(assert_limit(&wire::sets(), 5, limits), InvalidInput::TooMany { field: "items", limit: 4, got: 5 });
    // One key that is a list of three.
    let mut set = Causal::<OrSet<Vec<u64>>>::default();
    set.add(replicas()[0], vec![1, 2, 3]);
    assert_limit(&set, 4, limits);
}

#[test]
fn one_shared_byte_too_many_is_read() {
    let limits = |shared| WireLimits { shared, ..WireLimits::default() };
    let too_long = |limit, got| InvalidInput::TooLong { field: "what texts share", limit, got };
    // Three shared bytes, then four.
    let mut set = GSet::new();
    ["xxx", "xxx00", "xxx01"].map(|text| set.add(text.to_owned()));
    assert_eq!(assert_limit(&set, 7, limits), too_long(6, 7));
    // Two sets under two keys count together: "v", "va" and "va" again, "v"; and the second key, "k".
    let mut sets = Causal::<Sets>::default();
    for (key, element) in [("ka", "v"), ("ka", "va"), ("kb", "va"), ("kb", "v")] {
        sets.update(replicas()[0], key.to_owned(), |set, writer| set.add(writer, element.to_owned()));
    }
    assert_eq!(assert_limit(&sets, 3, limits), too_long(2, 3));
    // A change counts alike, and a list within an element.
    assert_eq!(assert_limit(&sets.clear(), 3, limits), too_long(2, 3));
    let mut lists = GSet::new();
    lists.add(vec!["same".to_owned(), "same".to_owned(), "some".to_owned()]);
    assert_eq!(assert_limit(&lists, 5, limits), too_long(4, 5));
    // Where nothing is shared, nothing counts.
    let bytes = wire::registers().to_bytes();
    assert_eq!(Causal::from_bytes_within(&bytes, &limits(0)), Ok(wire::registers()));
}

#[test]
fn a_long_text_that_many_share_fills_the_memory() {
    // In full it would be a million times a million bytes, of which five bytes each stand there.
    let (long, many) = (1_000_000, 1_000_000);
    let mut bytes = from_hex("01 13 00 00 01 fa 0f4241 fa 0f4240");
    bytes.extend(std::iter::repeat_n(b'x', long));
    (0..many).for_each(|_| bytes.extend(from_hex("01 fa 0f4240")));
    let error = GSet::<Vec<String>>::from_bytes(&bytes).unwrap_err();
    let limit = 64 << 20;
    assert_eq!(error, InvalidInput::TooLong { field: "what texts share", limit, got: 68_000_000 });
    // As far as it may go, it goes.
    bytes.truncate(bytes.len() - 5 * (many - 67));
    bytes.splice(5..9, from_hex("44"));
    let state = GSet::<Vec<String>>::from_bytes(&bytes).unwrap();
    assert_eq!(state.iter().flatten().map(String::len).sum::<usize>(), 68 * long);
    assert_eq!(state.to_bytes(), bytes);
}

#[test]
fn one_step_too_deep_is_read() {
    let limits = |depth| WireLimits { depth, ..WireLimits::default() };
    assert_eq!(assert_limit(&wire::sets(), 2, limits), InvalidInput::TooDeep { field: "wire form", limit: 1, got: 2 });
    let mut trees = Causal::<OrSet<Tree>>::default();
    trees.add(replicas()[0], Tree::of_depth(31));
    assert_limit(&trees, 32, limits);
    assert_eq!(Causal::from_bytes(&trees.to_bytes()).as_ref(), Ok(&trees));
    trees.add(replicas()[0], Tree::of_depth(32));
    assert!(matches!(
        Causal::<OrSet<Tree>>::from_bytes(&trees.to_bytes()),
        Err(InvalidInput::TooDeep { limit: 32, got: 33, .. })
    ));

    let mut values = Causal::<OrSet<Value>>::default();
    values.add(replicas()[0], value!([[1]]));
    assert_limit(&values, 3, limits);
}

#[test]
fn a_deep_nest_overflows_the_stack() {
    // A million lists of one.
    let head = "01 01 01 0000000000000001 19 0100 0101 020000 010000 01";
    let mut bytes = from_hex(head);
    bytes.extend(std::iter::repeat_n(1, 1_000_000));
    bytes.push(0);
    assert!(matches!(Causal::<OrSet<Tree>>::from_bytes(&bytes), Err(InvalidInput::TooDeep { .. })));
}

/// A counter, or the mark of an empty map, under so many keys.
fn document(keys: usize, at_last: &str) -> Vec<u8> {
    let mut bytes = from_hex("01 01 01 0000000000000001 19 0100 0101 020000 010000");
    (0..keys).for_each(|_| bytes.extend(from_hex("02 02 01 01 6b")));
    bytes.extend(from_hex(at_last));
    bytes
}

#[test]
fn a_document_goes_deeper_than_documents_do() {
    const COUNTER: &str = "02 08 02";
    const MAP: &str = "02 01";
    const MOST: usize = Document::MAX_DEPTH;
    let read = |bytes: &[u8], depth| {
        Causal::<Document>::from_bytes_within(bytes, &WireLimits { depth, ..WireLimits::default() })
    };
    for (keys, at_last) in [(MOST, COUNTER), (MOST - 1, MAP)] {
        let most = document(keys, at_last);
        let state = read(&most, MOST).unwrap();
        assert_eq!(state.to_bytes(), most);
        assert_eq!(state.to_value().depth(), MOST);
        assert_eq!(serde_json::from_str::<Causal<Document>>(&serde_json::to_string(&state).unwrap()).unwrap(), state);
        assert!(matches!(read(&most, MOST - 1), Err(InvalidInput::TooDeep { limit: 127, got: 128, .. })));
        for depth in [MOST, MOST + 1, usize::MAX] {
            let error = read(&document(keys + 1, at_last), depth).unwrap_err();
            assert_eq!(error, InvalidInput::TooDeep { field: "wire form", limit: 128, got: 129 });
            assert!(matches!(read(&document(1_000_000, at_last), depth), Err(InvalidInput::TooDeep { .. })));
        }
        // A document within a map may be as deep; the map counts on top.
        let mut map = Causal::<OrMap<u64, Document>>::default();
        map.update(replicas()[0], 7, |it, writer| {
            let path = Path::root();
            it.assign(writer, moai_crdt::Stamp::ZERO, &path, &state.to_value(), &deep()).unwrap()
        });
        assert_limit(&map, MOST + 1, |depth| WireLimits { depth, ..WireLimits::default() });
    }
    // A change is held against the same.
    let mut state = Causal::<Document>::default();
    let path: Path = (0..MOST).map(|_| "k").collect();
    let delta = state.assign(replicas()[0], moai_crdt::Stamp::ZERO, &path, &value!(1), &deep()).unwrap();
    assert_limit(&delta, MOST, |depth| WireLimits { depth, ..WireLimits::default() });

    let text = |keys: usize, part: &str| {
        let path = "/k".repeat(keys);
        format!(r#"{{"store":{{"{path}":{part}}},"seen":[["0000000000000001",1,1]]}}"#)
    };
    let takes = |text: &str| serde_json::from_str::<Causal<Document>>(text).is_ok();
    let counter = r#"{"counter":[["0000000000000001:1",1]]}"#;
    let map = r#"{"map":[["0000000000000001:1",null]]}"#;
    assert!(takes(&text(MOST, counter)) && takes(&text(MOST - 1, map)));
    assert!(!takes(&text(MOST + 1, counter)) && !takes(&text(MOST, map)));
    assert!(!takes(&text(1_000_000, counter)));
}

fn deep() -> Schema {
    Schema::new().limits(&Limits { value_depth: usize::MAX, ..Limits::default() })
}

/// Each claims more than there is. None may take memory or time for it: this test would not end.
#[test]
fn a_claim_is_believed() {
    const MANY: &str = "ff 0fffffffffffffff";
    const A: &str = "0000000000000001";
    fn refused<T: WireForm + std::fmt::Debug>(parts: &[&str]) {
        let error = T::from_bytes(&from_hex(&parts.concat())).unwrap_err();
        assert!(matches!(error, InvalidInput::Malformed { .. } | InvalidInput::TooMany { .. }), "{error}");
    }
    refused::<Causal<Set>>(&["0101", MANY]); // replicas
    refused::<Causal<Set>>(&["0101 00 01", MANY]); // a lane
    refused::<Causal<Set>>(&["0101 00 00", MANY]); // replicas of a context
    refused::<Causal<Set>>(&["0101 00 00 00", MANY]); // keys
    refused::<Causal<OrSet<()>>>(&["0101 00 00 00", MANY]);
    refused::<Causal<OrSet<ReplicaId>>>(&["0101 00 00 00", MANY]);
    // A leaf with very many dots, which a run could hold.
    refused::<Causal<Set>>(&["0101 01", A, "19 0100 09", MANY, "0a", "ff3fffffffffffffff 00", "0100", MANY, "01 07"]);
    // Very many leaves with one dot each, and one key.
    refused::<Causal<Set>>(&[
        "0101 01",
        A,
        "19 0100 0b 0101",
        MANY,
        "0a",
        "ff3fffffffffffffff 00",
        "0100",
        MANY,
        "01 07",
    ]);
    // Lists and texts inside.
    let head = ["0101 01", A, "19 0100 0101 020000 010000 01"].concat();
    refused::<Causal<OrSet<String>>>(&[&head, MANY]);
    refused::<Causal<OrSet<Vec<()>>>>(&[&head, MANY]);
    refused::<Causal<OrSet<Vec<Vec<u8>>>>>(&[&head, MANY]);
    refused::<Causal<OrSet<Vec<ReplicaId>>>>(&[&head, MANY]);
    refused::<Causal<OrSet<Value>>>(&[&head, MANY]);
    // A text that shares very much with the one before, and one that has very much of its own.
    refused::<GSet<String>>(&["0113 00 00 02 02 6162 03", MANY, "63"]);
    refused::<GSet<String>>(&["0113 00 00 02 02 6162", MANY, "63"]);
    refused::<GSet<String>>(&["0113 00 00 02 02 6162 ff 1fffffffffffffff 01 63"]);
    refused::<VectorClock>(&["0104 00 00", MANY]);
    refused::<Delta<Set>>(&["0181 00 00 00", MANY]);
    refused::<Digest>(&["0102 00 00 00", MANY]);
}

#[test]
fn another_version_or_kind_is_read() {
    let good = wire::set().to_bytes();
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        let mut bytes = good.clone();
        bytes[0] = version;
        let error = Causal::<Set>::from_bytes(&bytes).unwrap_err();
        assert!(error.to_string().contains("version"), "{error}");
    }
    for kind in (0..=u8::MAX).filter(|kind| *kind != 1) {
        let mut bytes = good.clone();
        bytes[1] = kind;
        let error = Causal::<Set>::from_bytes(&bytes).unwrap_err();
        assert!(error.to_string().contains("kind"), "{error}");
    }
}

#[test]
fn one_thing_is_read_as_another() {
    let state = Causal::<Set>::default();
    assert!(Causal::<Set>::from_bytes(&Delta::<Set>::default().to_bytes()).is_err());
    assert!(Delta::<Set>::from_bytes(&state.to_bytes()).is_err());
    assert!(Digest::from_bytes(&state.to_bytes()).is_err());
    assert!(CausalContext::from_bytes(&VectorClock::new().to_bytes()).is_err());
    assert!(VectorClock::from_bytes(&CausalContext::new().to_bytes()).is_err());
}

/// Bytes that mean something, in a form that is not the one.
#[test]
fn a_second_form_is_taken() {
    fn refused<T: WireForm + std::fmt::Debug>(hex: &str, why: &str) {
        let error = T::from_bytes(&from_hex(hex)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}, and not: {why}");
    }
    let one = |rest: &str| format!("0101 01 0000000000000001 19 {rest}");
    assert!(Causal::<Set>::from_bytes(&from_hex(&one("0100 0101 020000 010000 0107"))).is_ok());
    refused::<Causal<Set>>(&one("0100 0101 020000 010000 01f807"), "more bytes than it needs");
    refused::<Causal<Set>>(&one("0100 0101 020000 010000 010700"), "left over");
    refused::<Causal<Set>>(&one("0100 020101 020000 010000 0107"), "left over");
    refused::<Causal<Set>>(&one("0100 020101 020400 010002 020907"), "missing");
    refused::<Causal<Set>>(&one("0100 03010100 020000 010000 0107"), "left over");
    refused::<Causal<Set>>(&one("0100 020102 020000 010000 0107"), "left over");
    refused::<Causal<Set>>(&one("0100 0101 020400 010002 0107"), "left over");
    refused::<Causal<Set>>(&one("0100 0101 020001 010000 0107"), "not known");
    refused::<Causal<Set>>(&one("0100 0101 03010000 010000 0107"), "named again");
    refused::<Causal<Set>>(&one("0100 0101 03010100 010000 0107"), "not in the table");
    refused::<Causal<Set>>(&one("0100 0101 020200 010000 0107"), "out of range");
    refused::<Causal<Set>>(&one("0102 0101 020000 010000 0107"), "not in the table");
    refused::<Causal<Set>>(&one("00 0101 020000 010000 0107"), "lane is empty");
    refused::<Causal<Set>>("0101 01 0000000000000000 19 0100 0101 020000 010000 0107", "replica id");
    // Two elements in two runs that are one; in the order of their values; with one value; with one dot.
    assert!(Causal::<Set>::from_bytes(&from_hex(&one("0100 03010100 020400 010002 020907"))).is_ok());
    refused::<Causal<Set>>(&one("0100 03010100 0400000000 010002 020907"), "in two parts");
    refused::<Causal<Set>>(&one("0100 03010100 0400010201 010002 020709"), "not sorted");
    refused::<Causal<Set>>(&one("0100 03010100 020400 010002 020707"), "twice");
    refused::<Causal<Set>>(&one("0100 03010100 0400000200 010002 020907"), "not sorted");
    // A repetition in two parts.
    refused::<Causal<Set>>(&one("0100 050101000101 020800 010004 03090708"), "in two parts");
    // A key with nothing under it.
    refused::<Causal<Set>>("0101 00 08 0100 00 0107", "not sorted");
    // A leaf with one dot twice, and one with its dots out of order.
    refused::<Causal<Set>>("0101 01 0000000000000001 99 0100 0102 020000 020000 010000 0107", "not sorted");
    refused::<Causal<Set>>("0101 01 0000000000000001 99 0100 0102 020001 020000 010002 0107", "not sorted");
    // One dot under two keys; made and killed.
    let shared = "0101 02 0000000000000001 0000000000000002 99 03000000 03020200 020400";
    assert!(Causal::<Set>::from_bytes(&from_hex(&format!("{shared} 04 0100 0100 02 0002 0002 020907"))).is_ok());
    refused::<Causal<Set>>(&format!("{shared} 04 0100 0101 02 0002 0000 020907"), "stands twice");
    refused::<Delta<Set>>("0181 01 0000000000000001 78 0101 020000 0101 020000 0107 00", "stands twice");
    // A stamp whose lower part has 17 bits.
    let stamp = |lower: &str| format!("0101 01 0000000000000001 1f 0100 0100 {lower} 0101 020000 010000 0107");
    assert!(Causal::<OrMap<u64, DotFun<Stamp>>>::from_bytes(&from_hex(&stamp("04fa01fffe"))).is_ok());
    refused::<Causal<OrMap<u64, DotFun<Stamp>>>>(&stamp("04fa020000"), "a stamp is out of range");
    refused::<Causal<OrMap<u64, DotFun<Stamp>>>>(&stamp("0101"), "a stamp is out of range");
    // A dot that no leaf asked for; one replica twice.
    refused::<Causal<Set>>("0101 01 0000000000000001 99 0100 0101 020000 020000 010002 0107", "left over");
    refused::<CausalContext>(
        "0103 02 0000000000000001 0000000000000001 01 03000000 02 0000 0000",
        "not sorted at byte 19",
    );
    // A replica that nobody uses, and two that are not sorted.
    refused::<CausalContext>("0103 01 0000000000000001 00 00", "not used");
    refused::<CausalContext>("0103 02 0000000000000002 0000000000000001 01 03000000 02 0000 0000", "not sorted");
    refused::<CausalContext>("0103 02 0000000000000001 0000000000000002 01 020203 02 0000 0000", "not sorted");
    refused::<CausalContext>("0103 01 0000000000000001 01 0100 01 00 ffffffffffffffffff", "out of range");
    refused::<CausalContext>("0103 01 0000000000000001 01 0100 01 00 ff fffffffffffffffe", "out of range");
    refused::<CausalContext>("0103 01 0000000000000001 01 0100 01 ff 7fffffffffffffff 00", "out of range");
    assert!(CausalContext::from_bytes(&from_hex("0103 01 0000000000000001 01 0100 01 ff 7ffffffffffffffe 00")).is_ok());
    refused::<VectorClock>("0104 01 0000000000000001 01 0100 01 00", "zero");
    // What no state can hold.
    let two = "02 0000000000000001 0000000000000002 01";
    assert!(Digest::from_bytes(&from_hex(&format!("0102 {two} 020002 01 0000 01 0000"))).is_err());
    refused::<Digest>("0102 01 0000000000000001 01 020001 01 0000 01 0002", "not known");
    assert!(GCounter::from_bytes(&from_hex(&format!("0110 {two} 05 0000000300 02 0101 01 00"))).is_ok());
    refused::<GCounter>(&format!("0110 {two} 05 0000000300 02 0100 01 00"), "zero");
    refused::<GCounter>(&format!("0110 {two} 04 02030300 02 0101 01 00"), "do not rise");
    refused::<GCounter>(&format!("0110 {two} 03000000 00 01 01"), "zero byte");
    refused::<Part<GCounter>>("0190 01 0000000000000001 01 020001 00 01 00", "a slot holds");
    refused::<BoundedCounter>(&format!("0117 {two} 03 000000 01 00 00"), "zero");
    refused::<Contributions>("0112 00 00 01 0161 0100 00 01 0161", "a slot holds");
    refused::<Contributions>("0112 00 00 02 0162 01000000 0161 01000000", "do not rise");
    refused::<Directory>("0118 01 0000000000000001 01 020001 02 0162 00 0161 00", "do not rise");
    refused::<GSet<u64>>("0113 00 00 02 0303", "do not rise");
    refused::<TwoPhaseSet<u64>>("0114 00 00 02 0300 0301", "do not rise");
    // A part of a document that is named and not there, or that nobody knows; a key with nothing under it.
    let place = |rest: &str| format!("0101 01 0000000000000001 19 0100 0101 020000 010000 {rest}");
    assert!(Causal::<Document>::from_bytes(&from_hex(&place("02 08 02"))).is_ok());
    refused::<Causal<Document>>("0101 00 00 00 02 00", "not there");
    refused::<Causal<Document>>("0101 00 00 00 02 02 00", "not there");
    refused::<Causal<Document>>("0101 00 08 0100 00 01", "not there");
    refused::<Causal<Document>>("0101 00 00 00 04", "nobody knows");
    refused::<Causal<Document>>(&place("02 18 02"), "nobody knows");
    refused::<Causal<Document>>("0101 00 00 00 02 02 01 01 6b 00", "not sorted");
    // An element of no bytes is one zero byte.
    assert!(Causal::<OrSet<()>>::from_bytes(&from_hex(&one("0100 0101 020000 010000 0100"))).is_ok());
    refused::<Causal<OrSet<()>>>(&one("0100 0101 020000 010000 0101"), "zero byte");
    refused::<Causal<OrSet<bool>>>(&one("0100 0101 020000 010000 0102"), "neither 0 nor 1");
    refused::<Causal<OrSet<u16>>>(&one("0100 0101 020000 010000 01fa010000"), "too great");
    refused::<Causal<OrSet<i8>>>(&one("0100 0101 020000 010000 01f90100"), "too great");
    refused::<Causal<OrSet<String>>>(&one("0100 0101 020000 010000 0101ff"), "UTF-8");
    refused::<Causal<OrMap<u64, Sets>>>("0101 00 00 00 01 07 00", "not sorted");
    // "ab", then "ac": as if nothing were shared; nothing, and yet said; less than is; more than is there.
    assert!(GSet::<String>::from_bytes(&from_hex("0113 00 00 02 02 6162 03 01 63")).is_ok());
    refused::<GSet<String>>("0113 00 00 02 02 6162 04 6163", "shares more");
    refused::<GSet<String>>("0113 00 00 02 02 6162 05 00 6163", "shares nothing");
    refused::<GSet<String>>("0113 00 00 02 02 6162 05 01 6263", "shares more");
    refused::<GSet<String>>("0113 00 00 02 02 6162 03 03 63", "more than that has");
    // The same again, where it must rise; its beginning, which is less.
    refused::<GSet<String>>("0113 00 00 02 02 6162 01 02", "do not rise");
    refused::<GSet<String>>("0113 00 00 02 02 6162 01 01", "do not rise");
    refused::<TwoPhaseSet<String>>("0114 00 00 02 02 6162 00 01 02 00", "do not rise");
    // A character half of which is shared: whole with the rest, and not without.
    assert!(GSet::<String>::from_bytes(&from_hex("0113 00 00 02 02 c3a8 03 01 a9")).is_ok());
    refused::<GSet<String>>("0113 00 00 02 02 c3a8 03 01 ff", "UTF-8");
    refused::<GSet<String>>("0113 00 00 02 02 c3a8 01 01", "UTF-8");
    // A word is held against its own rules, also behind another; the first of a list is not behind the last of another.
    refused::<GSet<AgentId>>("0113 00 00 02 01 61 03 01 00", "agent id");
    refused::<GSet<Vec<String>>>("0113 00 00 02 01 01 61 01 03 01 62", "missing");
}
