//! Messages through mailboxes, beside bare channels of the same length that carry the same envelopes.

use std::sync::Arc;

use moai_core::{
    AgentId, Coordinator, CorrelationId, Envelope, LocalCoordinator, Mailbox, Role, Topology, agent_id, message_kind,
    swarm_id,
};
use moai_swarm::SwarmCoordinator;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::name;
use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

/// How many wait in a mailbox before they are taken out.
const BURST: usize = 256;
const BURSTS: usize = 400;

pub(super) fn run(report: &mut Report) {
    let mesh = || Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh)) as Arc<dyn Coordinator>;
    let star = || Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Star)) as Arc<dyn Coordinator>;
    let local = || Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))) as Arc<dyn Coordinator>;
    for (name, bar, many, swarm) in [
        ("one-to-one-single", 0.5, false, mesh()),
        ("one-to-one-single-star", 0.5, false, star()),
        ("one-to-one-single-local", 0.5, false, local()),
        ("one-to-one-many", 0.8, true, mesh()),
        ("one-to-one-many-star", 0.8, true, star()),
        ("one-to-one-many-local", 0.8, true, local()),
    ] {
        if report.wants(name) {
            Contest::new(name, Unit::Time, ours(swarm, many)).peer("tokio-mpsc", bar, bare(many)).run(report);
        }
    }
    for (name, bar, many, swarm) in [
        ("one-to-hundred-single", 0.5, false, mesh()),
        ("one-to-hundred-many", 0.8, true, mesh()),
        ("one-to-hundred-many-star", 0.8, true, star()),
        ("one-to-hundred-many-local", 0.8, true, local()),
    ] {
        if report.wants(name) {
            Contest::new(name, Unit::Time, fan(swarm, many)).peer("tokio-mpsc", bar, bare_fan(many)).run(report);
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

fn hello(from: AgentId) -> Envelope {
    let id = CorrelationId::from_bytes([1; 16]);
    Envelope::new(swarm_id!("swarm-001"), from, message_kind!("greeting"), id, "hello")
}

/// Takes a burst out of a mailbox.
async fn take(mailbox: &mut Box<dyn Mailbox>, many: bool, inbox: &mut Vec<Envelope>, burst: usize) {
    if many {
        let mut taken = 0;
        while taken < burst {
            taken += mailbox.recv_many(inbox, 64).await;
        }
        inbox.clear();
    } else {
        for _ in 0..burst {
            assert!(mailbox.recv().await.is_some());
        }
    }
}

async fn take_bare(channel: &mut mpsc::Receiver<Envelope>, many: bool, inbox: &mut Vec<Envelope>, burst: usize) {
    if many {
        let mut taken = 0;
        while taken < burst {
            taken += channel.recv_many(inbox, 64).await;
        }
        inbox.clear();
    } else {
        for _ in 0..burst {
            assert!(channel.recv().await.is_some());
        }
    }
}

fn ours(swarm: Arc<dyn Coordinator>, many: bool) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (one, mut other) = runtime.block_on(async {
        let one = swarm.join(name(1), Role::Member).await.expect("a member");
        (one, swarm.join(name(2), Role::Member).await.expect("a member"))
    });
    let (to, hello, mut inbox) = (name(2), hello(one.owner().clone()), Vec::new());
    move |gauge| {
        // Who has left sends nothing.
        let _stays = &one;
        gauge.time(BURSTS * BURST, || {
            runtime.block_on(async {
                for _ in 0..BURSTS {
                    for _ in 0..BURST {
                        assert!(swarm.send(&to, hello.clone()).await.is_ok());
                    }
                    take(&mut other, many, &mut inbox, BURST).await;
                }
            });
        });
    }
}

fn bare(many: bool) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (sender, mut receiver) = mpsc::channel(1_024);
    let (hello, mut inbox) = (hello(name(1)), Vec::new());
    move |gauge| {
        gauge.time(BURSTS * BURST, || {
            runtime.block_on(async {
                for _ in 0..BURSTS {
                    for _ in 0..BURST {
                        assert!(sender.send(hello.clone()).await.is_ok());
                    }
                    take_bare(&mut receiver, many, &mut inbox, BURST).await;
                }
            });
        });
    }
}

const HUNDRED: usize = 100;
const FANS: usize = 50;
const EACH: usize = 20;

/// Broadcasts to a hundred, and each takes out what it was given.
fn fan(swarm: Arc<dyn Coordinator>, many: bool) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (service, mut mailboxes) = runtime.block_on(async {
        let service = swarm.join(agent_id!("service"), Role::Service).await.expect("a service");
        let mut mailboxes = Vec::new();
        for number in 0..HUNDRED {
            mailboxes.push(swarm.join(name(number), Role::Member).await.expect("a member"));
        }
        (service, mailboxes)
    });
    let (hello, mut inbox) = (hello(service.owner().clone()), Vec::new());
    move |gauge| {
        let _stays = &service;
        gauge.time(FANS * EACH * HUNDRED, || {
            runtime.block_on(async {
                for _ in 0..FANS {
                    for _ in 0..EACH {
                        let delivered = swarm.broadcast(hello.clone(), &[]).await;
                        assert!(delivered.is_ok_and(|delivered| delivered.ids.len() == HUNDRED));
                    }
                    for mailbox in &mut mailboxes {
                        take(mailbox, many, &mut inbox, EACH).await;
                    }
                }
            });
        });
    }
}

fn bare_fan(many: bool) -> impl FnMut(&mut Gauge) {
    let runtime = runtime();
    let (senders, mut receivers): (Vec<_>, Vec<_>) = (0..HUNDRED).map(|_| mpsc::channel(1_024)).unzip();
    let (hello, mut inbox) = (hello(agent_id!("service")), Vec::new());
    move |gauge| {
        gauge.time(FANS * EACH * HUNDRED, || {
            runtime.block_on(async {
                for _ in 0..FANS {
                    for _ in 0..EACH {
                        for sender in &senders {
                            assert!(sender.send(hello.clone()).await.is_ok());
                        }
                    }
                    for receiver in &mut receivers {
                        take_bare(receiver, many, &mut inbox, EACH).await;
                    }
                }
            });
        });
    }
}
