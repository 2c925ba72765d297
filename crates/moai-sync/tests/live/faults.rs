//! Messages that are lost, come twice, late, and behind each other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moai_core::{KeyRange, Value, agent_id, value};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, ReplicaHandler, message_kinds};
use proptest::prelude::*;

use crate::rest::only_renewals;
use crate::world::{Agent, Fate, World, agent, holds, key, told};

/// What happens, one after the other.
#[derive(Debug, Clone)]
enum Step {
    Count(usize),
    Add(usize),
    Lead(usize),
    /// A key of an agent's own.
    Note(usize, u8),
    ClearScratch,
    Scratch(usize),
    Pass(u64),
    /// An agent's loop ends, and another one begins with what it held.
    Rejoin(usize),
    /// Another synchronizer begins over the same memory, or over a new one.
    Restart(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..3_usize;
    let step = prop_oneof![
        who.clone().prop_map(Step::Count),
        who.clone().prop_map(Step::Add),
        who.clone().prop_map(Step::Lead),
        (who.clone(), 0..40_u8).prop_map(|(who, which)| Step::Note(who, which)),
        Just(Step::ClearScratch),
        who.clone().prop_map(Step::Scratch),
        who.prop_map(Step::Rejoin),
        prop::bool::weighted(0.3).prop_map(Step::Restart),
        (0..3_000_u64).prop_map(Step::Pass),
        (0..20_u64).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..60)
}

async fn is_settled(world: &World, agents: &[Agent]) -> bool {
    let held = world.held().await;
    agents.iter().all(|agent| holds(&agent.replica) == held)
}

async fn settles(world: &World, agents: &[Agent]) {
    for _ in 0..6_000 {
        if is_settled(world, agents).await {
            return;
        }
        world.pass(100).await;
    }
    let held = world.held().await;
    for agent in agents {
        assert_eq!(holds(&agent.replica), held, "{}", agent.replica.agent());
    }
}

async fn goes_on(seed: u64, rates: [u8; 3], steps: Vec<Step>) {
    let mut world = World::new(ConflictResolver::crdt()).await;
    world.network.by_chance(seed, rates);
    let mut agents = [world.agent(0).await, world.agent(1).await, world.agent(2).await];
    let (mut counts, mut elements, mut notes) = ([0_i64; 3], Vec::new(), BTreeMap::new());
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::Count(who) => {
                counts[who] += 1;
                agents[who].replica.contribute(&key("count"), counts[who]).unwrap();
            }
            Step::Add(who) => {
                elements.push(value!(number as u64));
                agents[who].replica.add(&key("set"), number as u64).unwrap();
            }
            Step::Lead(who) => agents[who].replica.put(&key("leader"), number as u64).unwrap(),
            Step::Note(who, which) => {
                notes.insert(key(&format!("note-{who}-{which}")), value!(number as u64));
                agents[who].replica.put(&key(&format!("note-{who}-{which}")), number as u64).unwrap();
            }
            Step::ClearScratch => drop(world.synchronizer.clear_state(&key("scratch")).await.unwrap()),
            Step::Scratch(who) => agents[who].replica.put(&key("scratch"), number as u64).unwrap(),
            Step::Pass(millis) => world.pass(millis).await,
            Step::Rejoin(who) => {
                let away = agents[who].replica.clone();
                agents[who].leave().await;
                let set = |half: ReplicaHandler| half.follows(KeyRange::ALL).pushes();
                agents[who] = world.agent_with(away, set).await;
            }
            Step::Restart(is_new) => {
                let memory = if is_new { Arc::new(MemoryStore::new().unwrap()) } else { world.memory.clone() };
                world.restart(ConflictResolver::crdt(), memory).await;
            }
        }
    }
    world.network.fate(|_, _| Fate::Arrives);
    settles(&world, &agents).await;
    // And it stays so: also what was late has come by now.
    world.pass(600_000).await;
    settles(&world, &agents).await;
    let held = world.held().await;
    let sum: i64 = counts.iter().sum();
    let made_of = || agents.iter().map(|agent| agent.replica.get(&key("count"))).collect::<Vec<_>>();
    assert_eq!(held.get(&key("count")).cloned(), (sum > 0).then(|| value!(sum)), "{counts:?}, {:#?}", made_of());
    let set = held.get(&key("set")).and_then(Value::as_array).map(|set| set.iter().cloned().collect::<Vec<_>>());
    assert_eq!(set.unwrap_or_default(), elements);
    for (note, value) in notes {
        assert_eq!(held.get(&note), Some(&value), "{note}");
    }
    only_renewals(&world, 10, 0..3).await;
    assert_eq!(world.network.beyond(), 0, "nobody was sent more than it takes");
}

