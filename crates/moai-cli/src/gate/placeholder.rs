//! What looks like the place of a file, and is none.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::plan::{Plan, is_name};
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
        for (name, path) in &self.files {
            let place = format!("{{{name}}}");
            let has = |argument: &OsString, what: &[u8]| {
                let bytes = argument.as_bytes();
                bytes == what || bytes.strip_suffix(what).is_some_and(|before| before.ends_with(b"="))
            };
            let holds = |argument: &OsString| argument.as_bytes().windows(place.len()).any(|it| it == place.as_bytes());
            let takes = self.argv.iter().skip(1).any(|argument| has(argument, path.as_os_str().as_bytes()));
            if takes && !self.argv.iter().any(holds) {
                let path = path.display();
                return Err(format!(
                    "{path} is named as a file, and the command would take it from where it lies, where it can change: write \
                     {place} in its place, or do not name it"
                ));
            }
        }
        Ok(())
    }
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
