//! The rules over a tree: direct edges against a crate's line, forbidden packages at any depth.

use std::collections::BTreeSet;

use super::tree::{Node, parse};
use super::{LAYERS, Layer, SHARED, layer};

/// The direct edges of each crate in the tree, held against its line.
pub(super) fn check_edges(tree: &str) -> Vec<String> {
    let nodes = match parse(tree) {
        Ok(nodes) => nodes,
        Err(wrong) => return wrong,
    };
    let members: BTreeSet<&str> = roots(&nodes).collect();
    let mut violations = Vec::new();
    let mut seen = BTreeSet::new();
    let mut root = "";
    for node in &nodes {
        match node.depth {
            0 => {
                root = node.name;
                if layer(root).is_none() {
                    violations.push(format!(
                        "{root} has no line in the table of xtask/src/layers.rs: give it one that says what it may use"
                    ));
                }
            }
            1 if seen.insert((root, node.name)) => {
                violations.extend(layer(root).and_then(|layer| check_edge(layer, node.name, &members)));
            }
            _ => {}
        }
    }
    violations
}

fn check_edge(layer: &Layer, used: &str, members: &BTreeSet<&str>) -> Option<String> {
    let Layer { name, uses, beyond, .. } = layer;
    if uses.contains(&used) || beyond.contains(&used) || SHARED.contains(&used) {
        return None;
    }
    let from = format!("{name} may not use {used}: its line in xtask/src/layers.rs allows");
    Some(if members.contains(used) || LAYERS.iter().any(|layer| layer.name == used) {
        let allowed = if uses.is_empty() { "no crate".into() } else { format!("only {}", uses.join(", ")) };
        format!("{from} {allowed} of the workspace; move the code to a crate that may, or turn the edge around")
    } else {
        let allowed = if beyond.is_empty() { String::new() } else { format!("{} and ", beyond.join(", ")) };
        format!(
            "{from} only {allowed}the shared words {}; do without it, or add it to the line and say why",
            SHARED.join(", ")
        )
    })
}

/// Crates on the disk that the tree does not know: nothing would be checked of them.
pub(super) fn check_members<'a>(tree: &str, on_disk: impl Iterator<Item = &'a str>) -> Vec<String> {
    let nodes = parse(tree).unwrap_or_default();
    let members: BTreeSet<&str> = roots(&nodes).collect();
    let strangers = on_disk.filter(|name| !members.contains(name));
    strangers
        .map(|name| {
            format!(
                "crates/{name} holds no crate called {name} of the workspace, so its layer is not checked: name it \
                 among the `members` of Cargo.toml, or under `exclude`"
            )
        })
        .collect()
}

/// What may stand nowhere below a crate, looked for in the tree of this crate alone. The first way to each is named.
///
/// Direct edges are left to [`check_edges`]: the table allows none of what it forbids.
pub(super) fn check_depths(layer: &Layer, tree: &str) -> Vec<String> {
    let nodes = match parse(tree) {
        Ok(nodes) => nodes,
        Err(wrong) => return wrong,
    };
    if !roots(&nodes).eq([layer.name]) {
        let found: Vec<&str> = roots(&nodes).collect();
        return vec![format!("cargo's tree of {} is that of {}, so nothing was checked", layer.name, found.join(", "))];
    }
    let mut way: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for node in &nodes {
        way.truncate(node.depth);
        way.push(node.name);
        let forbidden = layer.never.iter().any(|names| names.contains(&node.name));
        if node.depth > 1 && forbidden && seen.insert(node.name) {
            violations.push(format!(
                "{} may not have {} anywhere below it, and has it by way of {}: xtask/src/layers.rs forbids it at any \
                 depth; switch off the feature that brings it, or do without the package",
                layer.name,
                node.name,
                way.join(" → "),
            ));
        }
    }
    violations
}

