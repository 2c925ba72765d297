//! That the brute force can fail: rules that claim what is not so, and ways to decide too early or too late.

use moai_consensus::{
    Determined, Extremes, FinalTally, Not, Parts, Rule, SharedRule, Standing, Status, Tally, Why, determine,
};

use super::oracle::{Kind, Spec, World};
use super::{Found, hold, hold_with, nothing_found};

/// More than half of those who took a side.
const SIDES: Spec = Spec::Threshold { share: (1, 2), more: true, base: 2, by_weight: false };
/// At least half of those who voted.
const CAST: Spec = Spec::Threshold { share: (1, 2), more: false, base: 1, by_weight: false };
const TURNOUT: Spec = Spec::Turnout { share: (1, 2), by_weight: false };

/// Five voters of whom one has a veto.
fn five() -> World {
    World::new([(false, 4), (true, 1)].map(|(veto, heads)| (Kind { weight: 1, group: None, veto }, heads)).to_vec())
}

fn not(spec: Spec) -> Spec {
    Spec::Not(Box::new(spec))
}

/// What the harness finds about a rule that should be `spec`.
fn about(rule: &dyn Rule, spec: &Spec) -> Found {
    let world = five();
    hold(&world, rule, &world.possible(&world.finals(spec)))
}

/// What the harness finds about another way to decide.
fn deciding(decide: impl Fn(&dyn Rule, &Tally) -> Determined, spec: &Spec) -> Found {
    let world = five();
    hold_with(decide, &world, spec.rule().as_ref(), &world.possible(&world.finals(spec)))
}

/// A built-in rule that claims extremes of its own.
struct Claiming(SharedRule, Extremes);

impl Rule for Claiming {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.0.holds(tally)
    }
    fn words(&self) -> String {
        self.0.words()
    }
    fn extremes(&self) -> Extremes {
        self.1
    }
}

#[test]
fn a_rule_of_ones_own_that_claims_nothing_is_decided_exactly() {
    for spec in [SIDES, CAST, TURNOUT, not(CAST), Spec::All(vec![SIDES, not(TURNOUT)])] {
        nothing_found(&about(&Claiming(spec.rule(), Extremes::UNKNOWN), &spec));
    }
}

#[test]
fn a_rule_that_lies_about_what_harms_it_is_caught() {
    for harm in [Standing::Silent, Standing::Abstain] {
        let liar = Claiming(SIDES.rule(), Extremes::new(&[Standing::For], &[harm]));
        assert!(about(&liar, &SIDES).unsound > 0, "{harm:?} does not harm it");
    }
}

#[test]
fn a_rule_that_lies_about_what_helps_it_is_caught() {
    for help in [Standing::Silent, Standing::Against] {
        let liar = Claiming(SIDES.rule(), Extremes::new(&[help], &[Standing::Against]));
        assert!(about(&liar, &SIDES).unsound > 0, "{help:?} does not help it");
    }
}

#[test]
fn a_rule_that_takes_its_best_for_its_worst_is_caught() {
    let (spec, claims) = (not(TURNOUT), TURNOUT.rule().extremes());
    assert!(about(&Claiming(spec.rule(), claims), &spec).unsound > 0, "turned around, the extremes are too");
}

/// It says that it is a composition of which it holds only the first part.
struct HidesAPart(SharedRule, [SharedRule; 1]);

impl Rule for HidesAPart {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.0.holds(tally)?;
        Not::new(self.1[0].clone()).holds(tally)
    }
    fn words(&self) -> String {
        "a composition with a part that it does not tell".into()
    }
    fn parts(&self) -> Parts<'_> {
        Parts::Any(&self.1)
    }
}

#[test]
fn a_rule_that_lies_about_its_parts_is_caught() {
    let liar = HidesAPart(SIDES.rule(), [TURNOUT.rule()]);
    assert!(about(&liar, &Spec::All(vec![SIDES, not(TURNOUT)])).unsound > 0);
}

#[test]
fn a_rule_that_is_off_by_one_is_caught_as_early_and_as_late() {
    let of = |more| Spec::Threshold { share: (2, 5), more, base: 0, by_weight: false };
    assert!(about(of(false).rule().as_ref(), &of(true)).unsound > 0, "it decides too early");
    assert!(about(of(true).rule().as_ref(), &of(false)).late > 0, "it decides too late");
}

fn exact(status: Status) -> Determined {
    Determined::new(status, true)
}

