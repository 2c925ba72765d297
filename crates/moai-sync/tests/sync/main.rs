//! Agents that really answer, and what becomes of what they hold.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

mod cleared;
mod codes;
mod delta;
mod documents;
mod durable;
mod faults;
mod full;
mod lives;
mod model;
mod model_cleared;
mod patterns;
mod sizes;
mod stale;
mod strategies;
mod world;
