//! Nothing is lost, nothing is done twice under one lease, nobody waits for ever.

mod driver;
mod model;
mod policies;
mod waits;

use std::time::Duration;

use moai_core::AgentId;

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
