//! Which crate may use what. The table is here; `cargo tree` is held against it, and `docs/architecture.md` quotes it.

mod quote;
mod rules;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use crate::step::{Outcome, Step, run_all};
use crate::{cargo, workspace};

pub(crate) use quote::rewrite_docs;

/// One line of the table.
struct Layer {
    name: &'static str,
    sentence: &'static str,
    /// What it deliberately does not know.
    blind_to: &'static str,
    /// The workspace's crates that it may use directly.
    uses: &'static [&'static str],
    /// The outside packages that it may use directly, beyond [`SHARED`].
    beyond: &'static [&'static str],
    /// What a reader should know about `beyond`; only shown.
    remark: &'static str,
    /// The packages that may stand nowhere below it, however deep.
    never: &'static [&'static [&'static str]],
}

/// The outside packages that every line may use directly.
const SHARED: &[&str] = &["serde", "serde_json", "thiserror", "async-trait", "chrono", "tracing"];

/// Whoever runs futures or threads decides what happens when.
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "compio",
    "futures-executor",
    "glommio",
    "mio",
    "monoio",
    "pollster",
    "polling",
    "rayon",
    "smol",
    "tokio",
];

/// Chance that does not come through a port. `getrandom` is missing: moai-core's own chance stands on it.
const CHANCE: &[&str] = &["fastrand", "nanorand", "oorandom", "rand", "rand_os", "uuid"];

/// Clocks that do not come through a port. `iana-time-zone` is what chrono's feature `clock` brings along.
const CLOCKS: &[&str] =
    &["coarsetime", "iana-time-zone", "instant", "minstant", "quanta", "time", "wasm-timer", "web-time"];

/// From the bottom to the top: a line uses only lines above it.
const LAYERS: &[Layer] = &[
    Layer {
        name: "moai-core",
        sentence: "the words everyone shares and the ports to the world",
        blind_to: "any protocol, any data type that merges, any runtime",
        uses: &[],
        beyond: &["bytes", "sha2", "getrandom", "unicode-normalization"],
        remark: "features `ports`, `local`, `conformance`",
        never: &[RUNTIMES, CHANCE, CLOCKS],
    },
    Layer {
        name: "moai-crdt",
        sentence: "clocks, and data that merges",
        blind_to: "messages, time sources, I/O, async",
        uses: &["moai-core"],
        beyond: &["hashbrown"],
        remark: "moai-core without its default features",
        never: &[RUNTIMES, CHANCE, CLOCKS, &["getrandom"]],
    },
    Layer {
        name: "moai-consensus",
        sentence: "rules, ballots, algorithms; a manager that runs them",
        blind_to: "state, storage engines, sockets",
        uses: &["moai-core", "moai-crdt"],
        beyond: &["tokio", "bytes", "ed25519-zebra", "rand_core"],
        remark: "tokio (sync, time, rt) behind feature `manager`, signatures behind feature `signing`",
        never: &[],
    },
    Layer {
        name: "moai-sync",
        sentence: "versions, conflict resolution, state synchronization",
        blind_to: "votes, storage engines, sockets",
        uses: &["moai-core", "moai-crdt"],
        beyond: &["tokio", "bytes", "zstd"],
        remark: "tokio (sync, time, rt)",
        never: &[],
    },
    Layer {
        name: "moai-store",
        sentence: "durable memory: in-memory and an embedded database",
        blind_to: "protocols",
        uses: &["moai-core"],
        beyond: &["rusqlite", "crc32c", "tokio", "bytes"],
        remark: "the database is bundled, tokio (sync)",
        never: &[],
    },
    Layer {
        name: "moai-swarm",
        sentence: "the swarm in one process: agents, topologies, heartbeats, tasks",
        blind_to: "storage engines",
        uses: &["moai-core", "moai-crdt", "moai-consensus", "moai-sync"],
        beyond: &["tokio", "bytes"],
        remark: "",
        never: &[],
    },
    Layer {
        name: "moai-sim",
        sentence: "a seeded world that lies, loses, delays, partitions and crashes",
        blind_to: "real time, real chance",
        uses: &["moai-core", "moai-crdt", "moai-consensus", "moai-sync", "moai-store", "moai-swarm"],
        beyond: &["tokio", "bytes"],
        remark: "tokio with paused time",
        never: &[],
    },
    Layer {
        name: "moai-flow",
        sentence: "the facade: re-exports everything, no code of its own",
        blind_to: "",
        uses: &["moai-core", "moai-crdt", "moai-consensus", "moai-sync", "moai-store", "moai-swarm", "moai-sim"],
        beyond: &[],
        remark: "",
        never: &[],
    },
    Layer {
        name: "moai-cli",
        sentence: "the program `moai`",
        blind_to: "",
        uses: &["moai-flow"],
        beyond: &["clap", "clap_complete", "nix", "ratatui", "rustix", "sha2", "toml", "tokio", "unicode-width"],
        remark: "",
        never: &[],
    },
];

