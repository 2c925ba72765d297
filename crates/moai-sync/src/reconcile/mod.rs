//! Anti-entropy: two replicas with many entries and no common store find out which few of them differ.
//!
//! Each replica keeps a [`ReconcileSet`] beside its store. From time to time an [`Asker`] sends the set's [`Root`], 24 bytes;
//! if the other side has the same, that is all. If not, the [`Answerer`] sends coded symbols, each the sum of some of its
//! entries' ids; the asker takes its own symbols off and solves for the ids that only one side has. What that takes depends
//! on how many entries differ, and hardly on how many there are:
//!
//! ```text
//! asker                              answerer
//!   | -- open: key, root, size -------> |
//!   | <-- same ------------------------ |    equal: 52 bytes in all
//!   | <-- first: size, 32 symbols ----- |
//!   | -- more ------------------------> |
//!   | <-- next: symbols --------------- |    until the asker has decoded
//!   | -- few -------------------------> |
//!   | <-- next: of the second order --- |    if the last few items do not come apart
//!   | -- want: references ------------> |    both know what to send
//! ```
//!
//! A changed key is two entries, the old one here and the new one there: both are named, and whoever resolves conflicts
//! decides. Where more than some 7 % differ, pages of a snapshot are cheaper, and both sides say so.
//!
//! **This module has no clock, no chance, no sockets.** Bytes go in and come out; the key of an exchange comes from the
//! caller's chance. Whatever a stranger sends, an exchange ends: with a result, or with an error that names the field.
//!
//! Source: Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, SIGCOMM 2024. Why this way, and what an
//! adversary can do: `docs/decisions/0016-reconcile.md`.

mod answerer;
mod asker;
mod decoder;
mod item_id;
mod message;
mod reconcile_error;
mod reconcile_key;
mod reconcile_limits;
mod reconcile_set;
mod root;
mod sip;
mod sketch;
mod symbol;
mod walk;

pub use answerer::{Answered, Answerer};
pub use asker::{Asked, Asker};
pub use message::{Message, Wanted};
pub use reconcile_error::ReconcileError;
pub use reconcile_key::ReconcileKey;
pub use reconcile_limits::ReconcileLimits;
pub use reconcile_set::ReconcileSet;
pub use root::Root;
pub use symbol::Symbol;
