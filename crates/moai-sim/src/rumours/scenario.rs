//! Rumours that end with the count that a central one gives.

use std::sync::Arc;

use moai_consensus::{Choice, GossipConfig, GossipMode, GossipProtocol, Ratio};

use super::{Gossiper, Plan};
use crate::adversary::{Flooder, Replayer};
use crate::invariant::{convergence, durability, exact_tally};
use crate::world::World;
use crate::{Ended, Scenario, Violation};

/// Ballots that go round from one to the other, over a bad network and with crashes: when all is well again everybody has
/// every ballot that was cast, and counts what a central count gives.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::rumours::Rumours;
///
/// let report = Campaign::new(&Rumours).seeds(0..50).run();
/// assert!(report.failures.is_empty(), "{report}");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Rumours;

impl Scenario for Rumours {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "rumours"
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan::draw(seed)
    }

    fn run(&self, plan: &Plan) -> Ended {
        let (members, fanout, seed) = (plan.members(), plan.fanout, plan.seed);
        let all = members + u32::try_from(plan.echoes.len()).unwrap_or_default();
        let mut world = World::new(all, plan.mix.clone(), move |place, _, records: &[Arc<[u8]>]| {
            Ok(Gossiper::start(place, members, all, fanout, seed, records))
        });
        for (echo, place) in plan.echoes.iter().zip(members..) {
            match echo {
                0 => world.put_liar(place, Replayer::default()),
                _ => world.put_liar(place, Flooder::default()),
            }
        }
        for (vote, place) in plan.votes.iter().zip(0..) {
            if let Some((choice, when)) = vote {
                // Whoever is down when it is asked is asked again when all is well; it may have answered by then.
                world.ask(*when, place, *choice);
                let other = if *choice == Choice::For { Choice::Against } else { Choice::For };
                world.ask(plan.mix.heals_at + 1_000_000, place, other);
            }
        }
        let mut cast = std::collections::BTreeSet::new();
        let until = plan.mix.heals_at + 3_000_000 + 150_000 * i64::from(members);
        while let Some((place, ())) = world.next(until) {
            world.seen().reach("cast");
            cast.insert(place);
        }
        let there = (0..members).filter(|place| own(&world, *place).is_some()).collect();
        let found = durability(&cast, &there).and_then(|()| judge(plan, &world));
        world.end(found)
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        plan.smaller()
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
            "what was not durable is lost",
            "replayed",
            "flooded",
            "cast",
        ]
    }
}

/// The ballot that a place has cast, from its disk.
fn own(world: &World<Gossiper>, place: u32) -> Option<Choice> {
    let its = |record: &&Arc<[u8]>| record.starts_with(&place.to_le_bytes());
    let record = world.disk(place)?.records().iter().find(its)?;
    Choice::ALL.into_iter().find(|choice| record.last() == Some(&(*choice as u8)))
}

fn judge(plan: &Plan, world: &World<Gossiper>) -> Result<(), Violation> {
    let members = plan.members();
    let central: Vec<Option<Choice>> = (0..members).map(|place| own(world, place)).collect();
    let up: Vec<_> = (0..members).filter_map(|place| Some((place, world.node(place)?.ballots()))).collect();
    if up.len() < members as usize {
        return Err(Violation::new("an end", "somebody is down, long after all was well again"));
    }
    convergence(up.iter().copied())?;
    let Some((_, ballots)) = up.first() else { return Ok(()) };
    let said = |why: moai_core::InvalidInput| Violation::new("a plan fits", why.to_string());
    let threshold = Ratio::new(plan.threshold, 100).map_err(said)?;
    let protocol = GossipProtocol::new(GossipConfig::new(GossipMode::Epidemic).map_err(said)?);
    let count = |ballots: &[Option<Choice>]| {
        let decision = protocol.decide(ballots, threshold).map_err(said)?;
        Ok((decision.passed, decision.run.initial))
    };
    let alone = count(ballots)?;
    exact_tally(&alone, &count(&central)?)?;
    // And by hand.
    let votes = central.iter().filter(|ballot| **ballot == Some(Choice::For)).count() as u64;
    exact_tally(&alone.0, &(100 * votes > plan.threshold * u64::from(members)))
}
