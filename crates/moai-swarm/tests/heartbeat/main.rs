//! Who is suspected, who is given up, and who comes back.

#![allow(clippy::disallowed_methods, reason = "tests drive a runtime")]

mod codes;
mod driver;
mod ending;
mod leases;
mod model;
mod order;
mod states;
mod suspicions;
mod swarm;
mod told;

use std::time::Duration;

use moai_core::AgentId;
use moai_swarm::heartbeat::{Health, HealthEvent, HeartbeatError, HeartbeatOptions, Input, Monitor};

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn monitor() -> Monitor {
    Monitor::new(HeartbeatOptions::default()).unwrap()
}

/// Rounds in time up to a moment, and what they say.
fn run_to(monitor: &mut Monitor, to: Duration) -> Vec<HealthEvent> {
    let mut events = Vec::new();
    while monitor.next() <= to {
        events.extend(monitor.handle(monitor.next(), Input::Tick).unwrap());
    }
    events
}

fn health(monitor: &Monitor, number: usize) -> Health {
    monitor.health().into_iter().find(|one| one.agent == agent(number)).unwrap().health
}

fn is_fenced<T>(result: Result<T, HeartbeatError>) -> bool {
    matches!(result, Err(HeartbeatError::Fenced { .. }))
}
