//! Votes under all of it, counted again by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_consensus::{Choice, Decision, Entry, Outcome, Reply};
use moai_core::Limits;

use super::plan::{place_of, voter_id};
use super::recount::Recount;
use super::{Desk, Fickle, Manner, Plan, Seat, Told, Voter, Word, record};
use crate::adversary::{Late, Silent, StaleView};
use crate::invariant::{
    agreement, an_end, bounded_memory, evidence_kept, evidence_sound, exact_tally, no_double_vote, validity,
};
use crate::world::World;
use crate::{Ended, Scenario, Violation};

/// Votes with rounds and without, under a desk that crashes and voters of whom some lie: what is decided is what a count
/// by hand of what was written down gives, as soon as it is certain; a crash changes nothing of it; and nobody honest is
/// held to have lied.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::votes::Votes;
///
/// let report = Campaign::new(&Votes).seeds(0..50).run();
/// assert!(report.failures.is_empty(), "{report}");
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Votes;

impl Scenario for Votes {
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "sessions"
    }

    fn plan(&self, seed: u64) -> Plan {
        Plan::draw(seed)
    }

    fn run(&self, plan: &Plan) -> Ended {
        match world(plan) {
            Ok(mut world) => {
                let found = watch(plan, &mut world);
                world.end(found)
            }
            Err(why) => Ended::broken(Violation::new("a plan fits", why)),
        }
    }

    fn smaller(&self, plan: &Plan) -> Vec<Plan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "lost",
            "repeated",
            "reordered",
            "cut off",
            "crashed",
            "a write failed",
            "a write failed and is there",
            "a write was torn by a crash",
            "a crash behind a write",
            "voted in the name of another",
            "voted with a ballot of another vote",
            "voted in another round",
            "answered with what is no ballot",
            "said late",
            "said what is stale",
            "silent",
            "approved",
            "rejected",
            "timeout",
            "contradicted",
            "vote.late",
            "vote.closed",
            "vote.conflicting",
            "vote.wrong_round",
            "vote.wrong_electorate",
            "vote.spent",
        ]
    }
}

fn seat(plan: &Plan, place: u32, life: u32, records: &[Arc<[u8]>]) -> Result<Seat, String> {
    if place == 0 {
        return Ok(Seat::Desk(Box::new(Desk::start(plan.manner, plan.opening()?, records)?)));
    }
    let (word, think) = plan.words.get(place as usize - 1).copied().unwrap_or((Word::Fails, 0));
    Ok(Seat::Voter(Box::new(Voter::start(place, life, word, think, records)?)))
}

fn world(plan: &Plan) -> Result<World<Seat>, String> {
    let members = u32::try_from(plan.weights.len()).unwrap_or(u32::MAX) + 1;
    let own = plan.clone();
    let mut world = World::new(members, plan.mix.clone(), move |place, life, records| seat(&own, place, life, records));
    for (place, lie) in &plan.liars {
        match lie {
            0 => world.put_liar(*place, Fickle::default()),
            1 => {
                world.put_liar(*place, Silent);
                world.ask(0, *place, ());
            }
            2 => world.put_liar(*place, Late::new(seat(plan, *place, 0, &[])?, 400_000)),
            _ => world.put_liar(*place, StaleView::new(seat(plan, *place, 0, &[])?, 400_000)),
        }
    }
    Ok(world)
}

fn watch(plan: &Plan, world: &mut World<Seat>) -> Result<(), Violation> {
    let (mut outcome, mut refused): (Option<Arc<Outcome>>, bool) = (None, false);
    while let Some((_, told)) = world.next(plan.deadline.max(plan.mix.heals_at) + 4_000_000) {
        match told {
            Told::Decided(decided) => {
                world.seen().reach(decided.decision.as_str());
                let before = outcome.replace(decided.clone());
                agreement(before.into_iter().map(|before| (0, before)).chain([(1, decided)]))?;
            }
            Told::Refused(code) => {
                refused |= code == "vote.conflicting";
                world.seen().reach(code);
            }
            Told::Foreign => world.seen().reach("foreign"),
            Told::Contradicted(place) => {
                world.seen().reach("contradicted");
                let lies = plan.liars.contains_key(&place);
                evidence_sound(place, lies, true, "two ballots that contradict each other")?;
            }
        }
    }
    if world.is_broken() {
        return Ok(());
    }
    an_end(outcome.is_none().then_some(0))?;
    // What was refused is written down next; a desk that goes down in between has told nobody, and loses it.
    let down = ["crashed", "all crashed at once", "a write failed", "a write was torn by a crash"];
    let lost = down.into_iter().any(|how| world.seen().times(how) > 0);
    evidence_kept(refused && !lost, contradictions(world)?)?;
    let Some(outcome) = outcome else { return Ok(()) };
    count(plan, world, &outcome)
}

