//! A reader of JSON text (RFC 8259) that keeps moai's promises.
//!
//! serde_json reads text too, but what it makes of numbers hangs on features that any crate in the tree can switch on;
//! without them it turns an integer that is too big into a float, and its stack decides how deep a text may be. A digest
//! must not hang on either.

use super::budget::Budget;
use super::{Builder, FIELD, Value, check_readable};
use crate::{InvalidInput, Limits};

pub(super) struct Parser<'a> {
    text: &'a str,
    /// How far it is read, in bytes; always between two characters.
    at: usize,
    builder: Builder,
    budget: Budget,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        Self { text, at: 0, builder: Builder::default(), budget: Budget::new(limits) }
    }

    pub(super) fn parse(mut self, depth: usize) -> Result<Value, InvalidInput> {
        if self.text.starts_with('\u{feff}') {
            return Err(self.malformed("a byte order mark"));
        }
        loop {
            self.skip_space();
            let part = match self.peek() {
                Some(open @ (b'[' | b'{')) => {
                    if self.builder.depth() == depth {
                        return Err(InvalidInput::too_deep(FIELD, depth, depth + 1));
                    }
                    self.at += 1;
                    self.skip_space();
                    if open == b'[' {
                        self.builder.begin_array();
                        if !self.eat("]") {
                            continue;
                        }
                    } else {
                        self.builder.begin_map();
                        if !self.eat("}") {
                            self.key()?;
                            continue;
                        }
                    }
                    self.builder.end()
                }
                Some(b'"') => Value::Text(self.string()?),
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ if self.eat("null") => Value::Null,
                _ if self.eat("true") => Value::Bool(true),
                _ if self.eat("false") => Value::Bool(false),
                _ => return Err(self.malformed("expected a value")),
            };
            if let Some(whole) = self.add(part)? {
                return Ok(whole);
            }
        }
    }

    /// Adds a finished part and ends all that ends with it; gives the whole when nothing is open any more.
    fn add(&mut self, mut part: Value) -> Result<Option<Value>, InvalidInput> {
        loop {
            self.budget.take(&part)?;
            let whole = self.builder.add(part);
            self.skip_space();
            if whole.is_some() {
                return if self.peek().is_none() { Ok(whole) } else { Err(self.malformed("expected the end")) };
            }
            let in_map = self.builder.map().is_some();
            if self.eat(",") {
                if in_map {
                    self.skip_space();
                    self.key()?;
                }
                return Ok(None);
            }
            if !self.eat(if in_map { "}" } else { "]" }) {
                return Err(self.malformed(if in_map { "expected ',' or '}'" } else { "expected ',' or ']'" }));
            }
            part = self.builder.end();
        }
    }

    fn key(&mut self) -> Result<(), InvalidInput> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("expected a key"));
        }
        let key = self.string()?;
        check_readable(&key)?;
        self.budget.take_key(&key)?;
        if self.builder.map().is_some_and(|pairs| pairs.contains_key(&key)) {
            return Err(InvalidInput::duplicate_key(FIELD, &key));
        }
        self.builder.key(key);
        self.skip_space();
        if self.eat(":") { Ok(()) } else { Err(self.malformed("expected ':'")) }
    }

    fn number(&mut self) -> Result<Value, InvalidInput> {
        let rest = self.rest();
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let number = rest.get(..end).unwrap_or_default().parse().map_err(|error| match error {
            InvalidInput::Malformed { why, .. } => self.malformed(&why),
            other => other,
        })?;
        self.at += end;
        Ok(Value::Number(number))
    }

    /// A string, standing at its opening quote.
    fn string(&mut self) -> Result<String, InvalidInput> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            string.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(_) => return Err(self.malformed("a control character in a text")),
                None => return Err(self.malformed("a text does not end")),
            }
        }
    }

    /// An escaped character, standing at its backslash.
    fn escape(&mut self) -> Result<char, InvalidInput> {
        let plain = match self.text.as_bytes().get(self.at + 1) {
            Some(b'u') => return self.unicode(),
            Some(&same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.malformed("an unknown escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// `\uXXXX`, or two of them for a character beyond the first 65,536 (a surrogate pair).
    fn unicode(&mut self) -> Result<char, InvalidInput> {
        let first = self.unit(self.at).ok_or_else(|| self.malformed("an unknown escape"))?;
        let (units, len) = match self.unit(self.at + 6) {
            Some(second) if (0xd800..0xdc00).contains(&first) => (vec![first, second], 12),
            _ => (vec![first], 6),
        };
        let character = char::decode_utf16(units).next().and_then(Result::ok);
        let character = character.ok_or_else(|| self.malformed("half of a surrogate pair"))?;
        self.at += len;
        Ok(character)
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        // from_str_radix would take a sign.
        if digits.starts_with('+') { None } else { u16::from_str_radix(digits, 16).ok() }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn malformed(&self, what: &str) -> InvalidInput {
        let read = self.text.get(..self.at).unwrap_or_default();
        let line = read.matches('\n').count() + 1;
        let column = read.len() - read.rfind('\n').map_or(0, |newline| newline + 1) + 1;
        InvalidInput::malformed(FIELD, format_args!("{what} at line {line} column {column}"))
    }
}
