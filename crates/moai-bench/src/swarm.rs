//! Area `swarm`: messages through mailboxes, what a large swarm costs, and how long tasks wait.

mod crowd;
mod messages;
mod tasks;

use moai_core::AgentId;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    messages::run(report);
    crowd::run(report);
    tasks::run(report);
}

fn name(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number:05}")).expect("a name")
}
