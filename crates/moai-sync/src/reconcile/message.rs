//! What the two sides say, as bytes.

use moai_core::InvalidInput;

use super::item_id::Reference;
use super::sketch::SECOND;
use super::{ReconcileKey, ReconcileLimits, Root, Symbol};

/// The version of all messages.
const VERSION: u8 = 1;

const MESSAGE: &str = "message";
const SYMBOLS: &str = "symbols";
const REFERENCES: &str = "references";
const ENTRIES: &str = "entries";

/// One message. Its bytes are a version, a kind and fields of fixed length, numbers big-endian; only the last field may be
/// longer, and the end of the message ends it. **Each message has one form, and everything else is refused.**
///
/// | kind | says | fields |
/// | --- | --- | --- |
/// | 1 | open | key 16, root 24, entries 8 |
/// | 2 | same | |
/// | 3 | first | entries 8, symbols of 20 each |
/// | 4 | more | from 4, how many 2 |
/// | 5 | next | symbols of 20 each |
/// | 6 | want | references of 4 each, rising |
/// | 7 | too different | |
/// | 8 | changed | |
/// | 9 | few | from 1, how many 1 |
///
/// ```
/// use moai_sync::reconcile::{Message, ReconcileLimits};
///
/// let bytes = Message::More { from: 32, how_many: 200 }.to_bytes();
/// assert_eq!(bytes, [1, 4, 0, 0, 0, 32, 0, 200]);
/// assert_eq!(Message::from_bytes(&bytes, &ReconcileLimits::default())?.to_bytes(), bytes);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// The asker begins: under this key, with this root, with so many entries.
    Open {
        /// What ids are hashed under.
        key: ReconcileKey,
        /// The digest of the asker's set.
        root: Root,
        /// How many entries the asker's set has.
        entries: u64,
    },
    /// The answerer has the same set.
    Same,
    /// The answerer has another set, of so many entries, with these first symbols.
    First {
        /// How many entries the answerer's set has.
        entries: u64,
        /// Its first symbols.
        symbols: Vec<Symbol>,
    },
    /// The asker needs more symbols.
    More {
        /// The number of the first.
        from: u32,
        /// How many, one at least.
        how_many: u16,
    },
    /// The answerer's next symbols.
    Next {
        /// The symbols, as many as were asked for.
        symbols: Vec<Symbol>,
    },
    /// The asker has decoded, and wants these.
    Want(Wanted),
    /// Decoding is not worth its bytes: take pages of a snapshot.
    TooDifferent,
    /// The answerer's set changed, and the symbols that were asked for are those of another set: begin anew.
    Changed,
    /// The asker lacks a few items that its symbols do not tell apart: it needs symbols of the second order. They come as
    /// `next`.
    Few {
        /// The number of the first.
        from: u8,
        /// How many, one at least.
        how_many: u8,
    },
}

/// The entries that the asker lacks, by references that only their owner understands.
///
/// ```
/// use moai_sync::reconcile::Wanted;
/// assert!(Wanted::default().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted(Vec<Reference>);

impl Wanted {
    pub(super) fn new(mut references: Vec<Reference>) -> Self {
        references.sort_unstable();
        references.dedup();
        Self(references)
    }

    pub(super) fn references(&self) -> impl Iterator<Item = Reference> {
        self.0.iter().copied()
    }