proptest! {
    // A quarter of what the environment asks for, or of the 256 that proptest does by itself.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_network_with_faults_loses_a_write_or_leaves_a_follower_behind(
        seed: u64,
        rates in prop_oneof![Just([0, 0, 0]), Just([30, 0, 0]), Just([0, 40, 0]), Just([0, 0, 60]), Just([20, 20, 30])],
        steps in steps(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(goes_on(seed, rates, steps));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_follower_misses_is_never_asked_for() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, other) = (world.agent(1).await, world.agent(2).await);
    world.pass(1_000).await;
    // The next message to the other is lost, and nothing else.
    let is_lost = Arc::new(AtomicBool::new(false));
    let once = is_lost.clone();
    world.network.fate(move |to, envelope| {
        let hit = *to == agent(2) && *envelope.kind() == message_kinds::FOLLOWED;
        if hit && !once.swap(true, Ordering::SeqCst) { Fate::IsLost } else { Fate::Arrives }
    });
    one.replica.put(&key("lost"), 1).unwrap();
    world.pass(50).await;
    assert!(is_lost.load(Ordering::SeqCst) && other.replica.keys().is_empty());
    // The next one shows the gap, and at once it has both.
    one.replica.put(&key("next"), 2).unwrap();
    world.pass(50).await;
    assert_eq!(other.replica.keys(), [key("lost"), key("next")]);
    // Where no other comes, the synchronizer asks.
    is_lost.store(false, Ordering::SeqCst);
    one.replica.put(&key("last"), 3).unwrap();
    world.pass(50).await;
    assert_eq!(other.replica.value(&key("last")), None);
    world.pass(1_000).await;
    assert_eq!(other.replica.value(&key("last")), Some(value!(3)));
}

#[tokio::test(start_paused = true)]
async fn what_comes_twice_is_taken_twice_or_starts_an_echo() {
    let counted = async |fate: Fate| {
        let world = World::new(ConflictResolver::crdt()).await;
        let agents = [world.agent(1).await, world.agent(2).await];
        world.network.fate(move |_, _| fate);
        for number in 1..=10 {
            agents[0].replica.contribute(&key("count"), number).unwrap();
            world.pass(50).await;
            assert_eq!(agents[1].replica.value(&key("count")), Some(value!(number)));
        }
        let pushes = world.network.sent(&agent_id!("state-synchronizer"), &message_kinds::WRITTEN);
        (world.last().await, told(&world.network, 2), pushes)
    };
    let once = counted(Fate::Arrives).await;
    assert_eq!(counted(Fate::ComesTwice).await, once);
    assert_eq!(once.2, 10);
}

#[tokio::test(start_paused = true)]
async fn a_word_that_came_late_is_taken_for_where_a_follower_stands() {
    use Step::*;
    goes_on(
        13480350883000402257,
        [20, 20, 30],
        vec![
            Add(0),
            Restart(false),
            Restart(false),
            Pass(675),
            Rejoin(1),
            Pass(1949),
            Count(2),
            Pass(2113),
            Restart(false),
            Lead(0),
            Restart(false),
            Restart(true),
            Rejoin(1),
            Restart(true),
            Lead(2),
            Restart(false),
            Count(0),
            Pass(6),
            Restart(false),
            Add(1),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_clearing_that_comes_late_takes_away_what_came_since() {
    use Step::*;
    goes_on(
        1125807269983600919,
        [0, 0, 60],
        vec![
            Lead(1),
            Pass(5),
            Rejoin(0),
            Restart(true),
            Pass(1),
            Scratch(2),
            Scratch(0),
            ClearScratch,
            Pass(1005),
            Rejoin(0),
            Rejoin(2),
            ClearScratch,
            Scratch(0),
        ],
    )
    .await;
}
