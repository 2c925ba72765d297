//! Voting: rules that decide exactly, ballots, tallies, algorithms.
//!
//! **What decides here is plain Rust: no async, no clock, no chance, no I/O.** Time and ballots go in, what to do comes out.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod choice;
mod elector;
mod electorate;
mod final_tally;
mod ratio;
mod rule;
mod tally;

pub use choice::Choice;
pub use elector::{Elector, Group, VoterKey};
pub use electorate::{Class, Electorate};
pub use final_tally::{ClassTally, FinalTally};
pub use ratio::Ratio;
pub use rule::{
    All, Any, Base, Determined, Diversity, Extremes, Measure, Not, Parts, Rule, SharedRule, Status, Threshold, Turnout,
    Unanimous, Veto, Why, determine,
};
pub use tally::{Count, Standing, Tally};

/// The documents' name for a [`Choice`].
pub type VoteType = Choice;
