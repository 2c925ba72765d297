//! What the journal says about gates, and whether it holds.
//!
//! ```text
//!   journal.db, or an export ─▶ source ─▶ rules (first walk) ─▶ verified (second walk): the library's audit,
//!                                                               and gates: nothing ran that was not approved
//! ```

mod flaw;
mod gate;
mod gates;
mod journal_copy;
mod source;
mod verified;

pub(crate) use flaw::Flaw;
pub(crate) use gate::{Fate, Gate};
pub(crate) use gates::Gates;
pub(crate) use source::Source;
pub(crate) use verified::{Line, Verified, verified};
