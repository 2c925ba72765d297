//! The scenes, in their order.

mod cut;
mod deciding_vote;
mod families;
mod killed;
mod two_faces;
mod verified;
mod veto;

use super::story::Scene;

/// The agents.
const FIVE: &[&str] = &["planner", "coder", "tester", "critic", "scribe"];

pub(super) const ALL: &[Scene] = &[
    Scene {
        title: "The deciding vote",
        shows: "Five agents vote. It is decided as soon as it is certain; the others may stop.",
        seats: FIVE,
        play: |stage| Box::pin(deciding_vote::play(stage)),
    },
    Scene {
        title: "Two faces",
        shows: "One signs FOR to some and AGAINST to another: its own signatures convict it.",
        seats: FIVE,
        play: |stage| Box::pin(two_faces::play(stage)),
    },
    Scene {
        title: "One family",
        shows: "Models of one family err together. The rule wants a second family to agree.",
        seats: FIVE,
        play: |stage| Box::pin(families::play(stage)),
    },
    Scene {
        title: "The cut",
        shows: "The network is cut 3|2. The small side cannot decide, and both keep counting.",
        seats: FIVE,
        play: |stage| Box::pin(cut::play(stage)),
    },
    Scene {
        title: "The kill",
        shows: "A process is killed while it writes. What it had acknowledged is still there.",
        seats: &["writer", "journal"],
        play: |stage| Box::pin(killed::play(stage)),
    },
    Scene {
        title: "The veto",
        shows: "The agents agree, and a person says no with seconds left.",
        seats: &["planner", "coder", "tester", "critic", "scribe", "owner"],
        play: |stage| Box::pin(veto::play(stage)),
    },
    Scene {
        title: "The proof",
        shows: "Somebody who was not there verifies every word and every decision of it.",
        seats: &["journal", "verifier"],
        play: |stage| Box::pin(verified::play(stage)),
    },
];
