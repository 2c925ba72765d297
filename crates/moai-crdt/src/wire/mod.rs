//! Bytes: one form for each state, read with limits.
//!
//! **Equal states have equal bytes, whatever their history, and bytes that are accepted are those bytes**: there is one
//! form, and everything else is refused. Reading never panics, recurses no deeper than its limit, and takes no memory for
//! what is claimed, only for what is there.
//!
//! - [`WireForm`] is what goes out whole: `to_bytes`, `from_bytes`, `from_bytes_within`.
//! - [`Wire`] is what stands inside: elements, keys, values. A type of your own implements two functions.
//!
//! # The format, version 1
//!
//! What repeats itself is kept apart from what does not, so that it costs next to nothing: counts, replicas, stamps and
//! dots go into **lanes** in the order in which they come up, and a lane writes each repetition once. What is left, keys
//! and values, is the **body**.
//!
//! ```text
//!   version   1 byte    1
//!   kind      1 byte    what it is: see below
//!   replicas  number    how many, then 8 bytes each, big-endian: rising, exactly those that are used
//!   lanes     1 byte    bit 0 to bit 7: which lanes follow (never an empty one)
//!   each lane number    how many bytes, then the bytes
//!   body                the rest
//! ```
//!
//! **A number** (a `u64`) up to 247 is one byte; a greater one is 247 + n, then its n bytes, big-endian, as few as hold it.
//! **A signed number** i is the number 2i, or −2i − 1 below zero.
//!
//! | kind | what | body |
//! | --- | --- | --- |
//! | 1 | [`Causal`](crate::Causal) | what is known as a context, the store |
//! | 2 | [`Digest`](crate::Digest) | what is seen, what is alive: two contexts |
//! | 3 | [`CausalContext`](crate::CausalContext) | a context |
//! | 4 | [`VectorClock`](crate::VectorClock) | a clock |
//! | 16 to 63 | types that carry no dots | see there |
//! | 64 to 127 | your own | |
//! | 128 + kind | the delta of that kind; for 1 the change, then the lost dead as a context | |
//!
//! | lane | what | how |
//! | --- | --- | --- |
//! | 0 | replicas | place in the table − place of the one before − 1 (the first: its place), signed; repeated |
//! | 1 | the upper 48 bits of stamps | difference to the one before (the first: to 0), signed; repeated |
//! | 2 | the lower 16 bits of stamps | the same |
//! | 3 | how many values a leaf holds; in a change, how many it made | repeated |
//! | 4 | the least dot of each leaf that holds one; in a change, of those made | runs |
//! | 5 | in a change, how many dots a leaf killed | repeated |
//! | 6 | the least dot of those killed | runs |
//! | 7 | all other dots | place in the table; seq − (seq of that replica before in this lane, or 0) − 1, signed |
//!
//! **Repeated**: the numbers one after the other; after one that stands twice in a row, how many more times it stands.
//! `7 7 7 7 5` is `7 7 2 5`.
//!
//! **Runs** of dots with the same replica and rising seq, each as long as it can be. A run is a number: its length − 1,
//! times 4, plus 2 if it lies back, plus 1 if its replica is not that of the run before (the first: not place 0); then, if
//! not, the place of its replica; then how far its first seq is from where it is expected, behind the last of that replica
//! in this lane (or at 1): forward d as d, back d as d − 1.
//!
//! What stands in the body:
//!
//! - **context**: how many replicas (each in lane 0, rising); for each its runs: how many seqs are left out before it (for
//!   a later run, less the one that must be), then its length − 1, times 2, plus 1 if another run follows
//! - **clock**: how many replicas (each in lane 0, rising); for each its count, never 0
//! - **leaf** ([`DotFun`](crate::DotFun)): its count and its dots, rising, in the lanes; its values in the same order. In a
//!   change: those made in the same way, then those killed, without values
//! - **keys** ([`DotMap`](crate::DotMap), or a change under keys): how many; for each the key as an item, then what lies under
//!   it. **They are sorted by the least dot that lies under them** (made or killed), so that dots become runs. Keys without
//!   a dot are not written
//! - **item** (of a list, or a key): its bytes; one zero byte if it has none, so that nothing comes from nothing
//! - `u8`, `bool`: one byte; other integers: a number, or a signed number; `()`: nothing
//! - `String`, [`AgentId`](moai_core::AgentId), [`StateKey`](moai_core::StateKey): how many bytes, then UTF-8
//! - `Vec`: how many, then items; `BTreeSet` and `BTreeMap`: the same, rising, a map's values behind their keys
//! - `Option`: a byte 0, or 1 and the value; tuples: one after the other
//! - [`Version`](moai_core::Version): a number; [`Value`](moai_core::Value): how many bytes, then its canonical bytes
//! - [`ReplicaId`](crate::ReplicaId): in lane 0

mod elements;
mod kernel;
mod number;
mod repeats;
mod runs;
mod wire_limits;
mod wire_reader;
mod wire_writer;

