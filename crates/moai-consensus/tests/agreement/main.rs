//! Agreements of real agents over a coordinator that loses, delays, cuts off; with journals that fail, voters that misbehave
//! and agents that lie.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

mod agent;
mod network;
mod plain;
#[path = "../one_shot/scheme.rs"]
mod scheme;
#[path = "../one_shot/seeds.rs"]
mod seeds;
