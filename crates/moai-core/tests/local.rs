//! The local coordinator beyond the exam: threads, numbers, and what is left behind.

#![allow(clippy::disallowed_methods, reason = "the tests are about threads")]

use std::collections::BTreeMap;

use moai_core::{
    AgentId, Coordinator, CoordinatorError, CorrelationId, Envelope, Limits, LocalCoordinator, Role, agent_id,
    message_kind, swarm_id,
};
use pollster::block_on;

fn message(swarm: &LocalCoordinator, from: &AgentId, payload: impl Into<Vec<u8>>) -> Envelope {
    let (kind, asked) = (message_kind!("note"), CorrelationId::from_bytes([0; 16]));
    Envelope::new(swarm.swarm_id().clone(), from.clone(), kind, asked, payload.into())
}

fn name(i: usize) -> AgentId {
    AgentId::new(format!("agent-{i:05}")).unwrap()
}

#[test]
fn a_receiver_on_another_thread_sleeps_through_a_message() {
    const EACH: u64 = 20_000;
    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    let mut inbox = block_on(swarm.join(agent_id!("inbox"), Role::Service)).unwrap();
    let received = std::thread::scope(|threads| {
        for i in 0..2 {
            let swarm = swarm.clone();
            threads.spawn(move || {
                let me = name(i);
                let _mailbox = block_on(swarm.join(me.clone(), Role::Member)).unwrap();
                for n in 0..EACH {
                    // A full mailbox is an answer: the sender tries again until there is room.
                    while let Err(error) =
                        block_on(swarm.send(&agent_id!("inbox"), message(&swarm, &me, n.to_be_bytes())))
                    {
                        assert!(matches!(error, CoordinatorError::MailboxFull { .. }), "{error}");
                        std::thread::yield_now();
                    }
                }
            });
        }
        let mut received: BTreeMap<AgentId, Vec<u64>> = BTreeMap::new();
        for _ in 0..2 * EACH {
            let envelope = block_on(inbox.recv()).unwrap();
            let n = u64::from_be_bytes(envelope.payload()[..].try_into().unwrap());
            received.entry(envelope.sender().clone()).or_default().push(n);
        }
        received
    });
    assert_eq!(received.len(), 2);
    for (from, numbers) in received {
        assert!(numbers.into_iter().eq(0..EACH), "{from}: lost, doubled or out of order");
    }
}

#[test]
fn ten_thousand_agents_are_too_many() {
    const AGENTS: usize = 10_000;
    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    block_on(async {
        let asker = agent_id!("asker");
        let mut inbox = swarm.join(asker.clone(), Role::Service).await.unwrap();
        let mut agents = Vec::with_capacity(AGENTS);
        for i in 0..AGENTS {
            agents.push(swarm.join(name(i), Role::Member).await.unwrap());
        }
        for round in 0..3_u8 {
            let delivered = swarm.broadcast(message(&swarm, &asker, [round]), &[]).await.unwrap();
            assert_eq!((delivered.ids.len(), delivered.refused.len()), (AGENTS, 0));
            for agent in &mut agents {
                let question = agent.recv().await.unwrap();
                let answer = question.reply(agent.owner().clone(), message_kind!("answer"), vec![round]);
                swarm.send(&asker, answer).await.unwrap();
            }
            let mut answers = Vec::new();
            while answers.len() < AGENTS {
                assert!(inbox.recv_many(&mut answers, 1_000).await > 0);
            }
            assert!(answers.iter().all(|answer| answer.payload()[..] == [round]));
        }
        drop(agents);
        assert!(swarm.view().await.unwrap().members.is_empty());
    });
}

