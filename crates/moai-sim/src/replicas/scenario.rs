//! Replicas that change, forget, come back, and end with the same.

use std::collections::BTreeSet;

use super::subject::{AddRemove, AddRemoveWins, AddTake, SetRemove, UpdateRemove, Writes};
use super::{Happened, Kind, Knowledge, Plan, Replica, Subject};
use crate::adversary::{Flooder, Replayer};
use crate::invariant::{convergence, durability, exact_tally, unique_dots};
use crate::world::World;
use crate::{Ended, Scenario, Violation};

/// Replicas that change data which merges, over a bad network and with crashes: deltas, whole states and digests go
/// round, and when all is well again everybody has the same, as the specification of the type says, and nothing that was
/// acknowledged is lost.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::replicas::Replicas;
///
/// let report = Campaign::new(&Replicas).seeds(0..50).run();
/// assert!(report.failures.is_empty(), "{report}");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Replicas;

/// How long repair may take once all is well: each asks each of the others a few times.
const PATIENCE: i64 = 8_000_000;

impl Scenario for Replicas {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "replicas"
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan::draw(seed)
    }

    fn run(&self, plan: &Plan) -> Ended {
        match plan.kind {
            Kind::LwwMap => play::<SetRemove>(plan),
            Kind::MvRegister => play::<Writes>(plan),
            Kind::OrMap => play::<UpdateRemove>(plan),
            Kind::OrSet => play::<AddRemove>(plan),
            Kind::PnCounter => play::<AddTake>(plan),
            Kind::RwSet => play::<AddRemoveWins>(plan),
        }
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        plan.smaller()
    }

    fn kept(&self) -> &'static [u64] {
        // An answer to what a replica asked in the life before.
        &[14_202]
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "lost",
            "repeated",
            "reordered",
            "late",
            "cut off",
            "crashed",
            "all crashed at once",
            "a write failed",
            "a write failed and is there",
            "a write was torn by a crash",
            "a crash behind a write",
            "replayed",
            "flooded",
            "stamped in the future",
            "changed",
        ]
    }
}

fn play<S: Subject>(plan: &Plan) -> Ended {
    let replicas = plan.replicas;
    let members = replicas + u32::try_from(plan.echoes.len()).unwrap_or_default();
    let start = move |place, _, records: &[_]| Replica::<S>::start(place, replicas, records);
    let mut world = World::new(members, plan.mix.clone(), start);
    for (echo, place) in plan.echoes.iter().zip(replicas..) {
        match echo {
            0 => world.put_liar(place, Replayer::default()),
            _ => world.put_liar(place, Flooder::default()),
        }
    }
    for (when, place, operation) in &plan.operations {
        world.ask(*when, *place, *operation);
        if operation.ahead > 0 {
            world.seen().fault("stamped in the future");
        }
    }
    let mut acknowledged = BTreeSet::new();
    while let Some((place, number)) = world.next(plan.mix.heals_at + PATIENCE) {
        world.seen().reach("changed");
        acknowledged.insert((place, number));
    }
    let found = judge(&world, &acknowledged, replicas);
    world.end(found)
}

fn judge<S: Subject>(
    world: &World<Replica<S>>,
    acknowledged: &BTreeSet<(u32, u32)>,
    replicas: u32,
) -> Result<(), Violation> {
    let disks = (0..replicas).filter_map(|place| world.disk(place));
    let happened: Vec<Happened> =
        disks.flat_map(|disk| disk.records()).filter_map(|record| Happened::read(record)).collect();
    let there = happened.iter().map(|it| (it.turn.place, it.turn.number)).collect();
    durability(acknowledged, &there)?;
    let mut given = BTreeSet::new();
    for it in &happened {
        unique_dots(&mut given, (it.dots.0..=it.dots.1).map(|seq| (it.turn.by, seq)))?;
    }
    let up: Vec<_> = (0..replicas).filter_map(|place| Some((place, world.node(place)?.state()))).collect();
    if up.len() < replicas as usize {
        return Err(Violation::new("an end", "a replica is down, long after all was well again"));
    }
    convergence(up.iter().copied())?;
    let Some((_, state)) = up.first() else { return Ok(()) };
    exact_tally(&S::observe(state), &S::expected(Knowledge(&happened)))
}
