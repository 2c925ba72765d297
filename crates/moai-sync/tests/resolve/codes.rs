//! Every refusal names the key and whose version does not fit, and has a code of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use moai_core::{Coded, StateKey, value};
use moai_sync::{Crdt, CrdtType, Lww, ResolveError, Resolved, StateVersion, Strategy};

use crate::states::{at_noon, counter, key, of_type, state};

struct Unwilling;

impl Strategy for Unwilling {
    fn resolve(&self, key: &StateKey, _: &[StateVersion]) -> Result<Resolved, ResolveError> {
        Err(ResolveError::Refused { state_key: key.clone(), why: "not on a Friday".into() })
    }
}

#[test]
fn a_refusal_does_not_say_whose_version_it_is_and_what_is_left() {
    let mut met = BTreeSet::new();
    let mut note = |code: &'static str, named: &str, result: Result<Resolved, ResolveError>| {
        let error = result.unwrap_err();
        assert_eq!(error.code(), code);
        let text = error.to_string();
        assert!(text.contains(named) && text.ends_with("nothing changed"), "{text}");
        met.insert(code);
    };
    let merge = |versions: &[StateVersion]| at_noon(Crdt::new()).resolve(&key("counter"), versions);
    note("resolve.empty", "counter", merge(&[]));
    note("resolve.other_key", "agent-2 is of queue", merge(&[counter(1, 1, 1), state("queue", value!(1), 1, 0, 2)]));
    let ahead = |micros: i64| {
        let noon = state("counter", value!(1), 1, 7_200, 3);
        let time = noon.timestamp.unix_micros() + 60_000_000 + micros;
        let mut ahead = noon;
        ahead.timestamp = moai_core::Timestamp::from_unix_micros(time).unwrap();
        ahead
    };
    note("resolve.clock_ahead", "agent-3", at_noon(Lww).resolve(&key("counter"), &[ahead(1)]));
    assert!(at_noon(Lww).resolve(&key("counter"), &[ahead(0)]).is_ok(), "a minute is within the limit");
    let patient = at_noon(Lww).with_max_clock_ahead(Duration::from_secs(61));
    assert!(patient.resolve(&key("counter"), &[ahead(1)]).is_ok());
    let set = of_type(CrdtType::Set, "counter", value!([1]), 1, 0, 2);
    for versions in [[counter(1, 1, 1), set.clone()], [set, counter(1, 1, 1)]] {
        note("resolve.mixed_types", "counter by agent-1 and a set by agent-2", merge(&versions));
    }
    note("resolve.mixed_types", "", merge(&[counter(1, 1, 1), state("counter", value!(1), 1, 0, 2)]));
    for (kind, value, named) in [
        (CrdtType::Counter, value!("many"), "is a text, which is no counter"),
        (CrdtType::Counter, value!(1.5), "is a number, which is no counter"),
        (CrdtType::Set, value!({"a": 1}), "is a map, which is no set"),
        (CrdtType::Map, value!([1]), "is an array, which is no map"),
        (CrdtType::Document, value!(null), "is null, which is no document"),
    ] {
        note("resolve.wrong_value", named, merge(&[of_type(kind, "counter", value, 1, 0, 1)]));
    }
    note("resolve.overflow", "counter", merge(&[counter(i64::MIN, 1, 1), counter(-1, 1, 2)]));
    let many = [counter(i64::MAX, 1, 1), counter(i64::MAX, 1, 2)];
    assert_eq!(merge(&many).unwrap().value.as_u64(), Some(u64::MAX - 1), "what fits is told");
    note("resolve.refused", "not on a Friday", at_noon(Unwilling).resolve(&key("counter"), &[counter(1, 1, 1)]));
    assert_eq!(met, ResolveError::CODES.iter().copied().collect());
}
