//! The readable forms, as JSON: what people see, and what is refused.

mod wire;

use moai_core::value;
use moai_crdt::{
    Causal, Delta, Digest, Directory, Document, Dot, DotFun, GSet, Part, Path, ReplicaId, Schema, Stamp, VectorClock,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::{Registers, Set, Sets, dot, replicas};

#[test]
fn a_dot_reads_differently() {
    let text = r#""0102030405060708:7""#;
    assert_eq!(serde_json::to_string(&dot(replicas()[1], 7)).unwrap(), text);
    assert_eq!(serde_json::from_str::<Dot>(text).unwrap(), dot(replicas()[1], 7));
}

#[test]
fn a_state_does_not_survive_json() {
    fn assert_survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
    }
    assert_survives(&wire::set());
    assert_survives(&wire::sets());
    assert_survives(&wire::registers());
    assert_survives(&wire::delta());
    assert_survives(&wire::repair());
    assert_survives(&wire::sets().digest());
}

#[test]
fn a_document_does_not_survive_what_sorts_its_places_as_text() {
    // As text "/a-b" stands between "/a" and "/a/b", as a path behind both.
    let mut document = Causal::<Document>::default();
    let value = value!({"a": {"b": 1}, "a-b": 2});
    let delta = document.assign(replicas()[0], Stamp::ZERO, &Path::root(), &value, &Schema::new()).unwrap();
    let sorted = serde_json::to_value(&document).unwrap();
    assert_eq!(serde_json::from_value::<Causal<Document>>(sorted).unwrap(), document);
    let sorted = serde_json::to_value(&delta).unwrap();
    assert_eq!(serde_json::from_value::<Delta<Document>>(sorted).unwrap(), delta);

    let clock = r#"{"0000000000000002":3,"0000000000000001":2}"#;
    let [one, two] = [1, 2].map(|number| ReplicaId::new(number).unwrap());
    assert_eq!(serde_json::from_str::<VectorClock>(clock).unwrap(), [(one, 2), (two, 3)].into_iter().collect());
    let twice = r#"{"0000000000000002":3,"0000000000000001":2,"0000000000000002":3}"#;
    assert!(serde_json::from_str::<VectorClock>(twice).is_err());
}

#[test]
fn json_that_breaks_a_law_is_taken() {
    fn refused<T: DeserializeOwned>(text: &str) {
        assert!(serde_json::from_str::<T>(text).is_err(), "{text}");
    }
    for text in [
        "0000000000000001:0",
        "0000000000000001:01",
        "0000000000000001:+1",
        "0000000000000001:9223372036854775808",
        "0000000000000000:1",
        "000000000000001:1",
        "000000000000000A:1",
        "0000000000000001",
        "",
    ] {
        refused::<Dot>(&format!("{text:?}"));
    }

    let one = r#"["0000000000000001:1",null]"#;
    let two = r#"["0000000000000001:2",null]"#;
    refused::<DotFun<()>>(&format!("[{two},{one}]"));
    refused::<DotFun<()>>(&format!("[{one},{one}]"));

    let state = |store: &str| format!(r#"{{"store":{store},"seen":[["0000000000000001",1,1]]}}"#);
    assert!(serde_json::from_str::<Causal<Set>>(&state(&format!("[[1,[{one}]]]"))).is_ok());
    refused::<Causal<Set>>(&state(&format!("[[1,[{two}]]]"))); // alive and not known
    refused::<Causal<Set>>(&state(&format!("[[1,[{one}]],[2,[{one}]]]"))); // one dot twice
    refused::<Causal<Set>>(&state("[[1,[]]]")); // nothing under a key
    let both =
        |left, right| format!(r#"{{"store":[[{left},[{one}]],[{right},[{two}]]],"seen":[["0000000000000001",1,2]]}}"#);
    assert!(serde_json::from_str::<Causal<Set>>(&both(1, 2)).is_ok());
    refused::<Causal<Set>>(&both(2, 1)); // keys out of order
    refused::<Causal<Set>>(&both(1, 1)); // one key twice
    refused::<Causal<Set>>(r#"{"store":[]}"#);
    refused::<Causal<Set>>(r#"{"store":[],"seen":[],"more":1}"#);
    refused::<Causal<Set>>(r#"{"change":[],"dead":[]}"#);

    let delta = |change: &str| format!(r#"{{"change":[[1,{change}]],"dead":[]}}"#);
    assert!(serde_json::from_str::<Delta<Set>>(&delta(&format!(r#"{{"made":[{one}],"killed":[]}}"#))).is_ok());
    refused::<Delta<Set>>(&delta(&format!(r#"{{"made":[{one}],"killed":["0000000000000001:1"]}}"#)));
    refused::<Delta<Set>>(&delta(r#"{"made":[],"killed":[]}"#));
    refused::<Delta<Set>>(&delta(r#"{"made":[]}"#));
    refused::<Digest>(r#"{"seen":[["0000000000000001",2,1]],"live":[]}"#);
    refused::<Digest>(r#"{"seen":[],"live":[["0000000000000001",1,1]]}"#); // alive and not known
    refused::<Causal<Sets>>(r#"{"store":[["x",[]]],"seen":[]}"#);
    refused::<Causal<Registers>>(r#"{"store":[["x",[]]],"seen":[]}"#);

    refused::<Stamp>(r#""00000000000000001""#);
    refused::<Stamp>(r#""000000000000000A""#);
    refused::<Directory>(r#"[["0000000000000002","a",0],["0000000000000001","a",0]]"#);
    refused::<Directory>(r#"[["0000000000000001","a",0],["0000000000000001","a",0]]"#);
    refused::<Part<GSet<u64>>>("[3]");
    refused::<GSet<u64>>(r#"{"part":[3]}"#);

    let state = |places: &str| format!(r#"{{"store":{{{places}}},"seen":[["0000000000000001",1,2]]}}"#);
    let [first, second] = [1, 2].map(|seq| format!(r#"{{"counter":[["0000000000000001:{seq}",5]]}}"#));
    assert!(serde_json::from_str::<Causal<Document>>(&state(&format!(r#""":{second},"/a":{first}"#))).is_ok());
    refused::<Causal<Document>>(&state(&format!(r#""/a":{first},"/a":{second}"#))); // one place twice
    refused::<Causal<Document>>(&state(&format!(r#""/a":{first},"/b":{first}"#))); // one dot twice
    refused::<Causal<Document>>(&state(&format!(r#""a":{first}"#)));
    for empty in [r"{}", r#"{"map":[]}"#, r#"{"map":null}"#, r#"{"elements":[]}"#, r#"{"other":1}"#] {
        refused::<Causal<Document>>(&state(&format!(r#""/a":{empty}"#)));
    }
    refused::<Delta<Document>>(r#"{"change":{"/a":{"map":{"made":[],"killed":[]}}},"dead":[]}"#);
}
