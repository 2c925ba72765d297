//! Rules over one crate's `Cargo.toml`.

/// Outside the workspace there are no lints to inherit; a sentence is asked of every crate.
pub(super) fn check(path: &str, text: &str, excluded: bool) -> Vec<String> {
    let mut violations = Vec::new();
    let description = value(text, "package", "description").unwrap_or_default();
    if description.trim_matches('"').trim().is_empty() {
        violations
            .push(format!("{path}: the crate has no `description`; say under [package] in one sentence what it is"));
    }
    if !excluded && value(text, "lints", "workspace") != Some("true") {
        violations.push(format!("{path}: the crate leaves the house lints; write `workspace = true` under [lints]"));
    }
    violations
}

/// The value of a key that stands on a line of its own in a table.
fn value<'a>(text: &'a str, table: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) == Some(table);
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some(value.trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\ndescription = \"Does one thing\"\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_good_manifest_is_left_in_peace() {
        assert_eq!(check("Cargo.toml", GOOD, false), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_sentence_is_found() {
        let none = GOOD.replace("description", "# description");
        let elsewhere = none.replace("[lints]", "[package.metadata]\ndescription = \"no\"\n[lints]");
        for text in [none, elsewhere, GOOD.replace("Does one thing", " ")] {
            let violations = check("Cargo.toml", &text, false);
            assert_eq!(violations.len(), 1, "{text}");
            assert!(violations[0].contains("no `description`"), "{violations:?}");
        }
    }

    #[test]
    fn a_crate_without_the_house_lints_is_found() {
        let elsewhere = GOOD.replace("[lints]", "[badges]");
        for text in [GOOD.replace("true", "false"), GOOD.replace("[lints]\nworkspace = true\n", ""), elsewhere] {
            let violations = check("Cargo.toml", &text, false);
            assert_eq!(violations.len(), 1, "{text}");
            assert!(violations[0].contains("house lints"), "{violations:?}");
        }
    }

    #[test]
    fn a_crate_outside_the_workspace_has_no_lints_to_inherit() {
        assert_eq!(check("Cargo.toml", &GOOD.replace("[lints]\nworkspace = true\n", ""), true), [""; 0]);
        assert_eq!(check("Cargo.toml", "[package]\n", true).len(), 1);
    }
}
