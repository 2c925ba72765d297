//! Ranges of keys: what a prefix holds, to the last character there is.

use moai_core::{KeyRange, StateKey};
use proptest::prelude::*;

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

/// The first key behind all that begin with `prefix`.
fn end(prefix: &str) -> Option<String> {
    KeyRange::prefix(&key(prefix)).to.map(|key| key.as_str().to_owned())
}

#[test]
fn a_prefix_ends_too_early_or_too_late() {
    for (prefix, due) in [
        ("a", Some("b")),
        ("task/", Some("task0")),
        ("z", Some("{")),
        // What is no key is passed over: DEL, controls, the no-break space, the soft hyphen, surrogates, invisible ones.
        ("~", Some("¡")),
        ("\u{AC}", Some("\u{AE}")),
        ("\u{D7FF}", Some("\u{E000}")),
        ("\u{DFFFF}", Some("\u{E1000}")),
        ("ключ", Some("клюш")),
        ("\u{10FFFF}", None),
        ("\u{10FFFF}\u{10FFFF}", None),
        ("a\u{10FFFF}\u{10FFFF}", Some("b")),
        ("\u{10FFFF}a", Some("\u{10FFFF}b")),
    ] {
        assert_eq!(end(prefix).as_deref(), due, "{prefix:?}");
    }
}

#[test]
fn a_prefix_of_the_greatest_length_has_no_end() {
    let prefix = "k".repeat(512);
    assert_eq!(end(&prefix), Some(format!("{}l", "k".repeat(511))));
    // No character behind the tilde fits into the last byte, so the one before it is greater.
    let prefix = format!("{}~", "k".repeat(511));
    assert_eq!(end(&prefix), Some(format!("{}l", "k".repeat(510))));
    let all = "\u{10FFFF}".repeat(128);
    assert_eq!(end(&all), None);
    assert!(KeyRange::prefix(&key(&all)).contains(&key(&all)));
}

#[test]
fn a_letter_is_the_beginning_of_its_accented_self() {
    let range = KeyRange::prefix(&key("a"));
    assert!(range.contains(&key("a")) && range.contains(&key("ab")));
    assert!(!range.contains(&key("á")) && !range.contains(&key("b")) && !range.contains(&key("A")));
}

/// Text of characters at the edges: one to four bytes, combining, Hangul, the last of each length.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let edges = [' '..=' ', 'a'..='c', 'y'..='~', '\u{A0}'..='\u{B0}', '\u{7FE}'..='\u{801}', '\u{300}'..='\u{305}'];
    let more = ['\u{323}'..='\u{323}', '\u{1100}'..='\u{1113}', '\u{1161}'..='\u{1163}', '\u{11A7}'..='\u{11A9}'];
    let last = ['\u{AC00}'..='\u{AC1D}', '\u{D7A3}'..='\u{D7FF}', '\u{E000}'..='\u{E001}', '\u{FFFD}'..='\u{10001}'];
    let all: Vec<char> = edges.into_iter().chain(more).chain(last).flatten().chain(['\u{10FFFE}', char::MAX]).collect();
    prop::collection::vec(prop::sample::select(all), length).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_range_of_a_prefix_holds_something_else(
        prefix in text(1..4),
        more in text(0..3),
        other in text(1..5),
    ) {
        let Ok(prefix) = StateKey::new(&prefix) else { return Ok(()) };
        let range = KeyRange::prefix(&prefix);
        prop_assert!(!range.is_empty());
        for text in [format!("{prefix}{more}"), other] {
            if let Ok(key) = StateKey::new(&text) {
                prop_assert_eq!(range.contains(&key), text.starts_with(prefix.as_str()), "{:?} in {:?}", key, range);
            }
        }
    }
}
