//! Decisions are numbered one after the other, and their index links each.

const FOLDER: &str = "docs/decisions";
const INDEX: &str = "README.md";

/// `names` are the names in the folder, `index` the text of its index; empty where there is none.
pub(super) fn check(names: &[String], index: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let mut numbers = Vec::new();
    for name in names.iter().filter(|name| *name != INDEX && !name.starts_with('.')) {
        match number(name) {
            Some(number) => numbers.push((number, name)),
            None => violations.push(format!("{FOLDER}/{name}: a decision is called 0001-in-small-words.md; rename it")),
        }
        if !index.contains(&format!("({name}")) && !index.contains(&format!("(./{name}")) {
            violations.push(format!("{FOLDER}/{name} is not linked from {FOLDER}/{INDEX}: add a line there"));
        }
    }
    numbers.sort_unstable();
    for ((number, name), expected) in numbers.into_iter().zip(1..) {
        if number != expected {
            violations
                .push(format!("{FOLDER}/{name}: the next number is {expected:04}; decisions have no gaps or twins"));
            // One gap shifts all that follow: the first says it.
            break;
        }
    }
    violations
}

/// The number of `NNNN-words.md`.
fn number(name: &str) -> Option<u32> {
    let (number, words) = name.strip_suffix(".md")?.split_once('-')?;
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
    };
    let fits = number.len() == 4 && number.chars().all(|c| c.is_ascii_digit()) && words.split('-').all(is_word);
    number.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX_TEXT: &str = "- [Layers](0001-layers.md)\n- [Own value](./0002-own-value.md#why)\n- [3](0003-x.md)\n";

    fn check_names(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        check(&names, INDEX_TEXT)
    }

    #[test]
    fn decisions_in_a_row_are_fine() {
        assert_eq!(check_names(&["0001-layers.md", "0002-own-value.md", "README.md"]), [""; 0]);
        assert_eq!(check_names(&[]), [""; 0]);
    }

    #[test]
    fn a_gap_or_a_twin_is_found() {
        let violations = check_names(&["0001-layers.md", "0003-x.md"]);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].contains("0003-x.md: the next number is 0002"), "{violations:?}");
        assert_eq!(check_names(&["0002-own-value.md"]).len(), 1);
        let twins = ["0001-a.md".to_owned(), "0001-b.md".to_owned()];
        let violations = check(&twins, "[a](0001-a.md) [b](0001-b.md)");
        assert!(violations[0].contains("0001-b.md: the next number is 0002"), "{violations:?}");
    }

    #[test]
    fn a_name_of_another_shape_is_found() {
        for name in ["layers.md", "1-layers.md", "0001_layers.md", "0001-Layers.md", "0001-.md", "0001-layers.txt"] {
            let violations = check(&[name.to_owned()], &format!("[it]({name})"));
            assert_eq!(violations.len(), 1, "{name}: {violations:?}");
            assert!(violations[0].contains("rename it"), "{violations:?}");
        }
    }

    #[test]
    fn a_decision_that_the_index_forgot_is_found() {
        let violations = check(&["0001-layers.md".to_owned()], "");
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].contains("is not linked from docs/decisions/README.md"), "{violations:?}");
    }
}