#[test]
fn deciding_by_what_is_said_so_far_is_caught() {
    let hasty = |rule: &dyn Rule, tally: &Tally| {
        exact(if rule.holds(&tally.as_it_is()).is_ok() { Status::Pass } else { Status::Fail })
    };
    for spec in [SIDES, CAST, TURNOUT, Spec::Veto, Spec::Unanimous] {
        assert!(deciding(hasty, &spec).unsound > 0, "{spec:?}");
    }
}

#[test]
fn waiting_for_everybody_is_caught() {
    let slow = |rule: &dyn Rule, tally: &Tally| match tally.count(Standing::Outstanding).heads {
        0 => determine(rule, tally),
        _ => exact(Status::Open),
    };
    for spec in [SIDES, CAST, TURNOUT, Spec::Unanimous] {
        let found = deciding(slow, &spec);
        assert!(found.late > 0 && found.unsound == 0, "{spec:?}");
    }
}

/// Only those completions in which all who are outstanding do the same, and only of these ways: too few are tried.
fn all_alike(rule: &dyn Rule, tally: &Tally, ways: &[Standing]) -> Determined {
    let mut passes = ways.iter().map(|way| {
        let mut end = tally.clone();
        for place in 0..end.electorate().len() {
            if end.standing(place) == Some(Standing::Outstanding) {
                end.record(place, *way);
            }
        }
        rule.holds(&end.as_it_is()).is_ok()
    });
    let first = passes.next();
    exact(match first.filter(|first| passes.all(|pass| pass == *first)) {
        Some(true) => Status::Pass,
        Some(false) => Status::Fail,
        None => Status::Open,
    })
}

#[test]
fn trying_only_some_of_what_can_happen_is_caught() {
    use Standing::{Abstain, Against, For, Silent};
    let without = |ways: &'static [Standing]| move |rule: &dyn Rule, tally: &Tally| all_alike(rule, tally, ways);
    assert!(deciding(without(&[For, Against, Abstain]), &TURNOUT).unsound > 0, "silence is forgotten");
    assert!(deciding(without(&[For, Abstain, Silent]), &SIDES).unsound > 0, "against is forgotten");
    assert!(deciding(without(&[Against, Abstain, Silent]), &CAST).unsound > 0, "for is forgotten");
    // At least half are for it, and not more than half: alike they never come to exactly half.
    let more = Spec::Threshold { share: (1, 2), more: true, base: 1, by_weight: false };
    let exactly = Spec::All(vec![CAST, not(more)]);
    let found = deciding(without(&[For, Against, Abstain, Silent]), &exactly);
    assert!(found.unsound > 0, "they do not all do the same");
    nothing_found(&deciding(without(&[For, Against, Abstain, Silent]), &SIDES));
}

/// Each part alone, then the parts' answers together: what is open in each part stays open, though it may be certain.
fn part_by_part(rule: &dyn Rule, tally: &Tally) -> Determined {
    let each = |parts: &[SharedRule]| -> Vec<Status> {
        parts.iter().map(|part| part_by_part(part.as_ref(), tally).status).collect()
    };
    exact(match rule.parts() {
        Parts::Not(part) => match part_by_part(part, tally).status {
            Status::Pass => Status::Fail,
            Status::Fail => Status::Pass,
            Status::Open => Status::Open,
        },
        Parts::All(parts) => {
            let said = each(parts);
            let all = said.iter().all(|status| *status == Status::Pass);
            let one = said.contains(&Status::Fail);
            if all {
                Status::Pass
            } else if one {
                Status::Fail
            } else {
                Status::Open
            }
        }
        Parts::Any(parts) => {
            let said = each(parts);
            let all = said.iter().all(|status| *status == Status::Fail);
            let one = said.contains(&Status::Pass);
            if all {
                Status::Fail
            } else if one {
                Status::Pass
            } else {
                Status::Open
            }
        }
        _ => determine(rule, tally).status,
    })
}

#[test]
fn answers_of_parts_put_together_are_caught_as_late() {
    let always = Spec::Any(vec![SIDES, not(SIDES)]);
    let found = deciding(part_by_part, &always);
    assert!(found.late > 0 && found.unsound == 0, "one of two contraries always holds, though neither is certain");
    nothing_found(&deciding(determine, &always));
}

#[test]
fn an_exact_answer_that_is_called_inexact_is_caught() {
    let modest = |rule: &dyn Rule, tally: &Tally| Determined::new(determine(rule, tally).status, false);
    let found = deciding(modest, &SIDES);
    assert_eq!((found.inexact, found.unsound, found.late), (found.looks, 0, 0));
}
