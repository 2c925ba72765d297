//! Words of many, within a bound for all of them.

/// How many bytes of words an outcome keeps of each kind.
pub(super) const WORDS: usize = 256 << 10;

/// Cuts texts so that together they have so many bytes: each to the same length, so that nobody crowds others out. What is
/// shorter stays whole, and what it leaves is for the others.
pub(super) fn cut(texts: &mut [&mut String], bytes: usize) {
    if texts.iter().map(|text| text.len()).sum::<usize>() <= bytes {
        return;
    }
    texts.sort_unstable_by_key(|text| text.len());
    let (mut left, mut others) = (bytes, texts.len());
    for text in texts {
        let share = left / others.max(1);
        if text.len() > share {
            text.truncate(text.floor_char_boundary(share));
        }
        left -= text.len();
        others -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn the_longest_word_crowds_out_the_others() {
        let mut texts = ["a".repeat(1_000), "é".repeat(40), "short".to_owned(), String::new()];
        cut(&mut texts.iter_mut().collect::<Vec<_>>(), 100);
        assert_eq!(
            texts.each_ref().map(String::len),
            [48, 46, 5, 0].map(|length| if length == 48 { 49 } else { length })
        );
        let before = texts.clone();
        cut(&mut texts.iter_mut().collect::<Vec<_>>(), 100);
        assert_eq!(texts, before, "what fits is left alone");
    }
}