    /// How many references there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Message {
    /// What it says, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Same => "same",
            Self::First { .. } => "first",
            Self::More { .. } => "more",
            Self::Next { .. } => "next",
            Self::Want(_) => "want",
            Self::TooDifferent => "too different",
            Self::Changed => "changed",
            Self::Few { .. } => "few",
        }
    }

    /// The message as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        match self {
            Self::Open { key, root, entries } => {
                bytes.push(1);
                bytes.extend(key.as_bytes());
                bytes.extend(root.as_bytes());
                bytes.extend(entries.to_be_bytes());
            }
            Self::Same => bytes.push(2),
            Self::First { entries, symbols } => {
                bytes.push(3);
                bytes.extend(entries.to_be_bytes());
                symbols.iter().for_each(|symbol| bytes.extend(symbol.to_bytes()));
            }
            Self::More { from, how_many } => {
                bytes.push(4);
                bytes.extend(from.to_be_bytes());
                bytes.extend(how_many.to_be_bytes());
            }
            Self::Next { symbols } => {
                bytes.push(5);
                symbols.iter().for_each(|symbol| bytes.extend(symbol.to_bytes()));
            }
            Self::Want(wanted) => {
                bytes.push(6);
                wanted.0.iter().for_each(|reference| bytes.extend(reference.as_bytes()));
            }
            Self::TooDifferent => bytes.push(7),
            Self::Changed => bytes.push(8),
            Self::Few { from, how_many } => bytes.extend([9, *from, *how_many]),
        }
        bytes
    }

    /// Reads a message; no memory is taken before its length was held against the limits.
    ///
    /// # Errors
    ///
    /// `Malformed` for bytes that are no message; `TooMany`, `Empty` and `OutOfRange` for fields beyond their limits.
    pub fn from_bytes(bytes: &[u8], limits: &ReconcileLimits) -> Result<Self, InvalidInput> {
        let mut rest = Rest(bytes);
        let [version] = rest.take()?;
        if version != VERSION {
            return Err(malformed("message version", format!("{version} is not known")));
        }
        let [kind] = rest.take()?;
        let message = match kind {
            1 => Self::Open {
                key: ReconcileKey::from_bytes(rest.take()?),
                root: Root::from_bytes(rest.take()?),
                entries: rest.entries(limits)?,
            },
            2 => Self::Same,
            3 => Self::First { entries: rest.entries(limits)?, symbols: rest.symbols(limits)? },
            4 => Self::More { from: rest.from(limits)?, how_many: rest.how_many(limits)? },
            5 => Self::Next { symbols: rest.symbols(limits)? },
            6 => Self::Want(rest.wanted(limits)?),
            7 => Self::TooDifferent,
            8 => Self::Changed,
            9 => {
                let [from, how_many] = rest.take()?;
                within("first symbol", 1, SECOND as u64 - 1, from.into())?;
                within(
                    "how many symbols",
                    1,
                    (SECOND as u64 - u64::from(from)).min(limits.batch.into()),
                    how_many.into(),
                )?;
                Self::Few { from, how_many }
            }
            other => return Err(malformed("message kind", format!("{other} is not known"))),
        };
        if rest.0.is_empty() { Ok(message) } else { Err(malformed(MESSAGE, "something stands behind its end")) }
    }
}

fn malformed(field: &'static str, why: impl Into<String>) -> InvalidInput {
    InvalidInput::Malformed { field, why: why.into() }
}

fn within(field: &'static str, low: u64, high: u64, got: u64) -> Result<(), InvalidInput> {
    if (low..=high).contains(&got) {
        return Ok(());
    }
    Err(InvalidInput::OutOfRange { field, low: low.to_string(), high: high.to_string(), got: got.to_string() })
}

/// What is not read yet.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], InvalidInput> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| malformed(MESSAGE, "it ends too early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    /// All that is left, as parts of one length.
    fn parts<const N: usize>(&mut self, field: &'static str, limit: u64) -> Result<&'b [[u8; N]], InvalidInput> {
        let (parts, left) = self.0.as_chunks::<N>();
        if parts.len() as u64 > limit {
            return Err(InvalidInput::TooMany { field, limit, got: parts.len() as u64 });
        }
        if !left.is_empty() {
            return Err(malformed(field, format!("the last one has {} of {N} bytes", left.len())));
        }
        self.0 = &[];
        Ok(parts)
    }

    fn entries(&mut self, limits: &ReconcileLimits) -> Result<u64, InvalidInput> {
        let entries = u64::from_be_bytes(self.take()?);
        within(ENTRIES, 0, limits.entries, entries)?;
        Ok(entries)
    }

    fn from(&mut self, limits: &ReconcileLimits) -> Result<u32, InvalidInput> {
        let from = u32::from_be_bytes(self.take()?);
        within("first symbol", 1, limits.symbols.min(ReconcileLimits::SYMBOLS).into(), from.into())?;
        Ok(from)
    }

    fn how_many(&mut self, limits: &ReconcileLimits) -> Result<u16, InvalidInput> {
        let how_many = u16::from_be_bytes(self.take()?);
        within("how many symbols", 1, limits.batch.into(), how_many.into())?;
        Ok(how_many)
    }

    fn symbols(&mut self, limits: &ReconcileLimits) -> Result<Vec<Symbol>, InvalidInput> {
        let parts = self.parts::<{ Symbol::BYTES }>(SYMBOLS, limits.batch.into())?;
        if parts.is_empty() {
            return Err(InvalidInput::Empty { field: SYMBOLS });
        }
        Ok(parts.iter().map(Symbol::from_bytes).collect())
    }

    fn wanted(&mut self, limits: &ReconcileLimits) -> Result<Wanted, InvalidInput> {
        let parts = self.parts::<{ Reference::BYTES }>(REFERENCES, limits.symbols.into())?;
        if !parts.is_sorted_by(|left, right| left < right) {
            return Err(malformed(REFERENCES, "they do not rise"));
        }
        Ok(Wanted(parts.iter().copied().map(Reference::from_bytes).collect()))
    }
}
