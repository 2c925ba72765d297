//! Numbers in as few bytes as hold them, and the bytes that are not read yet.

use moai_core::InvalidInput;

use super::malformed;

/// The greatest number that is one byte.
const ONE_BYTE: u8 = 247;

/// Writes a number.
pub(super) fn put(bytes: &mut Vec<u8>, number: u64) {
    match u8::try_from(number) {
        Ok(byte @ ..=ONE_BYTE) => bytes.push(byte),
        _ => {
            let digits = number.to_be_bytes();
            let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
            // 247 and the count of the digits that are left.
            bytes.push(digits.iter().skip(zeros).fold(ONE_BYTE, |head, _| head.saturating_add(1)));
            bytes.extend(digits.iter().skip(zeros));
        }
    }
}

/// A signed number as a number: those near zero stay small.
pub(super) const fn fold(signed: i64) -> u64 {
    ((signed << 1) ^ (signed >> 63)).cast_unsigned()
}

/// The signed number that was folded.
pub(super) const fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// How `number` differs from `other`, modulo 2^64.
pub(super) const fn apart(number: u64, other: u64) -> u64 {
    fold(number.wrapping_sub(other).cast_signed())
}

/// The number that differs by `apart` from `other`.
pub(super) const fn away(apart: u64, other: u64) -> u64 {
    other.wrapping_add(unfold(apart).cast_unsigned())
}

/// Bytes that are not read yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// Where they end in the whole.
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, end: rest.len() }
    }

    /// How many bytes are left.
    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// Where the next byte stands in the whole.
    pub(super) const fn at(&self) -> usize {
        self.end - self.rest.len()
    }

    pub(super) fn byte(&mut self) -> Result<u8, InvalidInput> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(|| self.missing())?;
        self.rest = rest;
        Ok(byte)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], InvalidInput> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.missing())?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next bytes as a cursor of their own; it knows where they stand.
    pub(super) fn part(&mut self, count: usize) -> Result<Self, InvalidInput> {
        let rest = self.take(count)?;
        Ok(Self { rest, end: self.at() })
    }

    pub(super) fn number(&mut self) -> Result<u64, InvalidInput> {
        let head = self.byte()?;
        let Some(count @ 1..) = head.checked_sub(ONE_BYTE) else { return Ok(head.into()) };
        let digits = self.take(count.into())?;
        let number = digits.iter().fold(0, |number, &digit| number << 8 | u64::from(digit));
        if digits.first() == Some(&0) || number <= ONE_BYTE.into() {
            return Err(self.malformed("a number takes more bytes than it needs"));
        }
        Ok(number)
    }

    /// A count of things that each take at least `least` bytes of those that are left: whoever claims more is refused at
    /// once.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, InvalidInput> {
        let count = self.number()?;
        usize::try_from(count).ok().filter(|&count| count <= self.rest.len() / least).ok_or_else(|| self.missing())
    }

    /// Refuses bytes that are left over.
    pub(super) fn close(&self) -> Result<(), InvalidInput> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed("bytes are left over")) }
    }

    pub(super) fn malformed(&self, what: &str) -> InvalidInput {
        malformed(format!("{what} at byte {}", self.at()))
    }

    fn missing(&self) -> InvalidInput {
        self.malformed("bytes are missing")
    }
}
