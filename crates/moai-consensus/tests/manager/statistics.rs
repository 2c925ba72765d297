//! What is counted.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, Choice, ConsensusManager, ManagerOptions, RuleAlgorithm, Unanimous};
use moai_core::{algorithm_name, value};

use crate::swarm::{Moving, Swarm, id};

#[tokio::test(start_paused = true)]
async fn statistics_count_by_registered_name() {
    let swarm = Swarm::new().await;
    for (name, choice) in [("a", Choice::For), ("b", Choice::For), ("c", Choice::Against)] {
        swarm.agent(name, choice).await;
    }
    swarm.manager.register_algorithm(algorithm_name!("all"), RuleAlgorithm::new(Unanimous)).unwrap();
    swarm.manager.request_consensus(value!({"proposal_id": "deploy-1"}), Ask::new()).await.unwrap();
    swarm.manager.request_consensus(value!({"proposal_id": "scale-1"}), Ask::new()).await.unwrap();
    swarm
        .manager
        .request_consensus(value!({"proposal_id": "rollback-1"}), Ask::by(algorithm_name!("all")))
        .await
        .unwrap();
    let statistics = swarm.manager.get_algorithm_stats();
    let json = serde_json::to_value(&statistics).unwrap();
    assert_eq!(json["total_proposals"], 3);
    assert_eq!((&json["approved"], &json["rejected"], &json["timeouts"]), (&2.into(), &1.into(), &0.into()));
    assert_eq!(format!("{:.0}%", json["approval_rate"].as_f64().unwrap() * 100.0), "67%");
    assert_eq!(json["by_algorithm"]["quorum"]["proposals"], 2);
    assert_eq!(json["by_algorithm"]["all"]["rejected"], 1);
}

#[tokio::test(start_paused = true)]
async fn statistics_go_on_in_the_next_life_hour_by_hour() {
    let memory = Arc::new(moai_store::MemoryStore::new().unwrap());
    let clock = Moving::clock();
    let options = || ManagerOptions::default().with_memory(memory.clone()).with_clock(clock.clone());
    let swarm = Swarm::with(options()).await;
    swarm.agent("a", Choice::For).await;
    swarm.agent("b", Choice::Against).await;
    let asked = value!({"action": "deploy"});
    swarm.manager.request_consensus(asked.clone(), Ask::new()).await.unwrap();
    tokio::time::advance(Duration::from_secs(3_600)).await;
    swarm.manager.request_consensus(asked.clone(), Ask::new()).await.unwrap();
    let before = swarm.manager.get_algorithm_stats();
    swarm.manager.shutdown().await;

    let manager = ConsensusManager::with(swarm.coordinator.clone(), options()).await.unwrap();
    assert_eq!(manager.get_algorithm_stats(), before);
    assert_eq!(before.over_time.len(), 2);
    manager.request_consensus(asked, Ask::new()).await.unwrap();
    let after = manager.get_algorithm_stats();
    assert_eq!((after.all.proposals, after.by_agent[&id("a")].voted), (3, 3));
    assert_eq!(after.by_agent[&id("a")].dissented, 3, "half is not a majority");
    let hours: u64 = after.over_time.iter().map(|hour| hour.by_agent[&id("b")].voted).sum();
    assert_eq!(hours, 3);
}
