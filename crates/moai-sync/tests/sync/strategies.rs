//! Replicas keep what values are made of, whatever strategy the swarm goes by.

use moai_core::{AgentId, Coordinator, Role, StateKey, Timestamp, Version, agent_id, value};
use moai_crdt::Contributions;
use moai_sync::{
    AgentClock, Answer, ConflictResolver, Crdt, Hearsay, Mergeable, Metadata, Replica, ResolveError, Resolved,
    StateResponse, StateSynchronizer, StateVersion, Strategy, SyncOptions, SyncReport, Way, message_kinds,
};

use crate::world::{Agent, World, agent, key};

/// The smallest value.
struct Smallest;

impl Strategy for Smallest {
    fn resolve(&self, key: &StateKey, versions: &[StateVersion]) -> Result<Resolved, ResolveError> {
        let smallest = versions.iter().min_by_key(|state| (state.value.clone(), state.timestamp, &state.agent_id));
        let smallest = smallest.ok_or_else(|| ResolveError::Empty { state_key: key.clone() })?;
        Ok(Resolved::new(smallest.clone(), Way::Own("smallest")))
    }
}

async fn rounds(world: &World, under: &StateKey, agents: &[&Agent]) -> SyncReport {
    for _ in 0..2 {
        world.synchronizer.synchronize_state(under).await.unwrap();
        world.settle().await;
    }
    let updates: Vec<usize> = agents.iter().map(|agent| agent.updates()).collect();
    let report = world.synchronizer.synchronize_state(under).await.unwrap();
    world.settle().await;
    let again: Vec<usize> = agents.iter().map(|agent| agent.updates()).collect();
    assert_eq!((report.changed, again), (false, updates), "nothing is new, and everybody is told all the same");
    for agent in agents {
        assert_eq!(agent.replica.value(under), report.state.as_ref().map(|state| state.value.clone()));
    }
    report
}

#[tokio::test(start_paused = true)]
async fn agents_whose_values_merge_are_told_for_ever_where_the_swarm_does_not_merge() {
    let count = key("count");
    for (resolver, held) in [
        (ConflictResolver::lww(), 38),
        (ConflictResolver::vector(), 38),
        (ConflictResolver::new(Smallest), 38),
        (ConflictResolver::crdt(), 80),
    ] {
        let world = World::new(resolver).await;
        let (one, other) = (world.agent(1).await, world.agent(2).await);
        one.replica.contribute(&count, 42).unwrap();
        other.replica.contribute(&count, 38).unwrap();
        let report = rounds(&world, &count, &[&one, &other]).await;
        assert_eq!(report.state.unwrap().value, value!(held));
    }
}

#[tokio::test(start_paused = true)]
async fn an_own_strategy_is_overruled_by_what_was_written_last() {
    let world = World::new(ConflictResolver::new(Smallest)).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    one.replica.put(&key("price"), 3).unwrap();
    other.replica.put(&key("price"), 5).unwrap();
    let report = rounds(&world, &key("price"), &[&one, &other]).await;
    assert_eq!(report.state.unwrap().value, value!(3));
    other.replica.put(&key("price"), 4).unwrap();
    let report = rounds(&world, &key("price"), &[&one, &other]).await;
    assert_eq!(report.state.unwrap().value, value!(3));
}

