//! The house rules that no compiler knows, as plain functions over a path and a text.

mod decisions;
mod links;
mod manifests;
mod root_names;
mod sources;

use std::path::Path;
use std::process::ExitCode;

use crate::step::{Outcome, Step, run_all};
use crate::workspace::{self, file_name, read, shown};

pub(crate) fn run() -> ExitCode {
    run_all(vec![step()])
}

pub(crate) fn step() -> Step {
    Step::new("tidy", "mend what is named; each sentence says how", |root| match check(root) {
        Ok(Report { files, notes, violations }) => {
            for note in notes {
                println!("(for your eyes) {note}");
            }
            println!("{files} source files read");
            Outcome::from_violations(&violations)
        }
        Err(why) => Outcome::from_violations(&[why]),
    })
}

/// What a walk over the tree found.
#[derive(Default)]
struct Report {
    /// How many source files were read.
    files: usize,
    /// What is worth a look and breaks no rule.
    notes: Vec<String>,
    violations: Vec<String>,
}

fn check(root: &Path) -> Result<Report, String> {
    let mut report = Report::default();
    let names: Vec<String> = workspace::entries(root)?.iter().map(|path| file_name(path)).collect();
    report.violations.extend(root_names::check(&names));
    check_sources(root, &root.join("xtask/src"), &mut report)?;
    for one in workspace::crates(root)? {
        for folder in ["src", "tests", "examples", "benches"] {
            check_sources(root, &one.path.join(folder), &mut report)?;
        }
        let manifest = one.path.join("Cargo.toml");
        report.violations.extend(manifests::check(&shown(root, &manifest), &read(&manifest)?, one.excluded));
        if sources::PURE_CRATES.contains(&one.name.as_str()) {
            let lib = one.path.join("src/lib.rs");
            report.violations.extend(sources::check_pure(&shown(root, &lib), &read(&lib)?));
        }
    }
    if report.files == 0 {
        report.violations.push("no source file was found, so nothing was checked: is this the workspace?".into());
    }
    check_documents(root, &mut report)?;
    Ok(report)
}

fn check_sources(root: &Path, folder: &Path, report: &mut Report) -> Result<(), String> {
    for file in workspace::files(folder, "rs")? {
        let (path, text) = (shown(root, &file), read(&file)?);
        report.files += 1;
        report.violations.extend(sources::check(&path, &text));
        report.notes.extend(sources::long(&path, &text));
    }
    Ok(())
}

fn check_documents(root: &Path, report: &mut Report) -> Result<(), String> {
    let folder = root.join("docs/decisions");
    if folder.is_dir() {
        let names: Vec<String> = workspace::entries(&folder)?.iter().map(|path| file_name(path)).collect();
        let index = folder.join("README.md");
        let index = if index.is_file() { read(&index)? } else { String::new() };
        report.violations.extend(decisions::check(&names, &index));
    }
    let mut documents = workspace::files(&root.join("docs"), "md")?;
    documents.extend(Some(root.join("README.md")).filter(|path| path.is_file()));
    for document in documents {
        let folder = document.parent().unwrap_or(root);
        let exists = |target: &str| folder.join(target).exists();
        report.violations.extend(links::check(&shown(root, &document), &read(&document)?, exists));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_keeps_its_house_rules() {
        let report = check(&workspace::root()).unwrap();
        assert!(report.violations.is_empty(), "\n- {}\n", report.violations.join("\n- "));
    }

    #[test]
    fn a_tree_without_a_source_file_does_not_pass() {
        let nowhere = workspace::root().join("nowhere");
        assert!(check(&nowhere).is_err());
    }
}
