//! Reading what `cargo tree --prefix depth --no-dedupe` prints.
//!
//! Each line is `<depth><name> v<version>`, then any number of ` (…)`: the mark of a proc macro, a path, a source. An
//! empty line parts one workspace crate's tree from the next. This form has no headings: build edges stand among the
//! others. A line of any other shape is an error: what is skipped is not checked.

/// One line of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node<'a> {
    /// 0 for a crate of the workspace, 1 for what it uses directly.
    pub(super) depth: usize,
    pub(super) name: &'a str,
}

/// Every line of the tree, or a sentence for each that does not fit.
pub(super) fn parse(text: &str) -> Result<Vec<Node<'_>>, Vec<String>> {
    let (mut nodes, mut wrong) = (Vec::<Node<'_>>::new(), Vec::new());
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let node = parse_line(line).and_then(|node| match nodes.last() {
            None if node.depth > 0 => Err("the first line is not a crate of the workspace"),
            Some(last) if node.depth > last.depth + 1 => Err("it lies deeper than its parent by more than one"),
            _ => Ok(node),
        });
        match node {
            Ok(node) => nodes.push(node),
            Err(why) => wrong.push(format!(
                "line {} of cargo's tree cannot be read, {why}: {line:?}; teach xtask/src/layers/tree.rs to read it",
                number + 1
            )),
        }
    }
    if nodes.is_empty() && wrong.is_empty() {
        wrong.push("cargo's tree is empty, so nothing was checked; see what `cargo tree --workspace` says".into());
    }
    if wrong.is_empty() { Ok(nodes) } else { Err(wrong) }
}

fn parse_line(line: &str) -> Result<Node<'_>, &'static str> {
    let name_at = line.find(|c: char| !c.is_ascii_digit()).ok_or("it has no name")?;
    let (depth, rest) = line.split_at(name_at);
    let depth = depth.parse().map_err(|_| "it does not begin with a depth")?;
    let (name, rest) = rest.split_once(' ').ok_or("it has no version")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err("it names no package");
    }
    let (version, marks) = rest.split_once(' ').unwrap_or((rest, ""));
    if !version.strip_prefix('v').is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit())) {
        return Err("it has no version");
    }
    if marks.ends_with("(*)") {
        return Err("what lies below it is left out");
    }
    if !(marks.is_empty() || marks.starts_with('(') && marks.ends_with(')')) {
        return Err("what follows the version is not in parentheses");
    }
    Ok(Node { depth, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_cargo_prints_is_read() {
        let text = "0moai-core v0.1.0 (/some (odd) path/moai-core)\n\
                    1async-trait v0.1.92 (proc-macro)\n\
                    2proc-macro2 v1.0.107\n\
                    1forked v0.3.0-rc.1+zstd.1.5 (https://example.org/forked?branch=main#0123abcd)\n\
                    \n\
                    0macros v0.1.0 (proc-macro) (/path/macros)\n";
        let nodes = parse(text).unwrap();
        let read: Vec<_> = nodes.iter().map(|node| (node.depth, node.name)).collect();
        let expected = [(0, "moai-core"), (1, "async-trait"), (2, "proc-macro2"), (1, "forked"), (0, "macros")];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_an_error_and_not_skipped() {
        for line in [
            "[build-dependencies]",
            "├── bytes v1.12.1",
            "bytes v1.12.1",
            "1bytes",
            "1bytes 1.12.1",
            "1bytes vOne",
            "1bytes v1.12.1 feature \"std\"",
            "12",
            "99999999999999999999999bytes v1.12.1",
        ] {
            let wrong = parse(&format!("0moai-core v0.1.0 (/core)\n{line}\n1sha2 v0.11.1\n")).unwrap_err();
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].starts_with("line 2 of cargo's tree cannot be read"), "{wrong:?}");
        }
    }

    #[test]
    fn a_tree_with_parts_left_out_is_an_error() {
        let wrong = parse("0moai-core v0.1.0 (/core)\n1serde v1.0.229 (*)\n").unwrap_err();
        assert!(wrong[0].contains("what lies below it is left out"), "{wrong:?}");
        let wrong = parse("0moai-core v0.1.0 (/core) (*)\n").unwrap_err();
        assert!(wrong[0].contains("what lies below it is left out"), "{wrong:?}");
    }

    #[test]
    fn a_tree_with_a_missing_level_is_an_error() {
        assert!(parse("0moai-core v0.1.0 (/core)\n2serde v1.0.229\n").is_err());
        assert!(parse("1serde v1.0.229\n").is_err());
    }

    #[test]
    fn an_empty_tree_is_an_error() {
        for nothing in ["", "\n\n"] {
            assert!(parse(nothing).unwrap_err()[0].contains("nothing was checked"));
        }
    }
}
