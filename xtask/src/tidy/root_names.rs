//! The root is a table of contents: what is visible there is a short, fixed list.

/// The visible names, by name. Everything else at the root begins with a dot.
const NAMES: [&str; 7] = ["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "crates", "docs", "xtask"];

/// Git ignores these: they come and go with the work.
const IGNORED: [&str; 1] = ["target"];

pub(super) fn check(found: &[String]) -> Vec<String> {
    let visible = found.iter().map(String::as_str).filter(|name| !name.starts_with('.') && !IGNORED.contains(name));
    let strangers = visible.filter(|name| !NAMES.contains(name)).map(|name| {
        format!(
            "{name} at the root is not one of {}: move it into one of them, or begin it with a dot",
            NAMES.join(", ")
        )
    });
    let missing = NAMES.into_iter().filter(|name| found.iter().all(|found| found != name));
    strangers.chain(missing.map(|name| format!("{name} is missing at the root: write it"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(more: &[&str]) -> Vec<String> {
        NAMES.iter().chain(more).map(ToString::to_string).collect()
    }

    #[test]
    fn dotfiles_and_what_git_ignores_may_stand_beside_the_fixed_names() {
        assert_eq!(check(&names(&[".git", ".clippy.toml", "target"])), [""; 0]);
    }

    #[test]
    fn a_stray_name_at_the_root_is_found() {
        let violations = check(&names(&["notes.txt"]));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with("notes.txt at the root is not one of Cargo.lock, "), "{violations:?}");
    }

    #[test]
    fn a_missing_name_at_the_root_is_found() {
        assert_eq!(check(&names(&[])[1..]), ["Cargo.lock is missing at the root: write it"]);
    }
}
