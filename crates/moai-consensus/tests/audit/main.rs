//! Verifying the votes in a journal: what honest managers write holds, and whatever was changed is named.

#![allow(clippy::disallowed_methods, reason = "agents, and whoever asks, are tasks of their own")]

mod bits;
mod forged;
mod honest;
mod managers;
mod scribe;
#[cfg(feature = "signing")]
mod signed;
#[allow(dead_code, reason = "not all of it is needed here")]
#[path = "../manager/swarm.rs"]
mod swarm;
