//! Area `swarm`: messages through mailboxes, what a large swarm costs, and how long tasks wait,
//! and how often the living are held to be dead.

mod crowd;
mod messages;
mod suspicions;
mod tasks;

use moai_core::AgentId;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    messages::run(report);
    crowd::run(report);
    tasks::run(report);
    suspicions::run(report);
}

fn name(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number:05}")).expect("a name")
}
