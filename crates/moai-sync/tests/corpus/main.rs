//! What the fuzzer found worth keeping, again as ordinary tests. The checks stand here, `moai-fuzz` only runs them.

mod reconcile;
#[path = "../../../moai-fuzz/corpus/replay.rs"]
mod replay;
mod states;

#[test]
fn states_from_a_stranger_are_read_as_something_else_or_resolve_by_their_order() {
    replay::replay("states", states::check);
}

#[test]
fn messages_from_a_stranger_break_an_exchange() {
    replay::replay("reconcile", reconcile::check);
}

/// A corpus of which nothing is accepted would look as if it proved something.
#[test]
fn each_kind_has_an_input_that_is_accepted() {
    let states = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../moai-fuzz/corpus/states");
    for (name, ..) in examples() {
        let data = std::fs::read(states.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(states::accepted(&data), "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../moai-fuzz/corpus/reconcile");
    for name in [
        "open",
        "same",
        "first",
        "more",
        "next",
        "want",
        "too-different",
        "changed",
        "answerer-same",
        "answerer-differs",
        "asker-same",
        "asker-differs",
    ] {
        let data = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(reconcile::accepted(&data), "{name}");
    }
}

/// The corpus is of the form of today: where that changes on purpose, these are the bytes to keep.
#[test]
fn the_corpus_of_states_is_of_another_form() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../moai-fuzz/corpus/states");
    for (name, kind, bytes) in examples() {
        let mut data = vec![kind];
        data.extend(bytes);
        assert_eq!(std::fs::read(folder.join(name)).ok(), Some(data), "{name}");
    }
}

fn examples() -> Vec<(&'static str, u8, Vec<u8>)> {
    use moai_core::{Cursor, Epoch, KeyRange, StateKey, Timestamp, Version, agent_id, value};
    use moai_crdt::{Causal, Document, Path, ReplicaId, Schema, Stamp};
    use moai_sync::{
        Answer, Known, Mergeable, Metadata, Replica, SharedState, StateBegun, StateChange, StateDigest, StateFollow,
        StateFollowed, StateRequest, StateResponse, StateUpdate, StateVersion, StateWritten, Told,
    };

    let key = |text: &str| StateKey::new(text).unwrap();
    let clock = std::sync::Arc::new(moai_core::FixedClock(Timestamp::UNIX_EPOCH));
    let replica = Replica::new(agent_id!("agent-1")).with_clock(clock);
    replica.put(&key("leader"), "agent-1").unwrap();
    replica.contribute(&key("count"), 42).unwrap();
    let mut document = Causal::<Document>::default();
    let (me, now) = (ReplicaId::derive(&agent_id!("agent-1"), 0), Stamp::new(1_700_000_000_000, 0).unwrap());
    let schema = Schema::new().set("/tags").unwrap();
    let _delta = document.assign(me, now, &Path::root(), &value!({"tags": ["a", "b"], "n": 1}), &schema).unwrap();
    let document = Mergeable::Document(Box::new(document));
    let nested = StateVersion::new(
        key("doc"),
        document.to_value().unwrap(),
        Version::ZERO,
        Timestamp::UNIX_EPOCH,
        agent_id!("a"),
    )
    .with_metadata(Metadata::new().with_mergeable(document).with("team", "ops"));
    let (leader, count) = (replica.get(&key("leader")).unwrap(), replica.get(&key("count")).unwrap());
    let request = StateRequest::new(
        Epoch::from_bytes([7; 8]),
        vec![
            (key("leader"), Known::state(StateDigest::of(&leader)).cleared(Version::MAX)),
            (key("count"), Known::NOTHING.cleared(Version::MAX)),
        ],
    );
    let response = StateResponse::new(vec![Answer::Same, Answer::holds(count.clone()), Answer::Left, Answer::Nothing]);
    let cleared = StateChange::Cleared { state_key: key("old"), version: Version::MAX };
    let update = StateUpdate::new(vec![StateChange::Put(SharedState::from(nested.clone())), cleared.clone()]);
    let at = |version: u64| Cursor { epoch: Epoch::from_bytes([7; 8]), version: Version::new(version).unwrap() };
    let follow = StateFollow::new(KeyRange::prefix(&key("task/")), Some(at(7)), 8).received(3);
    let changes = vec![StateChange::Put(SharedState::from(leader.clone())), cleared];
    let followed = StateFollowed::new(4, Told::Changes { since: at(7), next: at(9), changes });
    let page = Told::Page { start: at(9), after: Some(key("a")), through: None, states: vec![leader.clone()] };
    let page = StateFollowed::new(1, page);
    let written = vec![(leader.clone(), Version::ZERO), (count.clone(), Version::MAX)];
    let written = StateWritten::new(Some(Epoch::from_bytes([7; 8])), written);
    let begun = StateBegun::new(Epoch::from_bytes([7; 8]));
    let long: Vec<_> = (0..100).map(|number| (key(&format!("a-long-key-{number}")), Known::NOTHING)).collect();
    vec![
        ("state", 0, leader.to_bytes()),
        ("counter", 0, count.to_bytes()),
        ("document", 0, nested.to_bytes()),
        ("request", 1, request.to_bytes()),
        ("response", 2, response.to_bytes()),
        ("update", 3, update.to_bytes()),
        ("follow", 40, follow.to_bytes()),
        ("renews", 40, follow.renewing().to_bytes()),
        ("followed", 41, followed.to_bytes()),
        ("page", 41, page.to_bytes()),
        ("stands", 41, StateFollowed::new(4, Told::Stands).to_bytes()),
        ("full", 41, StateFollowed::new(0, Told::Full { most: 10_000 }).to_bytes()),
        ("written", 42, written.to_bytes()),
        ("begun", 43, begun.to_bytes()),
        ("packed", 1, StateRequest::new(Epoch::from_bytes([7; 8]), long).to_bytes()),
    ]
}
