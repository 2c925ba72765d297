//! Agreement among liars of more weight than is borne.

use std::collections::BTreeMap;

use super::audit::Audit;
use super::plan::DELTA;
use super::{Keys, Plan, Told};
use crate::invariant::{evidence_complete, evidence_sound};
use crate::{Ended, Scenario, Violation};

/// Agreement among liars of more weight than is borne, and less than a quorum: honest agents may disagree, and when they
/// do, what they were told proves that a weight of more than is borne has lied. **No disagreement is claimed away.**
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::one_shot::Beyond;
///
/// let report = Campaign::new(&Beyond).seeds(0..200).run();
/// assert!(report.failures.is_empty(), "{report}");
/// assert!(report.seen.times("disagreed, and the liars are proven") > 0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Beyond;

impl Scenario for Beyond {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "beyond"
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan::draw_beyond(seed)
    }

    fn run(&self, plan: &Plan) -> Ended {
        let keys = Keys::hashed(plan.members());
        let begun = plan.setting(&keys).map_err(|why| Violation::new("a plan fits", why));
        let begun = begun.and_then(|setting| Ok((plan.world(&setting, &keys)?, setting)));
        let (mut world, setting) = match begun {
            Ok(begun) => begun,
            Err(violation) => return Ended::broken(violation),
        };
        world.listen();
        let until = world.mix().heals_at.max(plan.deadline) + 60 * DELTA;
        let honest = world.honest().count();
        let (mut outcomes, mut found) = (BTreeMap::new(), Ok(()));
        while let Some((place, told)) = world.next(until) {
            match told {
                Told::Decided(agreed) => {
                    outcomes.entry(agreed.record.digest()).or_insert(agreed.finalization.clone());
                    world.seen().reach("decided");
                }
                Told::Accused(proof) => {
                    let (accused, verifier) = (proof.accused(), keys.verifier().as_ref());
                    let proves = proof.verify(&setting, verifier).is_ok();
                    let lies = plan.liars.contains_key(&accused);
                    found = evidence_sound(accused, lies, proves, &format!("{:?}, held up by {place}", proof.offence));
                }
                Told::Beyond(breach) => {
                    world.seen().reach("claimed no outcome");
                    if breach.verify(&setting, keys.verifier().as_ref()).is_err() {
                        found = Err(Violation::new("sound evidence", format!("what {place} shows, shows nothing")));
                    }
                }
                Told::Refused(_) | Told::Unknown => {}
            }
            let settled = |place: &u32| world.node(*place).is_some_and(|node| node.is_settled());
            if found.is_err() || world.honest().filter(settled).count() == honest {
                break;
            }
        }
        if found.is_ok() && outcomes.len() > 1 {
            let mut audit = Audit::default();
            world.heard().iter().for_each(|(_, message)| audit.hear(message));
            let proven = audit.proven(&setting, &keys);
            found = match proven.iter().find(|place| !plan.liars.contains_key(place)) {
                Some(honest) => evidence_sound(*honest, false, true, "all that was heard"),
                None => {
                    let weight = |place: &u32| plan.weights.get(*place as usize).copied().unwrap_or_default();
                    evidence_complete(proven.iter().map(weight).sum(), plan.faults)
                }
            };
            if found.is_ok() {
                world.seen().reach("disagreed, and the liars are proven");
            }
        }
        world.end(found)
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        // With fewer liars it would be another kind of world.
        let enough = |smaller: &Plan| smaller.lying() > smaller.faults;
        plan.smaller().into_iter().filter(enough).collect()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "decided",
            "claimed no outcome",
            "disagreed, and the liars are proven",
            "said something else to some",
            "voted twice",
        ]
    }
}
