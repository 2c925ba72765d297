//! The network is cut, and heals.

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Ask, Choice, ConsensusManager, Decision, Electorate, Outcome};
use moai_flow::sim::stack::{Chaos, Cut, Ground, Life, SimNetwork};
use moai_flow::store::{MemoryJournal, MemoryStore};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::sync::{ConflictResolver, Replica, ReplicaHandler, StateSynchronizer, SyncOptions};
use moai_flow::{
    AgentId, Coordinator, InvalidInput, Journal, StateKey, Topology, agent_id, swarm_id, value, verify_journal,
};

use super::super::fact::Fact;
use super::super::stage::{Stage, Upset};
use super::super::troupe::{Line, Troupe, drawn};
use super::super::witnessed::Witnessed;

/// Three are on one side, two on the other.
const LARGE: [Line; 3] = [
    Line::new("planner", Choice::For, "we can go on with three"),
    Line::new("coder", Choice::For, "three are enough"),
    Line::new("tester", Choice::For, "I see three of five"),
];
const SMALL: [Line; 2] =
    [Line::new("critic", Choice::For, "where are the others?"), Line::new("scribe", Choice::For, "I hear nobody")];

/// When the network is cut, and when it heals, in milliseconds.
const FROM: u64 = 1_000;
const UNTIL: u64 = 60_000;

/// One side: who asks and counts there.
struct Side {
    name: &'static str,
    manager: ConsensusManager,
    synchronizer: StateSynchronizer,
}

impl Side {
    /// What is counted, as this side knows it.
    async fn count(&self, key: &StateKey) -> Result<u64, Upset> {
        let report = self.synchronizer.synchronize_within(key, Duration::from_secs(2)).await?;
        let state = report.state.ok_or("somebody has counted")?;
        Ok(state.value.as_u64().ok_or("it is a number")?)
    }