/// How many contradictions are written down.
fn contradictions(world: &World<Seat>) -> Result<usize, Violation> {
    let records = world.disk(0).map(|disk| disk.records()).unwrap_or_default();
    let mut kept = 0;
    for bytes in records {
        let (_, entry) = record::read(bytes).map_err(|why| Violation::new("what is written can be read", why))?;
        kept += usize::from(matches!(entry, Entry::Evidence(_)));
    }
    Ok(kept)
}

/// The outcome against what is written down, at the desk and at the voters.
fn count(plan: &Plan, world: &World<Seat>, outcome: &Outcome) -> Result<(), Violation> {
    let records = world.disk(0).map(|disk| disk.records()).unwrap_or_default();
    let rounds = match plan.manner {
        Manner::Byzantine { rounds, .. } => rounds as usize,
        _ => 1,
    };
    bounded_memory(records.len(), plan.weights.len() * (rounds + 6) + 3)?;
    let (mut recount, mut honest_for, mut decided) = (Recount::default(), BTreeSet::new(), false);
    for bytes in records {
        let (time, entry) = record::read(bytes).map_err(|why| Violation::new("what is written can be read", why))?;
        let ballot = match &entry {
            Entry::Ballot(ballot) => ballot,
            Entry::Invalid { invalid, .. } => {
                let place = place_of(invalid.voter.as_str());
                open_until(&recount, plan, time.unix_micros())?;
                let fails = plan.words.get(place as usize - 1).is_some_and(|(word, _)| *word == Word::Fails);
                evidence_sound(place, fails || plan.liars.contains_key(&place), true, "an answer that is no ballot")?;
                recount.invalid(place);
                continue;
            }
            Entry::Decided(_) => {
                decided = true;
                continue;
            }
            _ => continue,
        };
        if decided {
            return Err(Violation::new("exact tally", "a ballot counts behind the decision"));
        }
        open_until(&recount, plan, time.unix_micros())?;
        let place = place_of(ballot.voter.as_str());
        if !plan.liars.contains_key(&place) {
            let said = said(world, place, ballot.round);
            validity(place, &[Reply::Ballot(ballot.as_ref().clone())], said.as_ref())?;
            if ballot.choice == Choice::For {
                honest_for.insert(place);
            }
        }
        recount.ballot(place, ballot.round, ballot.choice);
    }
    let (decision, votes) = recount.decide(plan, outcome.decided_at.unix_micros());
    exact_tally(&Some(outcome.decision), &decision)?;
    // What was on its way to being confirmed when a vote in rounds failed is nobody's count.
    if rounds == 1 || outcome.decision == Decision::Approved {
        exact_tally(&[outcome.votes_for, outcome.votes_against, outcome.votes_abstain], &votes)?;
    }
    if let (Manner::Byzantine { faults, .. }, Decision::Approved) = (plan.manner, outcome.decision) {
        let weight = |place: &u32| plan.weights.get(*place as usize - 1).copied().unwrap_or_default();
        let quorum = (plan.weights.iter().sum::<u64>() + faults) / 2 + 1;
        exact_tally(&(honest_for.iter().map(weight).sum::<u64>() + faults >= quorum), &true)?;
    }
    for place in (1..world.members()).filter(|place| !plan.liars.contains_key(place)) {
        let choices = disk_of(world, place).into_iter().filter_map(|reply| match reply {
            Reply::Ballot(ballot) => Some((voter_id(place), ballot.choice)),
            _ => None,
        });
        no_double_vote(choices)?;
    }
    Ok(())
}

/// Nothing is decided before it is certain, nor later.
fn open_until(recount: &Recount, plan: &Plan, now: i64) -> Result<(), Violation> {
    match recount.decide(plan, now) {
        (None, _) => Ok(()),
        (Some(certain), _) => {
            let what = format!("it was certain that it is {certain}, and a ballot was taken in all the same");
            Err(Violation::new("exact tally", what))
        }
    }
}

fn disk_of(world: &World<Seat>, place: u32) -> Vec<Reply> {
    let records = world.disk(place).map(|disk| disk.records()).unwrap_or_default();
    records.iter().filter_map(|record| Reply::from_bytes(record, &Limits::default()).ok()).collect()
}

/// What an honest voter has said in a round.
fn said(world: &World<Seat>, place: u32, round: u32) -> Option<Reply> {
    disk_of(world, place).into_iter().find(|reply| match reply {
        Reply::Ballot(ballot) => ballot.round == round,
        Reply::Failed { round: of, .. } => *of == round,
        _ => false,
    })
}
