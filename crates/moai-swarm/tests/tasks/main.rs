//! Nothing is lost, nothing is done twice under one lease, nobody waits for ever.

#![allow(clippy::disallowed_methods, reason = "tests drive a runtime")]

mod drained;
mod driver;
mod dropped;
mod failing;
mod hand;
mod leases;
mod model;
mod policies;
mod recovery;
mod restart;
mod values;
mod waits;
mod wakes;

use std::time::Duration;

use moai_core::AgentId;

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
