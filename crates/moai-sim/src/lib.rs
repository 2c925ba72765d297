//! Seeded worlds that lie, lose, delay, cut and crash.
//!
//! One number makes a world: who is in it, who lies, what the network and the disks do, and when. The same number makes
//! the same world again, to the last message.
//!
//! | what | types |
//! | --- | --- |
//! | a kind of world: planned by a seed, run, and made smaller when it fails | [`Scenario`], [`Ended`], [`Violation`] |
//! | many worlds, one after another | [`Campaign`], [`Report`] |
//! | state machines under a bad network, disks that fail, wrong clocks | [`world`] |
//! | who lies, one way of lying a file | [`adversary`] |
//! | what must hold, one a file | [`invariant`] |
//! | one-shot agreement under all of it | [`one_shot`] |
//! | data that merges under all of it | [`replicas`] |
//! | votes under all of it | [`votes`] |
//! | ballots that go round until everybody can count | [`rumours`] |
//! | the whole stack behind its public drivers, in virtual time | [`stack`] |
//! | every kind of world that the program runs, by its name | [`lanes`] |
//! | chance, what happened, and the history of a world as one number | [`Seeds`], [`Seen`], [`History`] |
//!
//! Of the kinds of worlds that come along, the [`Scenario`]s are shown, and what is of use in other worlds. Their plans, and who
//! acts in them, can be reached and are hidden: they are as our own algorithms need them today, and any version may change them.
//!
//! The feature `signing`, which is on unless it is switched off, runs one kind of world with Ed25519.
//!
//! ```
//! use moai_sim::Campaign;
//! use moai_sim::one_shot::OneShot;
//!
//! let report = Campaign::new(&OneShot::new()).seeds(0..50).run();
//! assert!(report.failures.is_empty(), "{report}");
//! assert!(report.seen.faults() > 1_000);
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod adversary;
mod campaign;
mod history;
pub mod invariant;
pub mod lanes;
pub mod one_shot;
#[doc(hidden)]
pub mod planted;
pub mod replicas;
mod report;
pub mod rumours;
mod scenario;
mod seeds;
mod seen;
pub mod stack;
pub mod votes;
pub mod world;

pub use campaign::Campaign;
pub use history::History;
pub use report::{Failure, Report};
pub use scenario::{Ended, Scenario, Violation};
pub use seeds::Seeds;
pub use seen::Seen;
