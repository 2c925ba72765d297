//! Bytes: one form for each state, read with limits.
//!
//! **Equal states have equal bytes, whatever their history, and bytes that are accepted are those bytes**: there is one
//! form, and everything else is refused. Reading never panics, recurses no deeper than its limit, and takes no memory for
//! what is claimed, only for what is there, and for what texts share within its limit.
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
//! | 4 | [`VectorClock`](crate::VectorClock) | counts, as slots |
//! | 16 | [`GCounter`](crate::GCounter) | counts, as slots; heirs, as slots |
//! | 17 | [`PnCounter`](crate::PnCounter) | what was added and what was taken away, as slots; heirs, as slots |
//! | 18 | [`Contributions`](crate::Contributions) | slots: version, time, value, and optionally the heir |
//! | 19 | [`GSet`](crate::GSet) | a `BTreeSet` |
//! | 20 | [`TwoPhaseSet`](crate::TwoPhaseSet) | a `BTreeMap`: whether an element is gone |
//! | 21, 22 | [`Max`](crate::Max), [`Min`](crate::Min) | an `Option` |
//! | 23 | [`BoundedCounter`](crate::BoundedCounter) | what was given from whom to whom, as slots; what was spent, as slots |
//! | 24 | [`Directory`](crate::Directory) | a `BTreeSet` of (replica, agent, incarnation) |
//! | 25 to 31, 48 to 63 | not used yet | |
//! | 32 to 47 | states and messages of `moai-sync` | |
//! | 64 to 127 | your own | |
//! | 128 + kind | the delta of that kind | for 1 the change, then the lost dead as a context; else as the kind |
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
//! - **slots**: a `Vec` of tuples (key, value), the keys rising; no count is 0, and nobody is their own heir
//! - **place** of a [`Document`](crate::Document), or a change of one: a byte that says what is there of it (bit 0 the
//!   register, bit 1 the rest), then these. The rest: a byte (bit 0 the mark of a map, bit 1 its fields as keys, bit 2 a
//!   set, bit 3 a counter), then these. A set: a byte (bit 0 its mark, bit 1 its elements as keys), then these. All but
//!   keys are leaves; a register's values are a stamp and a `Value`, a counter's are `i64`
//! - **leaf** ([`DotFun`](crate::DotFun)): its count and its dots, rising, in the lanes; its values in the same order. In a
//!   change: those made in the same way, then those killed, without values
//! - **keys** ([`DotMap`](crate::DotMap), or a change under keys): how many; for each the key as an item, then what lies under
//!   it. **They are sorted by the least dot that lies under them** (made or killed), so that dots become runs. Keys without
//!   a dot are not written
//! - **item** (of a list, or a key): its bytes; one zero byte if it has none, so that nothing comes from nothing. If there
//!   is one before it in the same list, or among the keys of the same map, a text stands **behind** that one
//! - `u8`, `bool`: one byte; other integers: a number, or a signed number; `()`: nothing
//! - **text** (`String`, [`AgentId`](moai_core::AgentId), [`StateKey`](moai_core::StateKey)): how many bytes, then UTF-8.
//!   Behind another text: how many bytes of its own it has, times 2, plus 1 if it begins as the other does; then, if it
//!   does, how many bytes they share: as many as can be, also where the cut goes through a character; then its own bytes.
//!   `agent-1 agent-27 b` is `7 "agent-1"  5 6 "27"  2 "b"`. A text within a tuple or an `Option` stands alone
//! - `Vec`: how many, then items; `BTreeSet` and `BTreeMap`: the same, rising, each key of a map followed by its value
//! - `Option`: a byte 0, or 1 and the value; tuples: one after the other
//! - [`Version`](moai_core::Version): a number; [`Value`](moai_core::Value): how many bytes, then its canonical bytes
//! - [`ReplicaId`](crate::ReplicaId): in lane 0; [`Stamp`](crate::Stamp): in lanes 1 and 2

mod elements;
mod kernel;
mod number;
mod repeats;
mod runs;
mod text;
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

    /// Writes this value behind `before`, which stands before it in the same list or among the keys of the same map.
    ///
    /// Unless a type says otherwise, that changes nothing. A text writes what it does not share with the one before; your
    /// own type that is a text hands both functions on to `String`.
    ///
    /// ```
    /// # use moai_core::InvalidInput;
    /// # use moai_crdt::{Wire, WireReader, WireWriter};
    /// struct Name(String);
    ///
    /// impl Wire for Name {
    ///     fn write(&self, to: &mut WireWriter) {
    ///         self.0.write(to);
    ///     }
    ///
    ///     fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
    ///         Wire::read(from).map(Self)
    ///     }
    ///
    ///     fn write_after(&self, before: &Self, to: &mut WireWriter) {
    ///         self.0.write_after(&before.0, to);
    ///     }
    ///
    ///     fn read_after(before: &Self, from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
    ///         Wire::read_after(&before.0, from).map(Self)
    ///     }
    /// }
    /// ```
    fn write_after(&self, before: &Self, to: &mut WireWriter) {
        let _ = before;
        self.write(to);
    }

    /// Reads what [`write_after`](Self::write_after) wrote behind `before`, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    fn read_after(before: &Self, from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let _ = before;
        Self::read(from)
    }
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

/// Writes a struct as its fields, one after the other: for types whose fields may hold all that they can hold. With a
/// kind, it goes out whole.
macro_rules! wire_fields {
    ($kind:literal: impl[$($bounds:tt)*] $name:ty { $($field:tt),+ }) => {
        $crate::wire::wire_fields!(impl[$($bounds)*] $name { $($field),+ });

        impl<$($bounds)*> $crate::WireForm for $name {
            const KIND: u8 = $kind;
        }
    };
    (impl[$($bounds:tt)*] $name:ty { $($field:tt),+ }) => {
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
