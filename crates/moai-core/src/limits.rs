//! How much of everything: every limit in one place, with its default.

use crate::InvalidInput;

/// The limits that input is held against, before memory is taken for it.
///
/// The defaults suit a swarm on one machine. **Write it as below, with what is left to the default behind `..`**: a further
/// limit is a further field, and that counts as no breaking change. What is at a limit passes; one more is an
/// [`InvalidInput`](crate::InvalidInput) that names the field, the limit and what was got.
///
/// ```
/// use moai_core::{Limits, value};
///
/// let strict = Limits { value_depth: 2, ..Limits::default() };
/// assert!(value!([[1]]).check(&strict).is_ok());
/// assert!(value!([[[1]]]).check(&strict).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a value in canonical form, and of the JSON text that it is read from: readers hold both against this.
    /// Default: 1 MiB.
    pub value_bytes: usize,
    /// How deep a value nests: a scalar is 0 deep, an empty array 1. Default: 32.
    pub value_depth: usize,
    /// Changes in one batch. Default: 100,000.
    pub batch_changes: usize,
    /// Bytes of all keys and values in one batch, the keys of its preconditions included. Default: 64 MiB.
    pub batch_bytes: usize,
    /// Items that one page of a memory provider or journal holds at the most, whatever the caller asks. Default: 10,000.
    pub page_items: usize,
    /// Bytes of keys and values, or of payloads, after which a page takes nothing more: it passes this by its last item
    /// at the most, or for changes by its last batch. A page always takes one. Default: 16 MiB.
    pub page_bytes: usize,
    /// Bytes of one envelope's payload. Default: 8 MiB.
    pub payload_bytes: usize,
    /// Bytes of one journal record's payload. Default: 8 MiB.
    pub record_bytes: usize,
    /// Records in one append to a journal. Default: 10,000.
    pub append_records: usize,
    /// Bytes of the reason that a voter gives. Default: 16 KiB.
    pub reason_bytes: usize,
    /// Bytes of a ballot's metadata in canonical form, and of a whole ballot as it is sent. Default: 64 KiB.
    pub ballot_bytes: usize,
    /// Members and services that one swarm holds at the most. Default: 1,000,000.
    pub participants: usize,
    /// Messages that wait in a member's mailbox at the most. Default: 1,024.
    pub member_mailbox: usize,
    /// Messages that wait in a service's mailbox at the most: services gather the answers of all. Default: 65,536.
    pub service_mailbox: usize,
}

impl Limits {
    /// Bytes of an id: agent, swarm, proposal, algorithm, namespace, message kind, record kind. Fixed: ids are stored.
    pub const ID_BYTES: usize = 64;

    /// Bytes of a state key. Fixed: keys are stored.
    pub const KEY_BYTES: usize = 512;

    /// How many items a page holds when a caller asks for `asked`: never none, and never more than `page_items`.
    ///
    /// ```
    /// use moai_core::Limits;
    ///
    /// let limits = Limits { page_items: 100, ..Limits::default() };
    /// assert_eq!(limits.page(30), Ok(30));
    /// assert_eq!(limits.page(1_000_000), Ok(100));
    /// assert!(limits.page(0).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// `Empty` for 0: a page of nothing never ends.
    pub fn page(&self, asked: usize) -> Result<usize, InvalidInput> {
        match asked {
            0 => Err(InvalidInput::Empty { field: "page" }),
            _ => Ok(asked.min(self.page_items.max(1))),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes: 1 << 20,
            value_depth: 32,
            batch_changes: 100_000,
            batch_bytes: 64 << 20,
            page_items: 10_000,
            page_bytes: 16 << 20,
            payload_bytes: 8 << 20,
            record_bytes: 8 << 20,
            append_records: 10_000,
            reason_bytes: 16 << 10,
            ballot_bytes: 64 << 10,
            participants: 1_000_000,
            member_mailbox: 1_024,
            service_mailbox: 65_536,
        }
    }
}
