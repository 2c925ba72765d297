//! What goes wrong in one half of an agent stays there, or is told.

use std::str::from_utf8;
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use moai_consensus::{Answer, Ask, Choice, Electorate, Request, voter_fn};
use moai_core::{
    AgentId, Coordinator, CorrelationId, Envelope, Handled, Limits, Outgoing, Role, Topology, agent_id, algorithm_name,
    message_kind, swarm_id,
};
use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
use moai_swarm::{Agent, AgentError, SwarmCoordinator};

use super::{agent, manager, members, swarm};

fn touchy(request: &Request) -> Answer {
    assert_ne!(request.proposal.content().as_text(), Some("an insult"), "this is too much");
    Choice::For.into()
}

fn poke() -> Envelope {
    let id = CorrelationId::from_bytes([7; 16]);
    Envelope::new(swarm_id!("swarm-001"), agent_id!("asker"), message_kind!("poke"), id, "")
}

#[tokio::test(start_paused = true)]
async fn a_voter_that_panics_gives_no_ballot_and_votes_on() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let _calm = Agent::builder(agent(1)).votes(voter_fn(|_| Choice::For)).join(swarm.clone()).await.unwrap();
    let touchy = Agent::builder(agent(2)).votes(voter_fn(touchy)).join(swarm.clone()).await.unwrap();

    let outcome = manager.request_consensus("an insult", Ask::new()).await.unwrap();
    assert_eq!(outcome.participants, [agent(1)]);
    assert_eq!(outcome.invalid[0].voter, agent(2));
    assert!(outcome.invalid[0].cause.contains("this is too much"), "{:?}", outcome.invalid);

    assert!(touchy.is_running());
    let outcome = manager.request_consensus("a kind word", Ask::new()).await.unwrap();
    assert_eq!(outcome.votes_for, 2);
}

#[tokio::test]
async fn a_handler_that_panics_takes_its_agent_out_and_no_other() {
    let swarm = swarm(Topology::Mesh);
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let bad = |_: &Envelope| -> Handled { panic!("I cannot bear it") };
    let broken = Agent::builder(agent(1)).with_handler(bad).join(swarm.clone()).await.unwrap();
    let other = Agent::builder(agent(2)).join(swarm.clone()).await.unwrap();
    swarm.send(&agent(1), poke()).await.unwrap();
    let error = broken.ended().await.unwrap_err();
    assert_eq!(error, AgentError::Panicked { agent: agent(1), why: "I cannot bear it".into() });
    assert_eq!(members(&swarm).await, [agent(2)]);
    assert!(other.is_running());
}

/// Reports to whoever is asked for, so often.
fn reporter(me: usize, to: AgentId, often: usize) -> impl FnMut(&Envelope) -> Handled + Send {
    move |envelope| {
        if *envelope.kind() != message_kind!("poke") {
            return Handled::NotMine;
        }
        let report = |number: usize| {
            let report = envelope.reply(agent(me), message_kind!("report"), number.to_string());
            Outgoing::new(to.clone(), report)
        };
        Handled::Done((0..often).map(report).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn a_colleague_who_does_not_read_holds_up_what_is_for_others() {
    let limits = Limits { member_mailbox: 4, ..Limits::default() };
    let swarm = Arc::new(SwarmCoordinator::with_limits(swarm_id!("swarm-001"), Topology::Mesh, limits));
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let manager = manager(&swarm).await;
    let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await.unwrap();
    let mut slow = swarm.join(agent(9), Role::Member).await.unwrap();
    let builder = Agent::builder(agent(1)).votes(voter_fn(|_| Choice::For)).beats(Duration::from_secs(1));
    let busy = builder.with_handler(reporter(1, agent(9), 3_000)).join(swarm.clone()).await.unwrap();
    swarm.send(&agent(1), poke()).await.unwrap();
    tokio::task::yield_now().await;

    // Four of three thousand reports are in the slow one's mailbox; the agent votes at once all the same,
    let all = Ask::by(algorithm_name!("unanimous")).among(Electorate::of([agent(1)]).unwrap());
    let began = tokio::time::Instant::now();
    assert!(manager.request_consensus("deploy", all.clone()).await.unwrap().is_approved());
    assert_eq!(began.elapsed(), Duration::ZERO);
    // and is never suspected.
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(manager.request_consensus("deploy", all.clone()).await.unwrap().is_approved());
        assert_eq!(monitor.health_of(&agent(1)).unwrap().health, Health::Healthy);
    }
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    let served = busy.leave().await.unwrap();
    assert_eq!(served.unsent, 3_000 - 4);
    let mut reports = Vec::new();
    assert_eq!(slow.recv_many(&mut reports, 10).await, 4);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_full_mailbox_comes_in_another_order_or_twice() {
    let limits = Limits { member_mailbox: 4, ..Limits::default() };
    let swarm = Arc::new(SwarmCoordinator::with_limits(swarm_id!("swarm-001"), Topology::Mesh, limits));
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let mut slow = swarm.join(agent(9), Role::Member).await.unwrap();
    let busy = Agent::builder(agent(1)).with_handler(reporter(1, agent(9), 500)).join(swarm.clone()).await.unwrap();
    swarm.send(&agent(1), poke()).await.unwrap();
    // It takes one, two, three at a time, and pauses in between.
    let mut reports = Vec::new();
    while reports.len() < 500 {
        let some = 1 + reports.len() % 3;
        slow.recv_many(&mut reports, some).await;
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    let numbers: Vec<usize> =
        reports.iter().map(|report| from_utf8(report.payload()).unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..500).collect::<Vec<_>>());
    let served = busy.leave().await.unwrap();
    assert_eq!((served.sent, served.unsent), (500, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn handlers_that_block_are_told_at_one_time_and_go_when_they_can() {
    let swarm = swarm(Topology::Mesh);
    let _asker = swarm.join(agent_id!("asker"), Role::Service).await.unwrap();
    let (inside, entered) = mpsc::channel::<()>();
    let release = Arc::new(Barrier::new(3));
    let mut stuck = Vec::new();
    for number in 1..=2 {
        let (inside, release) = (inside.clone(), release.clone());
        let blocks = move |_: &Envelope| {
            inside.send(()).unwrap();
            release.wait();
            Handled::NOTHING
        };
        stuck.push(Agent::builder(agent(number)).with_handler(blocks).join(swarm.clone()).await.unwrap());
        swarm.send(&agent(number), poke()).await.unwrap();
    }
    let entered = move || (entered.recv().unwrap(), entered.recv().unwrap());
    tokio::task::spawn_blocking(entered).await.unwrap();
    let began = tokio::time::Instant::now();
    let gone = Agent::leave_all_within(stuck, Duration::ZERO).await;
    // Both were given the same five seconds, and not one five after the other.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let expected = [Err(AgentError::Stuck { agent: agent(1) }), Err(AgentError::Stuck { agent: agent(2) })];
    assert_eq!(gone, expected);
    release.wait();
    while !members(&swarm).await.is_empty() {
        tokio::task::yield_now().await;
    }
}
