//! Rules over one source file.

/// The crates in which nothing may panic: what they decide, others rely on.
pub(super) const PURE_CRATES: &[&str] = &["moai-core", "moai-crdt", "moai-consensus", "moai-sync"];

/// The line that a pure crate's `lib.rs` must have.
const PURE_LINES: [&str; 2] = [
    "#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]",
    "#![deny(clippy::indexing_slicing, clippy::string_slice)]",
];

/// Names that say nothing of what is inside, so that everything ends up there.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "prelude", "traits", "types", "util", "utils"];

/// Words that must not be left in the sources, and what to do instead. Each is cut in two here, or it would find itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("thread::", "sleep"), "wait for what you wait for, or pause tokio's time"),
    (concat!("todo", "!("), "finish it, or leave it out"),
    (concat!("unimplemented", "!("), "finish it, or leave it out"),
    (
        concat!("#[", "ignore"),
        "mend the test or delete it; a long one belongs to a campaign of `cargo xtask test full`",
    ),
];

/// What must stand in the line behind a choice between futures: without it the choice is made by chance, and no world
/// can be repeated.
const BIASED: &str = "biased;";

/// A file with more lines is named aloud.
const LONG: usize = 400;

pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if !text.starts_with("//!") {
        violations.push(format!("{path}: the first line is no `//!`; say there in one sentence what the file is for"));
    }
    if let Some(name) = path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part)).find(is_empty_name) {
        violations.push(format!("{path}: `{name}` names no idea; name the file after the one it holds, or split it"));
    }
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let chooses = line.trim_end().ends_with(concat!("select", "! {"));
        if chooses && lines.peek().is_none_or(|(_, next)| without_comment(next) != BIASED) {
            violations.push(format!("{path}:{}: a choice by chance; begin it with `{BIASED}`", number + 1));
        }
        for (word, instead) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
            violations.push(format!("{path}:{}: `{word}` may not stand here; {instead}", number + 1));
        }
    }
    violations
}

/// An example in a comment is code as well.
fn without_comment(line: &str) -> &str {
    line.trim().trim_start_matches('/').trim()
}

fn is_empty_name(name: &&str) -> bool {
    EMPTY_NAMES.contains(name)
}

/// A word about a file that may have grown past one idea. It breaks no rule.
pub(super) fn long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONG).then(|| format!("{path} has {lines} lines: does it still hold one idea?"))
}

pub(super) fn check_pure(path: &str, text: &str) -> Option<String> {
    let lacks = PURE_LINES.iter().find(|due| !text.lines().any(|line| line == **due));
    lacks.map(|line| format!("{path}: nothing may panic in a pure crate; give it the line `{line}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_is_left_in_peace() {
        let text = "//! A ballot.\n\n/// Waits, without thread or sleep; ignores nothing.\npub struct Ballot;\n";
        assert_eq!(check("crates/moai-consensus/src/ballot.rs", text), [""; 0]);
        assert_eq!(check("crates/moai-core/src/local/mod.rs", "//! One process.\n"), [""; 0]);
        assert_eq!(check("crates/moai-core/src/commonwealth.rs", "//! A name that only begins alike.\n"), [""; 0]);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        for text in ["", "use std::fmt;\n", "\n//! Late.\n", "// No doc.\n", "#![allow(x)]\n//! Late.\n"] {
            let violations = check("crates/a/src/ballot.rs", text);
            assert_eq!(violations.len(), 1, "{text:?}");
            assert!(violations[0].starts_with("crates/a/src/ballot.rs: the first line is no `//!`"), "{violations:?}");
        }
    }

    #[test]
    fn a_name_without_an_idea_is_found_for_files_and_folders() {
        for path in
            ["crates/a/src/utils.rs", "crates/a/src/types.rs", "crates/a/tests/common/mod.rs", "xtask/src/misc.rs"]
        {
            let violations = check(path, "//! Things.\n");
            assert_eq!(violations.len(), 1, "{path}");
            assert!(violations[0].contains("names no idea"), "{violations:?}");
        }
    }

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        for (word, _) in FORBIDDEN {
            let violations = check("crates/a/src/b.rs", &format!("//! B.\n\n    std::{word}x\n"));
            assert_eq!(violations.len(), 1, "{word}");
            assert!(violations[0].starts_with(&format!("crates/a/src/b.rs:3: `{word}`")), "{violations:?}");
        }
    }

    #[test]
    fn a_choice_between_futures_by_chance_is_found() {
        let choice = |first: &str| format!(concat!("//! B.\n    tokio::select", "! {{\n        {}\n"), first);
        assert_eq!(check("crates/a/src/b.rs", &choice("biased;")), [""; 0]);
        assert_eq!(check("crates/a/src/b.rs", &choice("/// biased;")), [""; 0]);
        let violations = check("crates/a/src/b.rs", &choice("one = first => {}"));
        assert!(violations[0].starts_with("crates/a/src/b.rs:2: a choice by chance"), "{violations:?}");
    }

    #[test]
    fn a_test_that_is_ignored_for_a_reason_is_still_ignored() {
        let text = concat!("//! B.\n#[", "ignore = \"slow\"]\n");
        assert_eq!(check("crates/a/src/b.rs", text).len(), 1);
    }

    #[test]
    fn a_long_file_is_named_and_breaks_no_rule() {
        let text = "//! Long.\n".repeat(LONG);
        assert_eq!(long("a.rs", &text), None);
        let longer = format!("{text}\n");
        assert_eq!(long("a.rs", &longer).as_deref(), Some("a.rs has 401 lines: does it still hold one idea?"));
        assert_eq!(check("a.rs", &longer), [""; 0]);
    }

    #[test]
    fn a_pure_crate_without_its_lints_is_found() {
        let [first, second] = PURE_LINES;
        assert_eq!(check_pure("lib.rs", &format!("//! Core.\n\n{first}\n{second}\n\nmod a;\n")), None);
        let weak = format!("{}\n{second}\n", first.replace("clippy::panic, ", ""));
        for text in ["//! Core.\n".to_owned(), format!("// {first}\n{second}\n"), weak, format!("{first}\n")] {
            assert!(check_pure("lib.rs", &text).unwrap().contains("nothing may panic"), "{text}");
        }
    }
}