#[tokio::test(start_paused = true)]
async fn what_lost_against_the_stored_state_loses_its_history_as_well() {
    let world = World::new(ConflictResolver::vector()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    // Written before what is stored, and nobody has heard of it.
    other.replica.put(&key("leader"), "older").unwrap();
    world.swarm.leave(&agent(2)).await.unwrap();
    one.replica.put(&key("leader"), "newer").unwrap();
    world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    world.settle().await;
    let other = world.agent_with(other.replica).await;
    let report = world.synchronizer.synchronize_state(&key("leader")).await.unwrap();
    assert_eq!((report.way, report.siblings.len()), (Some(Way::VectorConcurrentLww), 1));
    world.settle().await;
    let report = rounds(&world, &key("leader"), &[&one, &other]).await;
    let seen = report.state.unwrap();
    let seen = seen.metadata.vector_clock().unwrap();
    assert_eq!((seen.get(&agent(1)), seen.get(&agent(2))), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_taken_for_counters_are_no_conflict() {
    let inferring = ConflictResolver::new(Crdt::inferring());
    let by = |number| StateVersion::new(key("n"), value!(42), Version::ZERO, Timestamp::UNIX_EPOCH, agent(number));
    assert_eq!(inferring.detect_conflicts(&[by(1), by(2)]), [key("n")]);
    assert!(inferring.detect_conflicts(&[by(1), by(1)]).is_empty());
    assert!(ConflictResolver::crdt().detect_conflicts(&[by(1), by(2)]).is_empty());
    // An agent whose text does not add up is set aside, and holds up nobody.
    let world = World::new(inferring).await;
    let agents = [world.agent(1).await, world.agent(2).await, world.agent(3).await];
    for (agent, value) in agents.iter().zip([value!(42), value!(42), value!("many")]) {
        agent.replica.put(&key("n"), value).unwrap();
    }
    let report = world.synchronizer.synchronize_state(&key("n")).await.unwrap();
    assert_eq!((report.state.unwrap().value, report.refused.len()), (value!(84), 1));
    assert_eq!((report.responded, &report.refused[0].agent_id), (vec![agent(1), agent(2)], &agent(3)));
}

/// A swarm in which agent 2 holds what it says here, and what comes of it.
async fn told_by_a_liar(hearsay: Hearsay, lie: impl Fn(&StateVersion) -> StateVersion) -> SyncReport {
    let world =
        World::new(ConflictResolver::new(moai_sync::ByPrefix::new(Crdt::new()).with("leader", moai_sync::Vector)))
            .await;
    let options = SyncOptions::default()
        .with_id(agent_id!("first"))
        .with_hearsay(hearsay)
        .with_clock(world.clock.clone())
        .with_timeout(std::time::Duration::from_secs(1));
    let resolver = ConflictResolver::new(moai_sync::ByPrefix::new(Crdt::new()).with("leader", moai_sync::Vector));
    let synchronizer =
        StateSynchronizer::with(world.swarm.clone(), world.memory.clone(), resolver, options).await.unwrap();
    let victim = world.agent(1).await;
    let mut liar = world.swarm.join(agent(2), Role::Member).await.unwrap();
    for name in ["count", "config", "leader"] {
        match name {
            "count" => victim.replica.contribute(&key(name), 42).unwrap(),
            "config" => victim.replica.set_field(&key(name), "timeout", 30).unwrap(),
            _ => victim.replica.put(&key(name), "victim").unwrap(),
        }
    }
    let about = lie(&victim.replica.get(&key("leader")).unwrap()).state_key;
    // What the swarm holds before the lie.
    world.synchronizer.synchronize_within(&about, std::time::Duration::from_secs(1)).await.unwrap();
    let held = world.synchronizer.get_state(&about).await.unwrap().unwrap();
    let lies = async {
        loop {
            let asked = liar.recv().await.unwrap();
            if *asked.kind() == message_kinds::REQUEST && *asked.sender() == agent_id!("first") {
                let answer = StateResponse::new(vec![Answer::holds(lie(&held))]).to_bytes();
                let answer = asked.reply(agent(2), message_kinds::RESPONSE, answer);
                world.swarm.send(&agent_id!("first"), answer).await.unwrap();
                return;
            }
        }
    };
    let (report, ()) = tokio::join!(synchronizer.synchronize_state(&about), lies);
    report.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_agent_speaks_for_another() {
    let contributes = |who: AgentId, number| {
        move |held: &StateVersion| {
            let mut counter = Contributions::new();
            if let Some(Mergeable::Counter(stored)) = held.metadata.mergeable() {
                counter = stored.clone();
            }
            let _part = counter.set(who.clone(), Version::new(9).unwrap(), 9, number);
            let value = Mergeable::Counter(counter.clone()).to_value().unwrap();
            StateVersion::new(key("count"), value, Version::ZERO, Timestamp::UNIX_EPOCH, agent(2))
                .with_metadata(Metadata::new().with_mergeable(Mergeable::Counter(counter)))
        }
    };
    let writes = |who: AgentId| {
        move |_: &StateVersion| {
            let own = Replica::new(who.clone())
                .with_clock(std::sync::Arc::new(moai_core::FixedClock(Timestamp::from_unix_micros(10_000).unwrap())));
            own.set_field(&key("config"), "timeout", 1).unwrap();
            let mut state = own.get(&key("config")).unwrap();
            state.agent_id = agent(2);
            let mergeable = state.metadata.mergeable().cloned().unwrap();
            state.metadata = Metadata::new().with_mergeable(mergeable);
            state
        }
    };
    let puts = |who: AgentId, seen: AgentId| {
        move |_: &StateVersion| {
            let time = Timestamp::from_unix_micros(10_000).unwrap();
            StateVersion::new(key("leader"), value!("lie"), Version::ZERO, time, who.clone())
                .with_metadata(Metadata::new().with_vector_clock(AgentClock::from_iter([(seen.clone(), 7)])))
        }
    };
    let (me, victim) = (agent(2), agent(1));
    for hearsay in [Hearsay::Counts, Hearsay::Refused] {
        let believed = |report: SyncReport, about: &str| {
            let refused: Vec<_> = report.refused.iter().map(|refused| refused.agent_id.clone()).collect();
            let is_refused = refused == [agent(2)] && report.refused[0].why.contains("says more of agent-1");
            assert_eq!(is_refused, hearsay == Hearsay::Refused, "{about}: {:?}", report.refused);
            assert_eq!(report.changed, !is_refused, "{about}");
        };
        believed(told_by_a_liar(hearsay, contributes(victim.clone(), 1_000)).await, "a contribution");
        believed(told_by_a_liar(hearsay, writes(victim.clone())).await, "a field");
        believed(told_by_a_liar(hearsay, puts(victim.clone(), me.clone())).await, "a register");
        believed(told_by_a_liar(hearsay, puts(me.clone(), victim.clone())).await, "what another has seen");
    }
    // What it says of itself counts, with what the swarm holds of others beside it.
    for report in [
        told_by_a_liar(Hearsay::Refused, contributes(me.clone(), 38)).await,
        told_by_a_liar(Hearsay::Refused, writes(me.clone())).await,
        told_by_a_liar(Hearsay::Refused, puts(me.clone(), me.clone())).await,
    ] {
        assert!(report.changed && report.refused.is_empty(), "{report:?}");
    }
    // Nobody has made so many changes: nobody could count on.
    let for_ever = |_: &StateVersion| {
        let clock = AgentClock::from_iter([(agent(2), u64::MAX)]);
        StateVersion::new(key("leader"), value!("lie"), Version::ZERO, Timestamp::UNIX_EPOCH, agent(2))
            .with_metadata(Metadata::new().with_vector_clock(clock))
    };
    let report = told_by_a_liar(Hearsay::Counts, for_ever).await;
    assert!(report.refused[0].why.contains("changes of agent-2"), "{report:?}");
}
