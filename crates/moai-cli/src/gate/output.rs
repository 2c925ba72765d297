//! What a voter printed, as much as is kept.

use std::collections::VecDeque;

use moai_flow::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::binding::hex;

/// What a voter printed: the first of it and the last of it, and how much it was, with the digest of all.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    first: Vec<u8>,
    last: VecDeque<u8>,
    bytes: u64,
    hash: Sha256,
}

const FIRST: usize = 2 << 10;
const LAST: usize = 6 << 10;
/// How long a line may be that becomes a reason.
const REASON: usize = 512;

impl Output {
    /// Takes in what was printed next.
    pub(super) fn take(&mut self, printed: &[u8]) {
        self.bytes = self.bytes.saturating_add(printed.len() as u64);
        self.hash.update(printed);
        let room = FIRST.saturating_sub(self.first.len()).min(printed.len());
        let (first, rest) = printed.split_at_checked(room).unwrap_or((printed, &[]));
        self.first.extend_from_slice(first);
        let rest = rest.get(rest.len().saturating_sub(LAST)..).unwrap_or_default();
        self.last.extend(rest);
        let over = self.last.len().saturating_sub(LAST);
        self.last.drain(..over);
    }

    /// What a ballot keeps of it.
    pub(super) fn to_map(&self) -> Map {
        let mut map = Map::new();
        if self.bytes == 0 {
            return map;
        }
        let last: Vec<u8> = self.last.iter().copied().collect();
        let kept = (self.first.len() + last.len()) as u64;
        // What was not cut is told as one.
        if kept == self.bytes {
            map.insert("output", readable(&[self.first.clone(), last].concat()));
        } else {
            map.insert("output", readable(&self.first));
            map.insert("output_end", readable(&last));
            map.insert("output_cut", self.bytes.saturating_sub(kept));
        }
        map.insert("output_bytes", self.bytes);
        map.insert("output_sha256", Value::from(hex(&self.hash.clone().finalize())));
        map
    }

    /// The last line that is not empty.
    pub(super) fn last_line(&self) -> String {
        let last: Vec<u8> = self.first.iter().chain(&self.last).copied().collect();
        let text = readable(&last);
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        line.chars().take(REASON).collect()
    }
}

/// As text, whatever it is: nothing in it moves a cursor.
fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => format!("\\x{:02x}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_much_the_ends_are_kept_and_all_is_counted() {
        let (mut output, all) = (Output::default(), vec![b'x'; 1 << 20]);
        output.take(b"begin\n");
        all.chunks(1000).for_each(|part| output.take(part));
        output.take(b"\nthe end\n\n");
        let map = output.to_map();
        assert!(map.get("output").unwrap().as_text().unwrap().starts_with("begin\n"));
        assert!(map.get("output_end").unwrap().as_text().unwrap().ends_with("the end\n\n"));
        assert_eq!(map.get("output_bytes").unwrap().as_u64(), Some((1 << 20) + 16));
        assert_eq!(map.get("output_cut").unwrap().as_u64(), Some((1 << 20) + 16 - (8 << 10)));
        assert_eq!(output.last_line(), "the end");
        assert!(output.first.len() + output.last.len() <= FIRST + LAST);
    }

    #[test]
    fn what_would_move_a_cursor_is_shown() {
        let mut output = Output::default();
        output.take(b"\x1b[2J\xff ok\r\n");
        assert_eq!(output.last_line(), "\\x1b[2J\u{fffd} ok");
    }
}