use moai_core::InvalidInput;

pub use wire_limits::WireLimits;
pub use wire_reader::WireReader;
pub use wire_writer::WireWriter;

/// The version of the format that is written, and the only one that is read.
const VERSION: u8 = 1;

/// The bit that makes the kind of a state the kind of its delta.
const DELTA: u8 = 128;

/// Which of its dots a leaf writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Those that carry values.
    Made,
    /// Those that a change killed.
    Killed,
}

/// Something that can stand inside a state: an element, a key, a value.
///
/// # What an implementation promises
///
/// Equal values write the same, and `read` takes what `write` wrote and nothing else: other spellings of the same value
/// are refused, so that equal states have equal bytes. A type that nests itself reads its inner part through
/// [`WireReader::nested`].
///
/// ```
/// use moai_core::{InvalidInput, agent_id};
/// use moai_crdt::{Causal, OrSet, ReplicaId, Wire, WireForm, WireReader, WireWriter};
///
/// #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
/// struct Task {
///     name: String,
///     retries: u32,
/// }
///
/// impl Wire for Task {
///     fn write(&self, to: &mut WireWriter) {
///         self.name.write(to);
///         self.retries.write(to);
///     }
///
///     fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
///         Ok(Self { name: Wire::read(from)?, retries: Wire::read(from)? })
///     }
/// }
///
/// let mut tasks = Causal::<OrSet<Task>>::default();
/// let delta = tasks.add(ReplicaId::derive(&agent_id!("agent-1"), 0), Task { name: "index".to_owned(), retries: 3 });
/// assert_eq!(Causal::from_bytes(&tasks.to_bytes())?, tasks);
/// assert!(Causal::<OrSet<Task>>::from_bytes(&delta.to_bytes()).is_err(), "a delta is not a state");
/// # Ok::<(), InvalidInput>(())
/// ```
pub trait Wire: Sized {
    /// Writes this value.
    fn write(&self, to: &mut WireWriter);

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// When bytes are missing, are not in the one form, or go beyond a limit.
    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput>;
}

/// Something that goes out whole: a state, a delta, a digest.
///
/// ```
/// use moai_core::agent_id;
/// use moai_crdt::{ReplicaId, VectorClock, WireForm};
///
/// let mut clock = VectorClock::new();
/// clock.increment(ReplicaId::derive(&agent_id!("agent-1"), 0))?;
/// let bytes = clock.to_bytes();
/// assert_eq!(VectorClock::from_bytes(&bytes)?, clock);
/// assert!(VectorClock::from_bytes(bytes.get(1..).unwrap_or_default()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait WireForm: Wire {
    /// What it is, so that nothing is read as something else: one of the table in the format's description. Your own
    /// types take 64 to 127.
    const KIND: u8;

    /// The bytes: the same for equal states.
    #[must_use]
    fn to_bytes(&self) -> Vec<u8> {
        let mut to = WireWriter::default();
        self.write(&mut to);
        to.finish(Self::KIND)
    }

    /// Reads bytes within the default limits.
    ///
    /// # Errors
    ///
    /// As [`from_bytes_within`](Self::from_bytes_within).
    fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidInput> {
        Self::from_bytes_within(bytes, &WireLimits::default())
    }

    /// Reads bytes within limits. What is accepted writes the same bytes again.
    ///
    /// # Errors
    ///
    /// [`TooLong`](InvalidInput::TooLong), [`TooMany`](InvalidInput::TooMany) and [`TooDeep`](InvalidInput::TooDeep)
    /// beyond a limit; [`Malformed`](InvalidInput::Malformed) for bytes that are missing, left over, of another version
    /// or kind, or not in the one form; and whatever an element refuses.
    fn from_bytes_within(bytes: &[u8], limits: &WireLimits) -> Result<Self, InvalidInput> {
        let mut from = WireReader::open(bytes, Self::KIND, limits)?;
        let whole = Self::read(&mut from)?;
        from.close()?;
        Ok(whole)
    }
}

/// Writes a struct as its fields, one after the other: for types whose fields may hold all that they can hold.
macro_rules! wire_fields {
    (impl[$($bounds:tt)*] $name:ty { $($field:ident),+ }) => {
        impl<$($bounds)*> $crate::Wire for $name {
            fn write(&self, to: &mut $crate::WireWriter) {
                $(self.$field.write(to);)+
            }

            fn read(from: &mut $crate::WireReader<'_>) -> Result<Self, ::moai_core::InvalidInput> {
                Ok(Self { $($field: $crate::Wire::read(from)?),+ })
            }
        }
    };
}
pub(crate) use wire_fields;

/// What is wrong with the bytes.
fn malformed(why: impl Into<String>) -> InvalidInput {
    InvalidInput::Malformed { field: FIELD, why: why.into() }
}

/// What errors call the bytes.
const FIELD: &str = "wire form";
