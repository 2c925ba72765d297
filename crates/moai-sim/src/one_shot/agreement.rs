//! Agreement among liars of no more weight than is borne.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_consensus::one_shot::{Agreed, Message, Offence, Part, Proof, Said, Setting};

use super::plan::DELTA;
use super::verdict::follows;
use super::{Keys, Member, Plan, Told};
use crate::invariant::{agreement, an_end, evidence_sound, no_double_vote, validity};
use crate::world::World;
use crate::{Ended, Scenario, Violation};

/// Agreement among liars of no more weight than is borne: whatever they and the network do, nobody honest disagrees or is
/// accused; and when the network is good, all decide.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::one_shot::OneShot;
///
/// let report = Campaign::new(&OneShot::new()).seeds(0..50).run();
/// assert!(report.failures.is_empty(), "{report}");
/// assert!(report.seen.faults() > 1_000);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct OneShot {
    #[cfg(feature = "signing")]
    signed: bool,
}

/// Far more than a decision takes once the network is good, and a bound all the same.
const PATIENCE: i64 = 400 * DELTA;

impl OneShot {
    /// With a fast keyed hash in place of signatures.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With Ed25519.
    #[cfg(feature = "signing")]
    #[must_use]
    pub const fn signed() -> Self {
        Self { signed: true }
    }

    fn keys(self, members: u32) -> Keys {
        #[cfg(feature = "signing")]
        if self.signed {
            return Keys::ed25519(members);
        }
        Keys::hashed(members)
    }
}

impl Scenario for OneShot {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        #[cfg(feature = "signing")]
        if self.signed {
            return "one-shot-signed";
        }
        "one-shot"
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan::draw(seed)
    }

    fn run(&self, plan: &Plan) -> Ended {
        let keys = self.keys(plan.members());
        let begun = plan.setting(&keys).map_err(|why| Violation::new("a plan fits", why));
        let begun = begun.and_then(|setting| Ok((plan.world(&setting, &keys)?, setting)));
        match begun {
            Ok((mut world, setting)) => {
                let found = Watch { plan, setting, keys, decided: BTreeMap::new(), first: i64::MAX }.all(&mut world);
                world.end(found)
            }
            Err(violation) => Ended::broken(violation),
        }
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        POINTS
    }
}

const POINTS: &[&str] = &[
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
    "silent",
    "withheld",
    "said something else to some",
    "replayed",
    "flooded",
    "said late",
    "said what is stale",
    "said in the future",
    "voted twice",
    "forged",
    "showed a certificate alone",
    "turned",
    "led on",
    "proposed something else",
    "double statement",
    "double proposal",
    "double notarization",
    "double finalization",
    "nullified and finalized",
    "bad proposal",
    "notarized a bad proposal",
    "approved",
    "rejected",
    "timeout",
];

/// Whoever looks on, and holds what it sees against the invariants.
struct Watch<'a> {
    plan: &'a Plan,
    setting: Setting,
    keys: Keys,
    decided: BTreeMap<u32, Arc<Agreed>>,
    /// When somebody decided first.
    first: i64,
}

impl Watch<'_> {
    fn all(mut self, world: &mut World<Member>) -> Result<(), Violation> {
        let until = world.mix().heals_at.max(self.plan.deadline) + PATIENCE;
        let honest: Vec<u32> = world.honest().collect();
        let undecided = |world: &World<Member>| {
            let undecided = |place: &&u32| world.node(**place).is_none_or(|node| node.agreed().is_none());
            honest.iter().filter(undecided).copied().collect::<Vec<_>>()
        };
        while let Some((place, told)) = world.next(until) {
            match told {
                Told::Decided(agreed) => {
                    self.first = self.first.min(world.now());
                    self.decide(place, agreed)?;
                    if undecided(world).is_empty() {
                        break;
                    }
                }
                Told::Accused(proof) => self.accuse(&proof, world)?,
                Told::Beyond(_) => return Err(Violation::new("no more lie than may", format!("{place} says so"))),
                Told::Refused(code) => world.seen().reach(code),
                Told::Unknown => return Err(Violation::new("a driver knows every output", "one is new")),
            }
        }
        let views = honest.iter().filter_map(|place| Some(world.node(*place)?.view())).max().unwrap_or_default();
        world.seen().reach_often("views", views);
        self.outcome(world)?;
        if world.is_broken() { Ok(()) } else { an_end(undecided(world)) }
    }

    fn decide(&mut self, place: u32, agreed: Arc<Agreed>) -> Result<(), Violation> {
        if let Err(flaw) = agreed.verify(&self.setting, self.keys.verifier().as_ref()) {
            return Err(Violation::new("an outcome proves itself", format!("that of {place} does not: {flaw}")));
        }
        // What was decided before a crash counts as well.
        if let Some(before) = self.decided.get(&place) {
            agreement([(place, before.record.digest()), (place, agreed.record.digest())])?;
        }
        self.decided.insert(place, agreed);
        agreement(self.decided.iter().map(|(place, agreed)| (*place, agreed.record.digest())))
    }

    fn accuse(&self, proof: &Proof, world: &mut World<Member>) -> Result<(), Violation> {
        let (accused, how) = (proof.accused(), offence(proof.offence));
        world.seen().reach(how);
        let proves = proof.verify(&self.setting, self.keys.verifier().as_ref()).ok() == self.setting.name(accused);
        evidence_sound(accused, self.plan.liars.contains_key(&accused), proves, how)
    }

    /// The outcome against what honest agents have on their disks.
    fn outcome(&self, world: &mut World<Member>) -> Result<(), Violation> {
        for place in world.honest().collect::<Vec<_>>() {
            let Some(disk) = world.disk(place) else { continue };
            let mut said = Vec::new();
            for record in disk.records() {
                let parts = Part::unpack(record).unwrap_or_default();
                said.extend(parts.into_iter().filter_map(|part| match part {
                    Part::Said(said) if said.by() == place => Some(said),
                    _ => None,
                }));
            }
            let in_view = |said: &Said| (said.kind(), said.message().ok().and_then(|message| message.view()));
            no_double_vote(said.iter().map(|said| (in_view(said), said.as_bytes())))?;
            let statement = |said: &&Said| matches!(said.message(), Ok(Message::Statement(_)));
            let own = said.iter().find(statement);
            if let Some(agreed) = self.decided.values().next() {
                let counted = agreed.record.said().iter().filter(|said| said.by() == place);
                validity(place, &counted.collect::<Vec<_>>(), own.as_ref())?;
            }
        }
        let Some(agreed) = self.decided.values().next() else { return Ok(()) };
        world.seen().reach(agreed.record.verdict().as_str());
        follows(&agreed.record, &self.setting, &self.keys, self.plan.ruling, self.first, DELTA)
    }
}

const fn offence(offence: Offence) -> &'static str {
    match offence {
        Offence::DoubleStatement => "double statement",
        Offence::DoubleProposal => "double proposal",
        Offence::DoubleNotarize => "double notarization",
        Offence::DoubleFinalize => "double finalization",
        Offence::NullifyAndFinalize => "nullified and finalized",
        Offence::BadProposal => "bad proposal",
        Offence::NotarizedBadProposal => "notarized a bad proposal",
        _ => "another offence",
    }
}
