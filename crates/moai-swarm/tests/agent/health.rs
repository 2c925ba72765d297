//! Whoever has failed is not asked the next time, and stands in what is open.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, voter_fn};
use moai_core::{AgentState, Coordinator, StateKey, Topology, algorithm_name, value};
use moai_store::MemoryStore;
use moai_swarm::Agent;
use moai_swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
use moai_sync::{ConflictResolver, Replica, StateSynchronizer};

use super::{agent, manager, swarm};

#[tokio::test(start_paused = true)]
async fn a_failed_agent_leaves_the_next_electorate_and_never_the_open_one() {
    let swarm = swarm(Topology::Mesh);
    let key = StateKey::new("leader").unwrap();
    let memory = Arc::new(MemoryStore::new().unwrap());
    let synchronizer = StateSynchronizer::new(swarm.clone(), memory, ConflictResolver::lww()).await.unwrap();
    let manager = manager(&swarm).await;
    let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await.unwrap();
    let mut events = monitor.events();

    let mut agents = Vec::new();
    for number in 1..=3 {
        let replica = Replica::new(agent(number));
        replica.put(&key, "agent-1").unwrap();
        let builder = Agent::builder(agent(number)).votes(voter_fn(|_| Choice::For)).shares(replica);
        agents.push(builder.beats(Duration::from_secs(1)).join(swarm.clone()).await.unwrap());
    }
    // It joins, and neither beats, nor votes, nor answers.
    let silent = Agent::builder(agent(4)).join(swarm.clone()).await.unwrap();

    let all = || Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(120));
    let mut open = manager.open("asked of four", all()).await.unwrap();
    let failed = loop {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!(event.agent, agent(4), "only the silent one is suspected");
        if event.to == Health::Failed {
            break event;
        }
    };
    assert!(failed.elapsed > Duration::from_secs(30));
    while swarm.view().await.unwrap().members[3].state != AgentState::Failed {
        tokio::task::yield_now().await;
    }

    // The next vote and the next round do without it, and wait for nobody.
    let began = tokio::time::Instant::now();
    let next = manager.request_consensus("asked of three", all()).await.unwrap();
    assert_eq!((next.is_approved(), next.electorate.len(), next.votes_for), (true, 3, 3));
    let report = synchronizer.synchronize_state(&key).await.unwrap();
    assert_eq!((report.responded.len(), report.missing.len()), (3, 0));
    assert_eq!(report.state.unwrap().value, value!("agent-1"));
    assert_eq!(began.elapsed(), Duration::ZERO);

    // The open one still has four voters, and one of them has not answered.
    let outcome = open.outcome().await.unwrap();
    assert_eq!((outcome.electorate.len(), outcome.votes_for, outcome.is_approved()), (4, 3, false));
    assert_eq!(outcome.silent, [agent(4)]);

    // It beats once, and is asked again.
    monitor.beat(&agent(4)).unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().to, Health::Healthy);
    while swarm.view().await.unwrap().members[3].state == AgentState::Failed {
        tokio::task::yield_now().await;
    }
    let again = manager.request_consensus("asked of four again", Ask::new()).await.unwrap();
    assert_eq!((again.electorate.len(), again.is_approved()), (4, true));
    silent.leave().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_thinks_for_minutes_beats_all_the_while() {
    let swarm = swarm(Topology::Mesh);
    let manager = manager(&swarm).await;
    let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await.unwrap();
    let mut events = monitor.events();
    let thinks = super::Patient::new();
    let builder = Agent::builder(agent(1)).votes(thinks.clone()).beats(Duration::from_secs(1));
    let _thinker = builder.join(swarm.clone()).await.unwrap();
    let ask = Ask::new().within(Duration::from_secs(280));
    let mut open = manager.open("a hard question", ask).await.unwrap();
    thinks.asked().await;
    assert!(tokio::time::timeout(Duration::from_secs(240), events.next()).await.is_err(), "it was suspected");
    thinks.let_answer();
    assert!(open.outcome().await.unwrap().is_approved());
}
