//! Who reaches whom, over whom, in every shape.

#![allow(clippy::disallowed_methods, reason = "the exam is sat on threads too")]

mod exam;
mod pictures;
mod routes;
mod shapes;

use moai_core::{AgentId, Coordinator, CorrelationId, Envelope, Mailbox, Role, message_kind, swarm_id};
use moai_swarm::SwarmCoordinator;

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

async fn join(swarm: &SwarmCoordinator, numbers: impl IntoIterator<Item = usize>) -> Vec<Box<dyn Mailbox>> {
    let mut mailboxes = Vec::new();
    for number in numbers {
        mailboxes.push(swarm.join(agent(number), Role::Member).await.unwrap());
    }
    mailboxes
}

fn message(from: AgentId, text: &str) -> Envelope {
    let correlation = CorrelationId::from_bytes([1; 16]);
    Envelope::new(swarm_id!("swarm-001"), from, message_kind!("greeting"), correlation, text.to_owned())
}
