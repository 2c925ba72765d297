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
mod bad_journals;
mod bad_voters;
mod leaders;
mod liars;
mod more_liars;
mod network;
mod plain;
#[path = "../one_shot/scheme.rs"]
mod scheme;
#[path = "../one_shot/seeds.rs"]
mod seeds;
#[path = "../one_shot/world.rs"]
#[allow(dead_code, reason = "here the world is a real swarm; the liars want its words")]
mod world;
mod worlds;
