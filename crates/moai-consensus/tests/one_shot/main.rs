//! One-shot agreement: worlds that lose, delay, repeat and crash, with agents that lie; and what it costs when all is well.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "times and numbers of small worlds fit everywhere"
)]

mod forms;
mod good;
mod hasty_leader;
mod holding;
mod late_ballot;
mod leaders;
mod liars;
mod more_liars;
#[cfg(moai_planted)]
mod planted;
mod proofs;
mod samples;
mod scheme;
mod seeds;
#[cfg(feature = "signing")]
mod verifier;
mod world;
mod worlds;
