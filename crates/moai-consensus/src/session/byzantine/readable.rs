//! The order in which people list names: `agent-9` before `agent-10`.

use std::cmp::Ordering;

use moai_core::AgentId;

/// Sorts names so that the numbers in them count as numbers.
pub(super) fn sort(names: &mut [AgentId]) {
    names.sort_by(|left, right| compare(left.as_str(), right.as_str()));
}

fn compare(left: &str, right: &str) -> Ordering {
    let (mut first, mut second) = (left, right);
    while let (Some(one), Some(other)) = (first.chars().next(), second.chars().next()) {
        let (number, number_too) = (number(first), number(second));
        let step = if number.is_empty() || number_too.is_empty() {
            (first, second) = (skip(first, one.len_utf8()), skip(second, other.len_utf8()));
            one.cmp(&other)
        } else {
            (first, second) = (skip(first, number.len()), skip(second, number_too.len()));
            let (number, number_too) = (number.trim_start_matches('0'), number_too.trim_start_matches('0'));
            // Of numbers without zeros in front the longer one is greater.
            number.len().cmp(&number_too.len()).then_with(|| number.cmp(number_too))
        };
        if step.is_ne() {
            return step;
        }
    }
    // What is alike so far: the shorter one; and 7 and 07 still differ.
    first.len().cmp(&second.len()).then_with(|| left.cmp(right))
}

/// The digits at the front.
fn number(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..end).unwrap_or_default()
}

fn skip(text: &str, bytes: usize) -> &str {
    text.get(bytes..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_stands_behind_nine_and_the_order_is_total() {
        let mut names =
            ["agent-10", "agent-9", "b", "agent-9a", "agent-09", "agent-8", "agent", "a10b2", "a10b10", "9"]
                .map(|name| AgentId::new(name).unwrap());
        sort(&mut names);
        let sorted = names.map(|name| name.to_string());
        let wanted = ["9", "a10b2", "a10b10", "agent", "agent-8", "agent-09", "agent-9", "agent-9a", "agent-10", "b"];
        assert_eq!(sorted, wanted);
    }
}
