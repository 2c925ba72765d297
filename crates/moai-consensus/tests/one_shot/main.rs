//! One-shot agreement: what it costs when all is well, what proves what, and what once went wrong. The worlds that lose, delay,
//! repeat, crash and lie are those of moai-sim.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "times and numbers of small worlds fit everywhere"
)]

mod forms;
mod good;
mod hard_rule;
mod hasty_leader;
mod holding;
mod late_ballot;
mod more_liars;
mod proofs;
mod samples;
mod scheme;
mod seeds;
#[cfg(feature = "signing")]
mod verifier;
mod world;
