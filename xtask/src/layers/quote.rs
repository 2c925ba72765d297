//! The table as Markdown, and the block of `docs/architecture.md` that quotes it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{LAYERS, Layer};

const DOCS: &str = "docs/architecture.md";
const BEGIN: &str = "<!-- layers:begin -->";
const END: &str = "<!-- layers:end -->";

/// The crate is there already, and not only planned.
pub(super) fn exists(root: &Path, layer: &Layer) -> bool {
    root.join("crates").join(layer.name).join("Cargo.toml").is_file()
}

/// What is wrong with the quotation, if anything.
pub(super) fn check_docs(root: &Path) -> Option<String> {
    match read(root) {
        Ok(text) => differs(&text, &rendered(root)),
        Err(why) => Some(format!(
            "{why}; write it, with the lines {BEGIN} and {END} where the table belongs, and run `cargo xtask fix`"
        )),
    }
}

/// Writes the table into the docs, and says what it did.
pub(crate) fn rewrite_docs(root: &Path) -> Result<String, String> {
    let text = read(root)?;
    let new = replaced(&text, &rendered(root)).ok_or_else(no_markers)?;
    if new == text {
        return Ok(format!("{DOCS} quotes the table as it is"));
    }
    fs::write(root.join(DOCS), new).map_err(|error| format!("{DOCS} cannot be written: {error}"))?;
    Ok(format!("{DOCS} has the new table"))
}

fn read(root: &Path) -> Result<String, String> {
    fs::read_to_string(root.join(DOCS)).map_err(|error| format!("{DOCS} cannot be read: {error}"))
}

fn rendered(root: &Path) -> String {
    render(|layer| exists(root, layer))
}

fn differs(text: &str, table: &str) -> Option<String> {
    match replaced(text, table) {
        None => Some(no_markers()),
        Some(new) if new == text => None,
        Some(_) => Some(format!("{DOCS} quotes another layer table than xtask/src/layers.rs: run `cargo xtask fix`")),
    }
}

fn no_markers() -> String {
    format!(
        "{DOCS} does not have one line {BEGIN} and below it one line {END}: put them where the table belongs, and run \
         `cargo xtask fix`"
    )
}

/// The text with the table between its markers; nothing if they are not there once each, in order.
fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (old, after) = rest.split_once(END)?;
    let again = |part: &str| part.contains(BEGIN) || part.contains(END);
    if again(before) || again(old) || again(after) {
        return None;
    }
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

fn render(exists: impl Fn(&Layer) -> bool) -> String {
    let mut table = String::from(
        "| crate | one sentence | deliberately does NOT know | may use (workspace) | beyond the shared words |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for layer in LAYERS {
        let planned = if exists(layer) { "" } else { " (planned)" };
        let cells = [
            format!("`{}`{planned}", layer.name),
            layer.sentence.into(),
            layer.blind_to.into(),
            names(layer.uses),
            both(&names(layer.beyond), layer.remark),
        ];
        for cell in cells {
            let _ = write!(table, "| {} ", if cell.is_empty() { "—" } else { &cell });
        }
        table.push_str("|\n");
    }
    table
}

fn both(packages: &str, remark: &str) -> String {
    let between = if packages.is_empty() || remark.is_empty() { "" } else { "; " };
    [packages, between, remark].concat()
}

fn names(names: &[&str]) -> String {
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    const OLD: &str = "# Map\n\n<!-- layers:begin -->\nold\n<!-- layers:end -->\n\nMore.\n";

    #[test]
    fn the_table_has_a_line_for_each_layer_and_marks_the_planned() {
        let table = render(|layer| layer.name == "moai-core");
        assert_eq!(table.lines().count(), 2 + LAYERS.len());
        assert!(table.lines().all(|line| line.matches(" | ").count() == 4 && line.ends_with(" |")), "{table}");
        assert!(table.contains("| `moai-core` | the words everyone shares"), "{table}");
        assert!(table.contains("| `moai-crdt` (planned) | clocks, and data that merges | messages"), "{table}");
        assert!(table.contains("| moai-core | hashbrown; moai-core without its default features |"), "{table}");
        assert!(!table.contains("xtask"), "{table}");
    }

    #[test]
    fn another_table_in_the_docs_is_found_and_replaced() {
        let table = render(|_| true);
        assert!(differs(OLD, &table).unwrap().contains("cargo xtask fix"));
        let new = replaced(OLD, &table).unwrap();
        assert_eq!(differs(&new, &table), None);
        assert!(new.starts_with("# Map\n\n<!-- layers:begin -->\n| crate |"), "{new}");
        assert!(new.ends_with("|\n<!-- layers:end -->\n\nMore.\n"), "{new}");
        assert!(differs(&new, &render(|_| false)).is_some(), "a crate that comes or goes changes the table");
    }

    #[test]
    fn docs_without_markers_are_a_violation_and_never_written() {
        let twice = [OLD, OLD].concat();
        for text in ["# Map\n", "<!-- layers:begin -->\n", "<!-- layers:end -->\n<!-- layers:begin -->\n", &twice] {
            assert_eq!(replaced(text, "table\n"), None, "{text}");
            assert!(differs(text, "table\n").unwrap().contains("<!-- layers:begin -->"));
        }
    }

    #[test]
    fn docs_that_are_missing_are_a_violation() {
        let nowhere = workspace::root().join("nowhere");
        assert!(check_docs(&nowhere).unwrap().contains("docs/architecture.md cannot be read"));
        assert!(rewrite_docs(&nowhere).is_err());
    }
}
