//! What looks like the place of a file, and is none.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::plan::{Plan, is_name};
use super::snapshot::variable;
use super::voter::What;

/// What stands before a brace where it means something to another program: a shell, curl, git, a template, an escape.
const OTHERS: &[u8] = b"$%@{\\#";

impl Plan {
    /// What looks like the place of a file in the command or in the line of a voter, though no file is called so: it stays as
    /// it is. In words, one for each.
    pub(super) fn strays(&self) -> Vec<String> {
        let command = self.argv.iter().map(|argument| (argument.as_os_str(), None));
        let lines = self.voters.iter().filter_map(|voter| match &voter.what {
            What::Program(line) => Some((OsStr::new(line.as_str()), Some(&voter.id))),
            What::Human | What::Keyed(_) => None,
        });
        let mut found = BTreeSet::new();
        for (text, voter) in command.chain(lines) {
            let names = placeholders(text.as_bytes());
            let strays = names.into_iter().filter(|name| !self.files.iter().any(|(known, _)| known == name));
            found.extend(strays.map(|name| (voter.map(ToString::to_string), name)));
        }
        let known: Vec<String> = self.files.iter().map(|(name, _)| format!("{{{name}}}")).collect();
        let there =
            if known.is_empty() { "no file is named".to_owned() } else { format!("there is {}", known.join(", ")) };
        let told = |(voter, name): (Option<String>, String)| {
            let place = voter.map_or_else(|| "the command".to_owned(), |voter| format!("the line of {voter}"));
            format!("{{{name}}} in {place} stays as it is: no --file is called {name}, {there}")
        };
        found.into_iter().map(told).collect()
    }
}

impl Plan {
    /// Named files that the command takes from where they lie: what runs would not be what was approved.
    ///
    /// # Errors
    ///
    /// The first of them, in words.
    pub(super) fn takes_copies(&self) -> Result<(), String> {
        let holds = |place: &str| self.argv.iter().any(|argument| has_place(argument.as_bytes(), place));
        let takes = |file: &Path| self.argv.iter().skip(1).any(|argument| takes(argument.as_bytes(), file));
        let original = self.files.iter().find(|(name, path)| takes(path) && !holds(name));
        original.map_or(Ok(()), |(name, path)| {
            Err(format!(
                "{} is named as a file, and the command would take it from where it lies, where it can change: write {{{name}}} in \
                 its place, or do not name it",
                path.display()
            ))
        })
    }

    /// Named files of which neither the command nor a voter takes the copy, by its place or its variable. In words, one for each.
    pub(super) fn unused(&self) -> Vec<String> {
        let programs = self.voters.iter().filter_map(|voter| match &voter.what {
            What::Program(line) => Some(line.as_bytes()),
            What::Human | What::Keyed(_) => None,
        });
        let all: Vec<&[u8]> = self.argv.iter().map(|argument| argument.as_bytes()).chain(programs).collect();
        let is_used = |name: &str| all.iter().any(|text| has_place(text, name) || has(text, variable(name).as_bytes()));
        let unused = self.files.iter().filter(|(name, _)| !is_used(name));
        let told = |(name, path): &(String, PathBuf)| {
            format!(
                "nothing here takes the sealed copy of {}: {{{name}}} is its place, and {} says where it is; what the command \
                 opens by itself is not what is approved",
                path.display(),
                variable(name)
            )
        };
        unused.map(told).collect()
    }

    /// Voters that look at a named file where it lies: what they see may not be what is approved. In words, one for each.
    pub(super) fn looks_at_originals(&self) -> Vec<String> {
        let mut told = Vec::new();
        for voter in &self.voters {
            let What::Program(line) = &voter.what else { continue };
            let words = || line.split(|c: char| c.is_whitespace() || "'\";|&<>()".contains(c));
            let looks = |file: &Path| words().any(|word| takes(word.as_bytes(), file));
            let has = |name: &str| has_place(line.as_bytes(), name) || line.contains(&variable(name));
            let originals = self.files.iter().filter(|(name, path)| looks(path) && !has(name));
            told.extend(originals.map(|(name, path)| {
                format!(
                    "the line of {} looks at {} where it lies, and what is approved is its sealed copy: that is {{{name}}}",
                    voter.id,
                    path.display()
                )
            }));
        }
        told
    }
}

/// Whether the place of a file is in it.
fn has_place(text: &[u8], name: &str) -> bool {
    has(text, format!("{{{name}}}").as_bytes())
}

fn has(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|window| window == what)
}

/// Whether an argument is this file, by itself or behind `=`, however it is written from here.
fn takes(argument: &[u8], file: &Path) -> bool {
    let behind = argument.iter().rposition(|byte| *byte == b'=').and_then(|at| argument.get(at + 1..));
    let here = env::current_dir().unwrap_or_default();
    // However it is spelled, and through whatever links.
    let id = |path: &Path| fs::metadata(path).ok().map(|its| (its.dev(), its.ino()));
    let is_it = |text: &[u8]| {
        let path = here.join(OsStr::from_bytes(text));
        let is_same = id(&path).is_some_and(|it| Some(it) == id(file));
        !text.is_empty() && (is_same || path.components().eq(here.join(file).components()))
    };
    is_it(argument) || behind.is_some_and(is_it)
}

/// The words in braces that could be names of files: `{plan}`, and not `{}`, `{3}`, `{a,b}`, `${HOME}` or `{{name}}`.
fn placeholders(text: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'{') {
        let is_others = text.get(..at).and_then(<[u8]>::last).is_some_and(|byte| OTHERS.contains(byte));
        let behind = text.get(at + 1..).unwrap_or_default();
        let word = behind.iter().position(|byte| *byte == b'}').and_then(|end| behind.get(..end));
        let word = word.and_then(|word| std::str::from_utf8(word).ok()).map(str::to_ascii_lowercase);
        let begins = |word: &String| word.starts_with(|c: char| c.is_ascii_alphabetic());
        let fits = |word: &String| begins(word) && is_name(&word.replace('-', "_"));
        // As it was written.
        let written = word.filter(fits).and_then(|word| behind.get(..word.len()));
        let written = written.filter(|_| !is_others).map(|word| String::from_utf8_lossy(word).into_owned());
        names.extend(written);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_other_programs_are_taken_for_places_of_files() {
        for text in [
            "{}",
            "{ echo; }",
            "a{b,c}",
            "{1..9}",
            "[0-9]{3}",
            "${HOME}",
            "%{http_code}",
            "HEAD@{upstream}",
            "{{name}}",
            "{{.Names}}",
            "{\"a\": 1}",
            "{print $1}",
            "\\{plan}",
            "{",
            "}",
            "{plan",
            "{.items}",
            "#{name}",
        ] {
            assert_eq!(placeholders(text.as_bytes()), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_place_of_a_file_that_is_not_named_is_not_noticed() {
        assert_eq!(placeholders(b"--in={plna} {Plan}{my-plan}\xff{file_2}"), ["plna", "Plan", "my-plan", "file_2"]);
        // Whoever means it so is told, and it stays as it is.
        assert_eq!(placeholders(b"{print}"), ["print"]);
    }
}