#[test]
fn a_slow_member_delays_the_others() {
    let limits = Limits { member_mailbox: 2, ..Limits::default() };
    let swarm = LocalCoordinator::with_limits(swarm_id!("swarm-001"), limits);
    block_on(async {
        let asker = agent_id!("asker");
        let _inbox = swarm.join(asker.clone(), Role::Service).await.unwrap();
        let _slow = swarm.join(agent_id!("slow"), Role::Member).await.unwrap();
        let mut quick = swarm.join(agent_id!("quick"), Role::Member).await.unwrap();
        for n in 0..1_000_u16 {
            let delivered = swarm.broadcast(message(&swarm, &asker, n.to_be_bytes()), &[]).await.unwrap();
            assert_eq!(quick.recv().await.unwrap().payload()[..], n.to_be_bytes());
            if n >= 2 {
                let full = CoordinatorError::MailboxFull { id: agent_id!("slow"), capacity: 2 };
                assert_eq!(delivered.refused, [(agent_id!("slow"), full)]);
            }
        }
    });
}

#[test]
fn a_closed_swarm_stays_in_memory() {
    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    let payload = bytes::Bytes::from(vec![1; 10]);
    block_on(async {
        let me = agent_id!("agent-1");
        let mailbox = swarm.join(me.clone(), Role::Member).await.unwrap();
        let (kind, asked) = (message_kind!("note"), CorrelationId::from_bytes([0; 16]));
        let note = Envelope::new(swarm.swarm_id().clone(), me.clone(), kind, asked, payload.clone());
        swarm.send(&me, note).await.unwrap();
        assert!(!payload.is_unique(), "the message waits in the mailbox");
        drop(mailbox);
    });
    drop(swarm);
    assert!(payload.is_unique(), "a dropped mailbox keeps its messages");
}

#[test]
fn a_swarm_without_a_handle_keeps_its_receivers_waiting() {
    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    let me = agent_id!("agent-1");
    let mut mailbox = block_on(swarm.join(me.clone(), Role::Member)).unwrap();
    block_on(swarm.send(&me, message(&swarm, &me, "last words"))).unwrap();
    std::thread::scope(|threads| {
        let received = threads.spawn(|| {
            block_on(async {
                let mut all = Vec::new();
                while let Some(envelope) = mailbox.recv().await {
                    all.push(envelope.payload().clone());
                }
                all
            })
        });
        drop(swarm);
        assert_eq!(received.join().unwrap(), ["last words"]);
    });
}

/// A waker that does something when it is cloned, woken or dropped: what an executor's task may do.
struct Lively(std::sync::Arc<dyn Fn() + Send + Sync>);

impl std::task::Wake for Lively {
    fn wake(self: std::sync::Arc<Self>) {
        (self.0)();
    }
}

impl Drop for Lively {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_waker_that_sends_hangs_its_own_mailbox() {
    use std::sync::Arc;
    use std::task::{Context, Waker};

    let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
    let me = agent_id!("agent-1");
    let mut mailbox = block_on(swarm.join(me.clone(), Role::Member)).unwrap();
    let sends: Arc<dyn Fn() + Send + Sync> = {
        let (swarm, me) = (swarm.clone(), me.clone());
        Arc::new(move || {
            block_on(swarm.set_state(&me, moai_core::AgentState::Busy)).unwrap();
            block_on(swarm.send(&me, message(&swarm, &me, "from a waker"))).unwrap();
            block_on(swarm.view()).unwrap();
        })
    };
    // The second poll drops the first waker, the message wakes the second: both send to the mailbox that is polled.
    for _ in 0..2 {
        let waker = Waker::from(Arc::new(Lively(Arc::clone(&sends))));
        let _pending = mailbox.recv().as_mut().poll(&mut Context::from_waker(&waker));
    }
    block_on(swarm.send(&me, message(&swarm, &me, "from outside"))).unwrap();
    let mut received = Vec::new();
    let count = block_on(mailbox.recv_many(&mut received, 100));
    assert!(count >= 2, "{count}: the wakers sent too");
    assert!(received.iter().any(|envelope| envelope.payload() == "from outside"));
}
