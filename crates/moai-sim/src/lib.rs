//! Seeded worlds that lie, lose, delay, cut and crash.
//!
//! One number makes a world: who is in it, who lies, what the network and the disks do, and when. The same number makes
//! the same world again, to the last message.
//!
//! | what | types |
//! | --- | --- |
//! | a kind of world: planned by a seed, run, and made smaller when it fails | [`Scenario`], [`Ended`], [`Violation`] |
//! | many worlds, one after another | [`Campaign`], [`Report`] |
//! | what must hold, one a file | [`invariant`] |
//! | the whole stack behind its public drivers, in virtual time | [`stack`] |
//! | chance, what happened, and the history of a world as one number | [`Seeds`], [`Seen`], [`History`] |

#![forbid(unsafe_code)]

mod campaign;
mod history;
pub mod invariant;
mod report;
mod scenario;
mod seeds;
mod seen;
pub mod stack;

pub use campaign::Campaign;
pub use history::History;
pub use report::{Failure, Report};
pub use scenario::{Ended, Scenario, Violation};
pub use seeds::Seeds;
pub use seen::Seen;
