//! What can be read.

mod changes;
mod list;
mod look;
mod records;
mod shadow;
mod snapshot;
mod standing;

pub(super) use changes::changes;
pub(super) use list::list;
pub(super) use look::{find, look};
pub(super) use records::{bounded_head, check_records, head, head_crc, record_crc, records};
pub(super) use snapshot::snapshot;
pub(super) use standing::standing;
