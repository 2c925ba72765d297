//! What the fuzzer found worth keeping, again as ordinary tests. The checks stand here, `moai-fuzz` only runs them.

mod one_shot;
#[path = "../../../moai-fuzz/corpus/replay.rs"]
mod replay;
mod votes;

#[test]
fn messages_and_records_from_a_stranger_break_what_reads_them() {
    replay::replay("votes", votes::check);
}

/// A corpus of which nothing is accepted would look as if it proved something.
#[test]
fn each_kind_has_an_input_that_is_accepted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../moai-fuzz/corpus/votes");
    let kept = [
        "request",
        "ballot",
        "ballot-in-full",
        "failed",
        "closed",
        "record-opened",
        "record-ballot",
        "record-late",
        "record-invalid",
        "record-evidence",
        "record-decided",
        "outcome",
        "opening",
        "ballot-signed",
        "certificate",
        "evidence",
    ];
    for name in kept {
        let data = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(votes::accepted(&data), "{name}");
    }
}

#[test]
fn an_agent_that_hears_a_stranger_who_signs_for_everybody_panics_or_grows() {
    replay::replay("one_shot", one_shot::check);
}

#[test]
fn each_part_of_an_agreement_has_an_input_that_is_accepted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../moai-fuzz/corpus/one_shot");
    let kept = ["packet", "proof", "record", "statement", "propose", "notarize", "nullify", "finalize", "agreement"];
    for name in kept {
        let data = std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(one_shot::accepted(&data), "{name}");
    }
}
