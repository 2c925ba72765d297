//! What the fuzzer found worth keeping, again as ordinary tests. The checks stand here, `moai-fuzz` only runs them.

mod reconcile;
#[path = "../../../moai-fuzz/corpus/replay.rs"]
mod replay;

#[test]
fn messages_from_a_stranger_break_an_exchange() {
    replay::replay("reconcile", reconcile::check);
}

/// A corpus of which nothing is accepted would look as if it proved something.
#[test]
fn each_kind_has_an_input_that_is_accepted() {
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
