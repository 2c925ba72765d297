//! Area `resolve`: a hundred thousand versions of one key become one.

use std::hint::black_box;
use std::sync::Arc;

use moai_core::{AgentId, FixedClock, StateKey, Timestamp, Value, Version, value};
use moai_sync::{AgentClock, ConflictResolver, Crdt, CrdtType, Lww, Metadata, StateVersion, Strategy, Vector};

use crate::contest::Contest;
use crate::report::Report;
use crate::unit::Unit;

const VERSIONS: usize = 100_000;

fn agents() -> Vec<AgentId> {
    (0..100).map(|number| AgentId::new(format!("agent-{number:03}")).expect("a name")).collect()
}

fn versions(metadata: impl Fn(usize) -> Metadata, value: impl Fn(usize) -> Value) -> Vec<StateVersion> {
    let (agents, key) = (agents(), StateKey::new("state").expect("a key"));
    (0..VERSIONS)
        .map(|number| {
            let version = Version::new(number as u64).expect("a version");
            // Times that come in no order.
            let micros = (number * 7_919 % VERSIONS) as i64;
            let time = Timestamp::from_unix_micros(micros).expect("a time");
            StateVersion::new(key.clone(), value(number), version, time, agents[number % agents.len()].clone())
                .with_metadata(metadata(number))
        })
        .collect()
}

pub(crate) fn run(report: &mut Report) {
    let number = |number: usize| Value::from(number as i64);
    let fields = |number: usize| value!({"timeout": number as i64, "retries": 3, "name": "index"});
    let chain = |number: usize| {
        let count = (number + 1) as u64;
        let clock = agents().into_iter().take(4).map(|agent| (agent, count));
        Metadata::new().with_vector_clock(AgentClock::from_iter(clock))
    };
    let of_type = |kind| move |_| Metadata::of_type(kind);
    // The Python original took so many milliseconds.
    row(report, "lww-100000", Lww, versions(|_| Metadata::new(), number), "recorded:python-original", 8.5e6, 5.0);
    row(
        report,
        "counter-100000",
        Crdt::new(),
        versions(of_type(CrdtType::Counter), number),
        "recorded:python-original",
        20.6e6,
        2.0,
    );
    row(
        report,
        "map-100000",
        Crdt::new(),
        versions(of_type(CrdtType::Map), fields),
        "recorded:python-original",
        157e6,
        10.0,
    );
    // There it took about two and a half hours.
    row(report, "vector-chain-100000", Vector, versions(chain, number), "limit-of-30-ms", 30e6, 1.0);
}

fn row(
    report: &mut Report,
    name: &'static str,
    strategy: impl Strategy + 'static,
    versions: Vec<StateVersion>,
    peer: &'static str,
    theirs: f64,
    bar: f64,
) {
    let clock = Arc::new(FixedClock(Timestamp::from_unix_micros(VERSIONS as i64).expect("a time")));
    let resolver = ConflictResolver::new(strategy).with_clock(clock);
    let key = StateKey::new("state").expect("a key");
    Contest::new(name, Unit::Time, |gauge| {
        gauge.time(1, || resolver.resolve(black_box(&key), black_box(&versions)).expect("it is resolved"))
    })
    .peer(peer, bar, move |gauge| gauge.recorded(theirs))
    .run(report);
}
