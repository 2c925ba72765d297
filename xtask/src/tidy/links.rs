//! Relative links in Markdown point at files that are there.

/// `exists` answers for a path as seen from the document's folder.
pub(super) fn check(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut violations = Vec::new();
    for (number, target) in targets(text) {
        let file = target.split(['#', '?']).next().unwrap_or_default();
        if file.is_empty() || has_scheme(target) {
            continue;
        }
        let place = format!("{path}:{number}");
        if file.starts_with('/') {
            violations.push(format!("{place}: the link to {target} begins at a root; write it as seen from this file"));
        } else if !exists(&file.replace("%20", " ")) {
            violations.push(format!("{place}: the link to {target} points at nothing; mend it or leave it out"));
        }
    }
    violations
}

fn has_scheme(target: &str) -> bool {
    target.starts_with("//")
        || target
            .split_once(':')
            .is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'))
}

/// The target of every `[words](target)` and `[words]: target` with its line, outside of code.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fence = None;
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => found.extend(in_line(line).into_iter().map(|target| (number + 1, target))),
            _ => {}
        }
    }
    found
}

fn in_line(line: &str) -> Vec<&str> {
    // Every second part stands between backticks. A link's own words may be code, its target may not.
    let mut found = Vec::new();
    for (position, _) in line.match_indices("](") {
        let (before, rest) = line.split_at(position);
        if before.matches('`').count() % 2 == 0 {
            found.extend(first_word(&rest[2..], ')'));
        }
    }
    let definition = line.trim_start().strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    found.extend(definition.and_then(|(_, target)| first_word(target, '\n')));
    found
}

/// The target without its angle brackets and without the title behind it.
fn first_word(text: &str, end: char) -> Option<&str> {
    if let Some(bracketed) = text.strip_prefix('<') {
        return bracketed.split('>').next();
    }
    text.split(end).next()?.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<String> {
        check("docs/a.md", text, |target| ["b.md", "../README.md", "guides", "my file.md"].contains(&target))
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        let text = "[b](b.md), [`b`](b.md#part \"title\"), ![r](../README.md) [g](guides) [s](<my file.md>) [s](my%20file.md)\n\
                    [here](#part) [far](https://example.org/x.md) [mail](mailto:a@example.org)\n\
                    [ref]: b.md\n";
        assert_eq!(broken(text), [""; 0]);
    }

    #[test]
    fn a_link_to_nothing_is_found_with_its_line() {
        let violations = broken("# A\n\n[b](b.md) and [c](c.md#part)\n");
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with("docs/a.md:3: the link to c.md#part points at nothing"), "{violations:?}");
        assert_eq!(broken("[c][c]\n\n[c]: c.md\n").len(), 1);
        assert_eq!(broken("[`code`](c.md)").len(), 1);
        assert_eq!(broken("[c](<c d.md>)").len(), 1);
    }

    #[test]
    fn a_link_from_the_root_is_found() {
        assert!(broken("[b](/docs/b.md)")[0].contains("begins at a root"));
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(broken("`[c](c.md)`\n```text\n[c](c.md)\n```\n~~~\n```\n[c](c.md)\n~~~\n"), [""; 0]);
        assert_eq!(broken("```\n```\n[c](c.md)\n").len(), 1, "after the code, links count again");
    }
}
