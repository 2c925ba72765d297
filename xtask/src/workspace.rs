//! Where the workspace lies on the disk, and which crates it holds.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder under `crates/` that holds a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CrateFolder {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The workspace leaves it out: it has its own lock file, and no workspace command builds it.
    pub(crate) excluded: bool,
}

/// The folder of the root manifest.
///
/// Cargo says it to what it runs, and that comes first: with a target folder that two checkouts share, or that was
/// copied, the path from build time may be that of another checkout, which would then be checked in place of this one.
pub(crate) fn root() -> PathBuf {
    let mut root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()));
    root.pop();
    root
}

/// Every crate under `crates/`, by name.
pub(crate) fn crates(root: &Path) -> Result<Vec<CrateFolder>, String> {
    let manifest = read(&root.join("Cargo.toml"))?;
    let folders = entries(&root.join("crates"))?;
    let crates = folders.into_iter().filter(|path| path.join("Cargo.toml").is_file()).map(|path| {
        let name = file_name(&path);
        CrateFolder { excluded: excludes(&manifest, &name), name, path }
    });
    Ok(crates.collect())
}

/// The root manifest leaves `crates/<name>` out of the workspace.
fn excludes(manifest: &str, name: &str) -> bool {
    let list = manifest.split_once("\nexclude").and_then(|(_, rest)| rest.split_once(']'));
    list.is_some_and(|(list, _)| list.contains(&format!("\"crates/{name}\"")))
}

/// What lies in a folder, by name.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{} cannot be listed: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Every file with this extension in a folder and below it, by path. A folder that is not there holds none.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|its| its == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path as the rules name it: from the root on, with `/`.
pub(crate) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excluded_crate_is_not_taken_for_a_member() {
        let manifest =
            "[workspace]\nmembers = [\"crates/a\"]\nexclude = [\n  \"crates/bench\",\n]\nx = [\"crates/b\"]\n";
        assert!(excludes(manifest, "bench"));
        assert!(!excludes(manifest, "a") && !excludes(manifest, "b") && !excludes("[workspace]\n", "bench"));
    }

    #[test]
    fn the_crates_of_this_workspace_are_found() {
        let crates = crates(&root()).unwrap();
        assert!(crates.iter().any(|one| one.name == "moai-core" && !one.excluded), "{crates:?}");
    }
}
