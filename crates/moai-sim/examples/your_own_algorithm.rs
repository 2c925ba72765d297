//! An algorithm of your own in worlds of its own: a register that tells its clients "written" a moment too early. A few
//! worlds find that, the smallest plan shows why, and a thousand worlds have nothing to say against the one that is mended.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use moai_sim::invariant::{convergence, durability};
use moai_sim::world::{Effect, Input, Mix, Node, World};
use moai_sim::{Campaign, Ended, Scenario, Seeds, Violation};

/// A replica of a set of numbers. Whoever is asked to write one tells the others; each asks around now and then.
struct Replica {
    numbers: BTreeSet<u64>,
    syncs: bool,
}

const PERIOD: i64 = 200_000;

impl Node for Replica {
    type Message = Arc<[u64]>;
    type Command = u64;
    type News = u64;

    fn handle(&mut self, now: i64, input: Input<Arc<[u64]>, u64>, out: &mut Vec<Effect<Arc<[u64]>, u64>>) {
        match input {
            Input::Do(number) => {
                self.numbers.insert(number);
                let record = number.to_le_bytes()[..].into();
                out.push(if self.syncs { Effect::Persist(record) } else { Effect::Write(record) });
                // The client hears that it is written.
                out.push(Effect::Tell(number));
            }
            Input::Hear { message, .. } => self.numbers.extend(message.iter()),
            Input::Start | Input::Tick => {
                let message = self.numbers.iter().copied().collect();
                out.push(Effect::Send { to: None, message });
                out.push(Effect::Arm(now + PERIOD));
            }
        }
    }
}

/// What a seed makes of it: who is asked to write which number and when, and what goes wrong.
#[derive(Debug, Clone)]
struct Plan {
    writes: Vec<(i64, u32, u64)>,
    mix: Mix,
}

struct Registers {
    syncs: bool,
}

const REPLICAS: u32 = 3;

impl Scenario for Registers {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "registers"
    }

    fn plan(&self, seed: u64) -> Plan {
        let mut seeds = Seeds::new(seed);
        let mix = Mix::draw(&mut seeds, 100_000, 2_000_000, REPLICAS);
        let write = |number| (seeds.below(2_000_000).cast_signed(), seeds.pick(&[0, 1, 2]).unwrap_or(0), number);
        Plan { writes: (0..20).map(write).collect(), mix }
    }

    fn run(&self, plan: &Plan) -> Ended {
        let syncs = self.syncs;
        let mut world = World::new(REPLICAS, plan.mix.clone(), move |_place, _life, records| {
            let number = |record: &Arc<[u8]>| Some(u64::from_le_bytes(record.first_chunk().copied()?));
            Ok(Replica { numbers: records.iter().filter_map(number).collect(), syncs })
        });
        for (when, place, number) in &plan.writes {
            world.ask(*when, *place, *number);
        }
        let mut written = BTreeSet::new();
        while let Some((_, number)) = world.next(plan.mix.heals_at + 5_000_000) {
            written.insert(number);
        }
        let found = judge(&world, &written);
        world.end(found)
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        let mut all: Vec<Plan> = (0..plan.writes.len())
            .map(|left_out| {
                let mut fewer = plan.clone();
                fewer.writes.remove(left_out);
                fewer
            })
            .collect();
        all.extend(plan.mix.smaller().into_iter().map(|mix| Plan { mix, ..plan.clone() }));
        all
    }
}

fn judge(world: &World<Replica>, written: &BTreeSet<u64>) -> Result<(), Violation> {
    let all: Vec<_> = (0..REPLICAS).filter_map(|place| Some((place, &world.node(place)?.numbers))).collect();
    convergence(all.iter().copied())?;
    all.iter().try_for_each(|(_, numbers)| durability(written, numbers))
}

fn main() -> Result<(), Box<dyn Error>> {
    let report = Campaign::new(&Registers { syncs: false }).seeds(0..1_000).stop_after(1).run();
    let failure = report.failures.first().ok_or("a thousand worlds find nothing")?;
    println!("seed {} breaks it: {}", failure.seed, failure.violation);
    println!("the smallest world that does: {}", failure.smallest);
    assert_eq!(failure.violation.invariant, "durability");
    assert!(failure.smallest.matches("number").count() < 3, "it is made small");

    let report = Campaign::new(&Registers { syncs: true }).seeds(0..1_000).run();
    println!("mended: {report}");
    assert!(report.failures.is_empty());
    Ok(())
}
