//! The canonical bytes of a value: what is hashed, and compared across machines.

use std::cmp::Ordering;

use crate::value::{Builder, Event, FIELD, Kind, Walk};
use crate::{Array, InvalidInput, Limits, Map, Number, Value};

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NATURAL: u8 = 3;
const NEGATIVE: u8 = 4;
const FLOAT: u8 = 5;
const TEXT: u8 = 6;
const ARRAY: u8 = 7;
const MAP: u8 = 8;

impl Value {
    /// The canonical bytes: equal values, and only they, have equal bytes.
    ///
    /// | tag | what | after the tag |
    /// | --- | --- | --- |
    /// | `00` | null | |
    /// | `01`, `02` | false, true | |
    /// | `03` | integer from 0 | `u64`, 8 bytes, big-endian |
    /// | `04` | integer below 0 | `i64`, 8 bytes, big-endian, two's complement |
    /// | `05` | float | IEEE 754 binary64, 8 bytes, big-endian; never NaN, infinite or −0.0 |
    /// | `06` | text | length, then so many bytes of UTF-8 |
    /// | `07` | array | count, then so many values |
    /// | `08` | map | count, then so many pairs: length and bytes of the key, then a value; keys rise by their bytes |
    ///
    /// Lengths and counts are unsigned LEB128 in the fewest bytes.
    ///
    /// ```
    /// use moai_core::value;
    /// assert_eq!(value!({"a": [true]}).to_canonical(), [8, 1, 1, b'a', 7, 1, 2]);
    /// ```
    #[must_use]
    pub fn to_canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(self, |part| bytes.extend_from_slice(part));
        bytes
    }

    /// How many canonical bytes there are, without taking memory for them.
    #[must_use]
    pub fn canonical_len(&self) -> usize {
        let mut len = 0;
        encode(self, |part| len += part.len());
        len
    }

    /// Reads canonical bytes. What is accepted encodes to the same bytes again.
    ///
    /// ```
    /// use moai_core::{Limits, Value, value};
    ///
    /// let value = value!({"votes": [1, 1.0, "yes"]});
    /// assert_eq!(Value::from_canonical(&value.to_canonical(), &Limits::default())?, value);
    /// assert!(Value::from_canonical(&[7, 0x80, 0], &Limits::default()).is_err(), "a count in more bytes than it needs");
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooLong`](InvalidInput::TooLong) for more than `value_bytes` bytes, [`TooDeep`](InvalidInput::TooDeep) beyond
    /// `value_depth`, [`NotFinite`](InvalidInput::NotFinite), [`DuplicateKey`](InvalidInput::DuplicateKey), and
    /// [`Malformed`](InvalidInput::Malformed) for bytes that are missing, left over, or not in the one form.
    pub fn from_canonical(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        if bytes.len() > limits.value_bytes {
            return Err(InvalidInput::too_long(FIELD, limits.value_bytes, bytes.len()));
        }
        Decoder { bytes, rest: bytes, builder: Builder::default(), missing: Vec::new() }.decode(limits.value_depth)
    }
}

/// Hands the canonical bytes out, part by part.
pub(crate) fn encode(value: &Value, mut put: impl FnMut(&[u8])) {
    for event in Walk::of(value) {
        match event {
            Event::Null => put(&[NULL]),
            Event::Bool(value) => put(&[if value { TRUE } else { FALSE }]),
            Event::Number(number) => match number.kind() {
                Kind::Natural(natural) => put_word(&mut put, NATURAL, natural.to_be_bytes()),
                Kind::Negative(negative) => put_word(&mut put, NEGATIVE, negative.to_be_bytes()),
                Kind::Float(float) => put_word(&mut put, FLOAT, float.to_bits().to_be_bytes()),
            },
            Event::Text(text) => {
                put(&[TEXT]);
                put_text(&mut put, text);
            }
            Event::Key(key) => put_text(&mut put, key),
            Event::ArrayStart(count) => {
                put(&[ARRAY]);
                put_length(&mut put, count);
            }
            Event::MapStart(count) => {
                put(&[MAP]);
                put_length(&mut put, count);
            }
            Event::ArrayEnd | Event::MapEnd => {}
        }
    }
}

/// The canonical bytes of the value that this array is.
pub(crate) fn array_bytes(array: &Array) -> Vec<u8> {
    let mut bytes = vec![ARRAY];
    let mut put = |part: &[u8]| bytes.extend_from_slice(part);
    put_length(&mut put, array.len());
    array.iter().for_each(|item| encode(item, &mut put));
    bytes
}

/// The canonical bytes of the value that this map is.
pub(crate) fn map_bytes(map: &Map) -> Vec<u8> {
    let mut bytes = vec![MAP];
    let mut put = |part: &[u8]| bytes.extend_from_slice(part);
    put_length(&mut put, map.len());
    for (key, item) in map {
        put_text(&mut put, key);
        encode(item, &mut put);
    }
    bytes
}

/// How many bytes a length takes.
pub(crate) fn length_len(length: usize) -> usize {
    let mut bytes = 0;
    put_length(&mut |part: &[u8]| bytes += part.len(), length);
    bytes
}

fn put_word(put: &mut impl FnMut(&[u8]), tag: u8, word: [u8; 8]) {
    put(&[tag]);
    put(&word);
}

fn put_text(put: &mut impl FnMut(&[u8]), text: &str) {
    put_length(put, text.len());
    put(text.as_bytes());
}

/// Writes a length as unsigned LEB128: seven bits a byte, the low ones first, a set high bit where more follow.
pub(crate) fn put_length(put: &mut impl FnMut(&[u8]), length: usize) {
    let mut rest = length as u64;
    loop {
        let [.., low] = (rest & 0x7f).to_be_bytes();
        rest >>= 7;
        if rest == 0 {
            return put(&[low]);
        }
        put(&[low | 0x80]);
    }
}

/// Reads an unsigned LEB128 number in its fewest bytes from the front; none if there is no such number.
pub(crate) fn take_length(bytes: &mut &[u8]) -> Option<u64> {
    let mut length = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        if (low << shift) >> shift != low || (byte == 0 && shift > 0) {
            return None;
        }
        length |= low << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

struct Decoder<'a> {
    bytes: &'a [u8],
    /// What is not read yet.
    rest: &'a [u8],
    builder: Builder,
    /// For each open array and map, how many values are missing.
    missing: Vec<u64>,
}

impl Decoder<'_> {
    fn decode(mut self, depth: usize) -> Result<Value, InvalidInput> {
        loop {
            let [tag] = self.take()?;
            let part = match tag {
                NULL => Value::Null,
                FALSE => Value::Bool(false),
                TRUE => Value::Bool(true),
                NATURAL => u64::from_be_bytes(self.take()?).into(),
                NEGATIVE => match i64::from_be_bytes(self.take()?) {
                    negative @ ..0 => negative.into(),
                    _ => return Err(self.malformed("an integer below zero is not")),
                },
                FLOAT => match f64::from_be_bytes(self.take()?) {
                    zero if zero == 0.0 && zero.is_sign_negative() => return Err(self.malformed("a zero has a sign")),
                    float => Value::Number(Number::float(float)?),
                },
                TEXT => Value::Text(self.text()?),
                ARRAY | MAP => {
                    if self.builder.depth() == depth {
                        return Err(InvalidInput::too_deep(FIELD, depth, depth + 1));
                    }
                    let count = self.length(if tag == ARRAY { 1 } else { 2 })?;
                    if tag == ARRAY {
                        self.builder.begin_array()
                    } else {
                        self.builder.begin_map()
                    }
                    if count > 0 {
                        self.missing.push(count);
                        self.key()?;
                        continue;
                    }
                    self.builder.end()
                }
                _ => return Err(self.malformed("an unknown tag")),
            };
            if let Some(whole) = self.add(part)? {
                return Ok(whole);
            }
        }
    }

    /// Adds a finished part and ends all that ends with it; gives the whole when nothing is open any more.
    fn add(&mut self, mut part: Value) -> Result<Option<Value>, InvalidInput> {
        loop {
            if let Some(whole) = self.builder.add(part) {
                return if self.rest.is_empty() { Ok(Some(whole)) } else { Err(self.malformed("bytes are left over")) };
            }
            if let Some(missing @ 2..) = self.missing.last_mut() {
                *missing -= 1;
                self.key()?;
                return Ok(None);
            }
            self.missing.pop();
            part = self.builder.end();
        }
    }

    /// The key that stands before the next value, if the innermost open part is a map.
    fn key(&mut self) -> Result<(), InvalidInput> {
        if self.builder.map().is_none() {
            return Ok(());
        }
        let key = self.text()?;
        let last = self.builder.map().and_then(|pairs| pairs.last_key_value());
        match last.map_or(Ordering::Less, |(last, _)| last.cmp(&key)) {
            Ordering::Less => self.builder.key(key),
            Ordering::Equal => return Err(InvalidInput::duplicate_key(FIELD, &key)),
            Ordering::Greater => return Err(self.malformed("a key is out of order")),
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String, InvalidInput> {
        let length = self.length(1)?;
        let (text, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length))
            .ok_or_else(|| self.malformed("bytes are missing"))?;
        let text = str::from_utf8(text).map_err(|_| self.malformed("a text is not UTF-8"))?;
        self.rest = rest;
        Ok(text.to_owned())
    }

    /// A length whose items, each of at least so many bytes, may still follow: whoever claims more is refused at once.
    fn length(&mut self, least: usize) -> Result<u64, InvalidInput> {
        let length = take_length(&mut self.rest).ok_or_else(|| self.malformed("a length is missing or too long"))?;
        if length > (self.rest.len() / least) as u64 {
            return Err(self.malformed("bytes are missing"));
        }
        Ok(length)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], InvalidInput> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.malformed("bytes are missing"))?;
        self.rest = rest;
        Ok(*taken)
    }

    fn malformed(&self, what: &str) -> InvalidInput {
        InvalidInput::malformed(FIELD, format_args!("{what} at byte {}", self.bytes.len() - self.rest.len()))
    }
}