    async fn ask(&self, among: &Electorate) -> Result<Arc<Outcome>, Upset> {
        let question = value!({
            "proposal_id": format!("failover-{}", self.name), "question": format!("the {} side takes over?", self.name),
        });
        let ask = Ask::new().among(among.clone()).within(Duration::from_secs(10));
        Ok(self.manager.request_consensus(question, ask).await?)
    }
}

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let key = StateKey::new("requests/handled")?;
    let [large_desk, large_sync] = [agent_id!("large-desk"), agent_id!("large-sync")];
    let [small_desk, small_sync] = [agent_id!("small-desk"), agent_id!("small-sync")];
    let ids = |lines: &[Line]| lines.iter().map(Line::id).collect::<Result<Vec<AgentId>, InvalidInput>>();
    let (large_ids, small_ids) = (ids(&LARGE)?, ids(&SMALL)?);

    // What is sent from one side to the other is lost for a while.
    let (mut this_side, mut that_side) = (large_ids.clone(), small_ids.clone());
    this_side.extend([large_desk.clone(), large_sync.clone()]);
    that_side.extend([small_desk.clone(), small_sync.clone()]);
    let cut = Cut::around(&that_side, FROM, UNTIL);
    let ground =
        Ground::new(stage.draw(moai_flow::sim::Seeds::next), Chaos { cuts: vec![cut], heals: UNTIL, ..Chaos::NONE });
    let inner = Arc::new(SwarmCoordinator::new(swarm_id!("demo"), Topology::Mesh));
    let door: Arc<dyn Coordinator> = SimNetwork::new(ground.clone(), inner).door(&Life::new());

    let mut troupe = Troupe::within(door.clone());
    let mut replicas = Vec::new();
    for lines in [LARGE.to_vec(), SMALL.to_vec()] {
        for (line, millis) in drawn(stage, lines) {
            let replica = Replica::new(line.id()?).with_clock(stage.clock.clone());
            let shares = ReplicaHandler::new(swarm_id!("demo"), replica.clone());
            let shares = shares.told_by([large_sync.clone(), small_sync.clone()]).with_chance(stage.chance());
            let votes = troupe.voter(stage, line, millis)?;
            troupe.joins(Agent::builder(line.id()?).with_handler(votes).with_handler(shares)).await?;
            replicas.push(replica);
        }
    }
    // The small side has a disk of its own.
    let disk: Arc<dyn Journal> = Arc::new(Witnessed::new(Arc::new(MemoryJournal::new()), stage.teller.clone()));
    let large = side(stage, &door, "large", (large_desk, large_sync), stage.journal.clone()).await?;
    let small = side(stage, &door, "small", (small_desk, small_sync), disk.clone()).await?;

    let mut counted = [0; 2];
    let count = |replica: &Replica, number: u64| replica.contribute(&key, i64::try_from(number).unwrap_or(i64::MAX));
    let mut numbers = Vec::new();
    for replica in &replicas {
        numbers.push(stage.between(10, 100));
        count(replica, numbers.last().copied().unwrap_or(0))?;
    }
    let before: u64 = numbers.iter().sum();
    let seen = (large.count(&key).await?, small.count(&key).await?);
    stage.teller.fact(
        Fact::check("before", seen == (before, before), format!("before: both sides count {before} requests handled"))
            .with("count", before),
    )?;

    ground.until(Duration::from_millis(FROM)).await;
    stage.teller.look(|picture| picture.cut = Some(LARGE.len()))?;
    let apart = this_side.iter().all(|one| that_side.iter().all(|other| cut.severs(ground.now(), one, other)));
    let together = this_side.iter().all(|one| this_side.iter().all(|other| !cut.severs(ground.now(), one, other)));
    stage.teller.fact(Fact::check(
        "cut",
        apart && together,
        format!("the network is cut: {} on one side, {} on the other", large_ids.len(), small_ids.len()),
    ))?;

    let five = Electorate::of(large_ids.iter().chain(&small_ids).cloned())?;
    let decides = large.ask(&five).await?;
    stage.teller.fact(
        Fact::check(
            "large_side",
            decides.is_approved() && decides.votes_for == large_ids.len() as u64,
            format!("the large side: {} by {} of {}", decides.decision, decides.votes_for, five.len()),
        )
        .with("votes_for", decides.votes_for),
    )?;
    let cannot = small.ask(&five).await?;
    let mut silent = large_ids.clone();
    silent.sort_unstable();
    stage.teller.fact(
        Fact::check(
            "small_side",
            cannot.decision == Decision::Timeout
                && cannot.silent == silent
                && cannot.votes_for == small_ids.len() as u64,
            format!(
                "the small side: {}, so nothing is done: {} of {} for it, {} silent",
                cannot.decision,
                cannot.votes_for,
                five.len(),
                cannot.silent.len()
            ),
        )
        .with("votes_for", cannot.votes_for)
        .with("silent", cannot.silent.len()),
    )?;

    for (replica, number) in replicas.iter().zip(&mut numbers) {
        let more = stage.between(10, 100);
        *number += more;
        let side = if large_ids.contains(replica.agent()) { &mut counted[0] } else { &mut counted[1] };
        *side += more;
        count(replica, *number)?;
    }
    let [more_large, more_small] = counted;
    let seen = (large.count(&key).await?, small.count(&key).await?);
    stage.teller.fact(
        Fact::check(
            "apart",
            seen == (before + more_large, before + more_small) && seen.0 != seen.1,
            format!("both go on counting: {} on the large side, {} on the small one", seen.0, seen.1),
        )
        .with("large", seen.0)
        .with("small", seen.1),
    )?;

    ground.until(Duration::from_millis(UNTIL)).await;
    stage.teller.look(|picture| picture.cut = None)?;
    let lost = ground.ended().seen.times("a message was cut");
    stage.teller.fact(
        Fact::check("healed", lost > 0, format!("the cut heals; {lost} messages were lost to it")).with("lost", lost),
    )?;
    let (all, seen) = (numbers.iter().sum::<u64>(), (large.count(&key).await?, small.count(&key).await?));
    tokio::time::sleep(Duration::from_millis(1)).await; // until everybody who was told has heard it
    let held: Vec<_> = replicas.iter().map(|replica| replica.value(&key).and_then(|value| value.as_u64())).collect();
    stage.teller.fact(
        Fact::check(
            "equal",
            seen == (all, all) && held.iter().all(|held| *held == Some(all)) && all == before + more_large + more_small,
            format!(
                "{} + {} + {} = {all}: so count both sides, and all {} agents",
                before,
                more_large,
                more_small,
                held.len()
            ),
        )
        .with("count", all),
    )?;
    let head = verify_journal(disk.as_ref(), None).await?;
    stage.teller.fact(Fact::check(
        "small_journal",
        head.seq > 0,
        format!("what the small side wrote down alone: {} records, and they hold", head.seq),
    ))?;
    for side in [large, small] {
        side.manager.shutdown().await;
        side.synchronizer.shutdown().await;
    }
    troupe.leave().await
}

async fn side(
    stage: &Stage,
    door: &Arc<dyn Coordinator>,
    name: &'static str,
    (desk, sync): (AgentId, AgentId),
    journal: Arc<dyn Journal>,
) -> Result<Side, Upset> {
    let options = stage.options(desk).with_journal(journal);
    let manager = ConsensusManager::with(door.clone(), options).await?;
    let options = SyncOptions::default().with_id(sync).with_clock(stage.clock.clone()).with_chance(stage.chance());
    let resolver = ConflictResolver::crdt().with_clock(stage.clock.clone());
    let memory = Arc::new(MemoryStore::new()?);
    let synchronizer = StateSynchronizer::with(door.clone(), memory, resolver, options).await?;
    Ok(Side { name, manager, synchronizer })
}