fn roots<'a>(nodes: &[Node<'a>]) -> impl Iterator<Item = &'a str> {
    nodes.iter().filter(|node| node.depth == 0).map(|node| node.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "0moai-core v0.1.0 (/w/crates/moai-core)\n";
    const CRDT: &str = "0moai-crdt v0.1.0 (/w/crates/moai-crdt)\n";

    fn depths(name: &str, tree: &str) -> Vec<String> {
        check_depths(layer(name).unwrap(), tree)
    }

    #[test]
    fn a_tree_within_the_table_is_fine() {
        let tree = "0moai-core v0.1.0 (/w/crates/moai-core)\n\
                    1serde v1.0.229\n\
                    2serde_derive v1.0.229 (proc-macro)\n\
                    1getrandom v0.4.3\n\
                    \n\
                    0moai-store v0.1.0 (/w/crates/moai-store)\n\
                    1moai-core v0.1.0 (/w/crates/moai-core)\n\
                    2serde v1.0.229\n\
                    3serde_derive v1.0.229 (proc-macro)\n\
                    1tokio v1.54.0\n\
                    \n\
                    0xtask v0.1.0 (/w/xtask)\n";
        assert_eq!(check_edges(tree), [""; 0]);
        assert_eq!(check_members(tree, ["moai-core", "moai-store"].into_iter()), [""; 0]);
        assert_eq!(depths("moai-core", &format!("{CORE}1serde v1.0.229\n1getrandom v0.4.3\n")), [""; 0]);
    }

    #[test]
    fn an_upward_edge_names_both_ends_and_the_rule() {
        let violations = check_edges(&format!("{CORE}1moai-crdt v0.1.0 (/w/crates/moai-crdt)\n"));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with(
            "moai-core may not use moai-crdt: its line in xtask/src/layers.rs allows no crate of the workspace; "
        ));
        let violations = check_edges(&format!("{CRDT}1moai-swarm v0.1.0 (/w/crates/moai-swarm)\n"));
        assert!(violations[0].contains("moai-crdt may not use moai-swarm"), "{violations:?}");
        assert!(violations[0].contains("allows only moai-core of the workspace"), "{violations:?}");
    }

    #[test]
    fn consensus_and_state_do_not_know_each_other() {
        for (one, other) in [("moai-consensus", "moai-sync"), ("moai-sync", "moai-consensus")] {
            let tree = format!("0{one} v0.1.0 (/w/crates/{one})\n1{other} v0.1.0 (/w/crates/{other})\n");
            assert_eq!(check_edges(&tree).len(), 1, "{one} → {other}");
        }
    }

    #[test]
    fn tokio_in_core_is_found() {
        let violations = check_edges(&format!("{CORE}1tokio v1.54.0\n2bytes v1.12.1\n"));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with(
            "moai-core may not use tokio: its line in xtask/src/layers.rs allows only bytes, sha2, getrandom, \
             unicode-normalization and the shared words serde, "
        ));
    }

    #[test]
    fn tokio_deep_under_crdt_is_found_with_the_way_to_it() {
        let tree =
            format!("{CRDT}1hashbrown v0.17.1\n2middle v0.1.0\n3tokio v1.54.0\n1serde v1.0.229\n2tokio v1.54.0\n");
        assert_eq!(check_edges(&tree), [""; 0], "each direct edge is allowed");
        let violations = depths("moai-crdt", &tree);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].contains("moai-crdt → hashbrown → middle → tokio"), "{violations:?}");
    }

    #[test]
    fn the_system_s_chance_deep_under_crdt_is_found_though_core_may_have_it() {
        let tree = format!("{CRDT}1moai-core v0.1.0 (/w/crates/moai-core)\n2getrandom v0.4.3\n");
        assert_eq!(depths("moai-crdt", &tree).len(), 1);
        assert_eq!(depths("moai-core", &format!("{CORE}1sha2 v0.11.1\n2getrandom v0.4.3\n")), [""; 0]);
    }

    #[test]
    fn a_build_edge_counts_like_any_other() {
        // As cargo prints it: `cc` under [build-dependencies] stands last, without a heading.
        let violations = check_edges(&format!("{CORE}1serde v1.0.229\n1cc v1.2.0\n2shlex v1.3.0\n"));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].contains("moai-core may not use cc"), "{violations:?}");
    }

    #[test]
    fn an_edge_that_stands_twice_is_one_violation() {
        assert_eq!(check_edges(&format!("{CORE}1cc v1.2.0\n1cc v1.2.0\n")).len(), 1);
    }

    #[test]
    fn the_second_crate_of_the_tree_is_checked_as_well() {
        let tree = format!("{CORE}1serde v1.0.229\n\n{CRDT}1tokio v1.54.0\n");
        assert!(check_edges(&tree)[0].starts_with("moai-crdt may not use tokio"));
    }

    #[test]
    fn xtask_may_use_nothing_of_the_workspace() {
        let violations = check_edges("0xtask v0.1.0 (/w/xtask)\n1moai-core v0.1.0 (/w/crates/moai-core)\n");
        assert!(violations[0].starts_with("xtask may not use moai-core"), "{violations:?}");
    }

    #[test]
    fn a_crate_without_a_line_is_a_violation() {
        let violations = check_edges(&format!("{CORE}\n0moai-extra v0.1.0 (/w/crates/moai-extra)\n1tokio v1.54.0\n"));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with("moai-extra has no line in the table"), "{violations:?}");
    }

    #[test]
    fn a_crate_that_cargo_s_tree_does_not_know_is_a_violation() {
        let violations = check_members(CORE, ["moai-core", "moai-crdt"].into_iter());
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with("crates/moai-crdt holds no crate called moai-crdt"), "{violations:?}");
    }

    #[test]
    fn a_tree_that_cannot_be_read_or_is_empty_fails_every_rule() {
        for tree in ["", "\n", "0moai-crdt v0.1.0 (/w)\n[build-dependencies]\n"] {
            assert_eq!(check_edges(tree).len(), 1, "{tree:?}");
            assert_eq!(depths("moai-crdt", tree).len(), 1, "{tree:?}");
        }
    }

    #[test]
    fn the_tree_of_another_crate_does_not_count_as_checked() {
        assert!(depths("moai-crdt", CORE)[0].contains("nothing was checked"));
    }
}
