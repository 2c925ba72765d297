//! A lane of numbers in which each repetition is written once.

use moai_core::InvalidInput;

use super::number::{self, Cursor};

/// Writes numbers: one that stands twice in a row is followed by how many more times it stands.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    bytes: Vec<u8>,
    last: u64,
    times: u64,
}

impl Repeats {
    pub(super) fn push(&mut self, number: u64) {
        if self.last != number {
            self.flush();
            self.last = number;
        }
        self.times += 1;
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.flush();
        self.bytes
    }

    fn flush(&mut self) {
        let times = std::mem::take(&mut self.times);
        if times > 0 {
            number::put(&mut self.bytes, self.last);
        }
        if let Some(more) = times.checked_sub(2) {
            number::put(&mut self.bytes, self.last);
            number::put(&mut self.bytes, more);
        }
    }
}

/// Reads what [`Repeats`] wrote, one number at a time.
#[derive(Debug, Default)]
pub(super) struct RepeatsReader<'a> {
    rest: Cursor<'a>,
    last: Option<u64>,
    /// How many more times the last one stands.
    more: u64,
    /// Whether that was said of the last one: then the next is another one.
    said: bool,
}

impl<'a> RepeatsReader<'a> {
    pub(super) fn new(rest: Cursor<'a>) -> Self {
        Self { rest, ..Self::default() }
    }

    pub(super) fn next(&mut self) -> Result<u64, InvalidInput> {
        if let (Some(last), Some(more)) = (self.last, self.more.checked_sub(1)) {
            self.more = more;
            return Ok(last);
        }
        let number = self.rest.number()?;
        if self.last != Some(number) {
            (self.last, self.said) = (Some(number), false);
        } else if self.said {
            return Err(self.rest.malformed("a repetition is written in two parts"));
        } else {
            (self.more, self.said) = (self.rest.number()?, true);
        }
        Ok(number)
    }

    /// Refuses numbers that nobody asked for.
    pub(super) fn close(&self) -> Result<(), InvalidInput> {
        if self.more > 0 {
            return Err(self.rest.malformed("numbers are left over"));
        }
        self.rest.close()
    }
}