/// This program. It is part of no layer, and no user sees it: it is enforced, not quoted.
const XTASK: Layer = Layer {
    name: "xtask",
    sentence: "the project's tasks",
    blind_to: "the whole workspace",
    uses: &[],
    beyond: &[],
    remark: "",
    never: &[],
};

/// The line of a crate.
fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().chain([&XTASK]).find(|layer| layer.name == name)
}

/// Direct edges, of the whole workspace at once. The depth is spelled out, so that no drawing needs to be read.
const TREE: &[&str] = &["tree", "--all-features", "--no-dedupe", "-e", "normal,build", "--target", "all"];

pub(crate) fn run() -> ExitCode {
    run_all(vec![step()])
}

pub(crate) fn step() -> Step {
    Step::new("layers", "use another crate, or change the table in xtask/src/layers.rs and say why", |root| {
        let mut violations = check_tree(root);
        violations.extend(quote::check_docs(root));
        Outcome::from_violations(&violations)
    })
}

/// What `cargo tree` says, held against the table.
fn check_tree(root: &Path) -> Vec<String> {
    let tree = |choice: &[&str]| cargo::output(root, &[TREE, &["--prefix", "depth", "--locked"], choice].concat());
    let workspace = match (tree(&["--workspace"]), workspace::crates(root)) {
        (Ok(tree), Ok(crates)) => rules::check_edges(&tree)
            .into_iter()
            .chain(rules::check_members(&tree, crates.iter().filter(|one| !one.excluded).map(|one| one.name.as_str())))
            .collect(),
        (Err(why), _) => vec![format!("{why}. Without a network, `cargo fetch --locked` has to run once before")],
        (_, Err(why)) => vec![why],
    };
    // In the tree of the whole workspace a crate carries the features that any other asks for. What may stand nowhere
    // is looked for in the tree that the crate's users get: its own.
    let alone =
        LAYERS.iter().filter(|layer| !layer.never.is_empty() && quote::exists(root, layer)).flat_map(
            |layer| match tree(&["-p", layer.name]) {
                Ok(tree) => rules::check_depths(layer, &tree),
                Err(why) => vec![why],
            },
        );
    workspace.into_iter().chain(alone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_crate_of_this_workspace_leaves_its_layer() {
        let violations = check_tree(&workspace::root());
        assert!(violations.is_empty(), "\n- {}\n", violations.join("\n- "));
    }

    #[test]
    fn the_table_never_points_upward() {
        for (number, layer) in LAYERS.iter().enumerate() {
            for used in layer.uses {
                assert!(LAYERS[..number].iter().any(|above| above.name == *used), "{} uses {used}", layer.name);
            }
        }
    }

    #[test]
    fn the_table_does_not_allow_what_it_forbids() {
        for layer in LAYERS {
            for package in layer.never.iter().copied().flatten() {
                let allowed = layer.beyond.contains(package) || SHARED.contains(package);
                assert!(!allowed, "{} both allows and forbids {package}", layer.name);
            }
        }
    }
}
