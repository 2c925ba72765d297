//! Bytes of messages: a version, then fields in a fixed order, each of one form.
//!
//! Numbers are big-endian; texts and bytes stand behind their length in four bytes. What is read is held against its
//! length before memory is taken for it, and nothing may stand behind the last field.

use moai_core::{Digest, InvalidInput, Limits, Timestamp, Value};

/// The version of all messages.
const VERSION: u8 = 1;

/// Writes one message.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// A message for which so many bytes are expected.
    pub(crate) fn new(expected: usize) -> Self {
        let mut bytes = Vec::with_capacity(expected + 1);
        bytes.push(VERSION);
        Self(bytes)
    }

    pub(crate) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub(crate) fn u32(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn u64(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn time(self, time: Timestamp) -> Self {
        self.u64(time.unix_micros().cast_unsigned())
    }

    pub(crate) fn digest(mut self, digest: &Digest) -> Self {
        self.0.extend_from_slice(digest.as_bytes());
        self
    }

    /// What is longer than four bytes can tell is cut nowhere: it is over every limit, and refused where it arrives.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut longer = self.u32(length);
        longer.0.extend_from_slice(bytes);
        longer
    }

    /// Bytes of a length that the reader knows.
    pub(crate) fn array(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn value(self, value: &Value) -> Self {
        self.bytes(&value.to_canonical())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads one message.
pub(crate) struct Reader<'a> {
    field: &'static str,
    rest: &'a [u8],
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// # Errors
    ///
    /// `Malformed` for another version.
    pub(crate) fn new(field: &'static str, bytes: &'a [u8], limits: &'a Limits) -> Result<Self, InvalidInput> {
        let mut reader = Self { field, rest: bytes, limits };
        match reader.byte()? {
            VERSION => Ok(reader),
            other => Err(reader.malformed(format!("version {other} is not known"))),
        }
    }

    pub(crate) fn malformed(&self, why: impl Into<String>) -> InvalidInput {
        InvalidInput::Malformed { field: self.field, why: why.into() }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], InvalidInput> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.malformed("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidInput> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.malformed("it ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, InvalidInput> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, InvalidInput> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, InvalidInput> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, InvalidInput> {
        Timestamp::from_unix_micros(self.u64()?.cast_signed())
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, InvalidInput> {
        self.array().map(Digest::from_bytes)
    }

    pub(crate) fn bytes(&mut self, field: &'static str, limit: usize) -> Result<&'a [u8], InvalidInput> {
        let length = self.u32()?;
        match usize::try_from(length) {
            Ok(length) if length <= limit => self.take(length),
            _ => Err(InvalidInput::TooLong { field, limit: limit as u64, got: length.into() }),
        }
    }

    pub(crate) fn text(&mut self, field: &'static str, limit: usize) -> Result<&'a str, InvalidInput> {
        let bytes = self.bytes(field, limit)?;
        std::str::from_utf8(bytes).map_err(|error| InvalidInput::Malformed { field, why: error.to_string() })
    }

    /// A name that `make` judges; `field` is what it calls itself in errors.
    pub(crate) fn name<T>(
        &mut self,
        field: &'static str,
        make: impl FnOnce(&str) -> Result<T, InvalidInput>,
    ) -> Result<T, InvalidInput> {
        make(self.text(field, Limits::ID_BYTES)?)
    }

    pub(crate) fn value(&mut self, field: &'static str, limit: usize) -> Result<Value, InvalidInput> {
        let bytes = self.bytes(field, limit)?;
        Value::from_canonical(bytes, self.limits)
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    #[cfg(feature = "manager")]
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// # Errors
    ///
    /// `Malformed` if anything is left.
    pub(crate) fn end(self) -> Result<(), InvalidInput> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed("something stands behind its end")) }
    }
}
