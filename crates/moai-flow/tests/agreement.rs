//! Agreement without a coordinator, in swarms of every shape.

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::one_shot::{Agreements, Setting};
use moai_flow::consensus::{
    Choice, Decision, Draft, Ed25519, Elector, Electorate, Ratio, Rule, Signer, SigningKey, Threshold, voter_fn,
};
use moai_flow::store::MemoryJournal;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{AgentId, FixedClock, Limits, Timestamp, Topology, agent_id, swarm_id, value};

#[tokio::test(start_paused = true)]
async fn a_shape_keeps_agents_from_agreeing() {
    let shapes = [Topology::Mesh, Topology::Star, Topology::Ring, Topology::Hierarchical, Topology::Adaptive];
    for (shape, members) in shapes.into_iter().flat_map(|shape| [(shape, 4), (shape, 10)]) {
        let keys: Vec<Arc<SigningKey>> = (0..members).map(|n| Arc::new(SigningKey::from_bytes([n; 32]))).collect();
        let id = |place: usize| AgentId::new(format!("agent-{place:02}")).unwrap();
        let electors = keys.iter().enumerate().map(|(place, key)| Elector::new(id(place)).with_key(key.key()));
        let (electorate, rule) = (Electorate::new(electors).unwrap(), Threshold::more_than(Ratio::HALF).unwrap());
        let draft = Draft::from(value!("deploy"));
        let proposal = draft.identify(agent_id!("lead"), [0; 16], &Limits::default()).unwrap();
        let deadline = Timestamp::from_unix_micros(30_000_000).unwrap();
        let (faults, delta) = (u64::from(members - 1) / 3, Duration::from_millis(200));
        let setting = Setting::new(&proposal, electorate, rule.shared(), faults, deadline, delta).unwrap();
        let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), shape));
        let (mut agents, mut agreements) = (Vec::new(), Vec::new());
        for (place, key) in keys.into_iter().enumerate() {
            let journal = Arc::new(MemoryJournal::new());
            let half = Agreements::new(swarm_id!("swarm-001"), id(place), key, Arc::new(Ed25519), journal);
            let half = half.await.unwrap().with_clock(Arc::new(FixedClock(Timestamp::UNIX_EPOCH)));
            agents.push(Agent::builder(id(place)).with_handler(half.clone()).join(swarm.clone()).await.unwrap());
            agreements.push(half.agree(&proposal, setting.clone(), voter_fn(|_| Choice::For)).await.unwrap());
        }
        for agreement in &agreements {
            let agreed = agreement.outcome().await.unwrap();
            assert_eq!(agreed.record.verdict(), Decision::Approved, "{shape:?}");
            assert_eq!(agreed.verify(&setting, &Ed25519), Ok(()));
        }
        let served = Agent::leave_all(agents).await.unwrap();
        assert!(served.iter().all(|served| served.unclaimed == 0 && served.unready == 0), "{shape:?}: {served:?}");
    }
}
