//! Where there is too much to try: still never too early, and called inexact only there.

use moai_consensus::{
    All, Elector, Electorate, FinalTally, Ratio, Rule, Standing, Status, Tally, Threshold, Turnout, Why, determine,
};
use moai_core::{AgentId, SeededChance};

use super::oracle::{Kind, Spec, electorate};
use super::{composed, draw, leaves};

/// More than half of those who took a side, without a word about what helps it.
struct Sides;

impl Rule for Sides {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let (votes, whole) = (tally.in_favour().heads, tally.expressed().heads);
        if 2 * votes > whole { Ok(()) } else { Err(Why::Nobody) }
    }
    fn words(&self) -> String {
        "more than half of those who took a side".into()
    }
}

/// So many voters of each of several weights, all outstanding.
fn voters(heads_by_weight: &[usize]) -> Tally {
    let weights = heads_by_weight.iter().zip(1..).flat_map(|(heads, weight)| vec![weight; *heads]);
    let electors = weights
        .zip(0..)
        .map(|(weight, number)| Elector::new(AgentId::new(format!("v{number}")).unwrap()).weighing(weight));
    Tally::new(Electorate::new(electors).unwrap())
}

fn is_exact(tally: &Tally) -> bool {
    determine(&Sides, tally).exact
}

#[test]
fn ten_thousand_ways_are_tried_and_not_one_more() {
    // Two of one weight can do 10 things together, so four such pairs can do 10,000.
    assert!(is_exact(&voters(&[2, 2, 2, 2])));
    assert!(!is_exact(&voters(&[2, 2, 2, 2, 1])));
    // Voters who are alike count by their number: 37 can do 9,880 things, 38 can do 10,660.
    assert!(is_exact(&voters(&[37])));
    assert!(!is_exact(&voters(&[38])));
}

#[test]
fn too_much_to_try_stays_open_until_enough_have_voted() {
    let mut tally = voters(&[1; 20]);
    for place in 0..20 {
        let said = determine(&Sides, &tally);
        // Six voters who are all different can do 4,096 things, seven 16,384.
        assert_eq!(said.exact, 20 - place <= 6, "{place} have voted");
        let certain = if place > 10 { Status::Pass } else { Status::Open };
        assert_eq!(said.status, if said.exact { certain } else { Status::Open }, "{place} have voted");
        tally.record(place, Standing::For);
    }
    assert_eq!(determine(&Sides, &tally).status, Status::Pass);
}

/// It has no worst, but each part has one, and that is enough to know.
#[test]
fn a_majority_with_a_turnout_is_called_inexact_among_many() {
    let majority = Threshold::MAJORITY.of_expressed().shared();
    let rule = All::of([majority, Turnout::at_least(Ratio::HALF).unwrap().shared()]).unwrap();
    let mut tally = voters(&[1; 20]);
    for place in 0..=10 {
        let said = determine(&rule, &tally);
        assert_eq!((said.status, said.exact), (Status::Open, true), "{place} have voted");
        tally.record(place, Standing::For);
    }
    assert_eq!(determine(&rule, &tally).status, Status::Pass, "eleven of twenty");
}

#[test]
fn ten_thousand_voters_without_extremes_are_answered_at_once() {
    assert!(!is_exact(&voters(&[10_000])));
    assert!(!is_exact(&voters(&[1; 2_000])), "the number of ways is far beyond any integer");
}

/// All that can still happen, told whether something passes and whether something fails.
fn possible(spec: &Spec, kinds: &[(Kind, u8)], said: &mut [[u8; 4]], from: usize) -> (bool, bool) {
    let Some(next) = (from..kinds.len()).find(|at| said[*at] == [0; 4]) else {
        let passes = spec.holds(kinds, said);
        return (passes, !passes);
    };
    let mut can = (false, false);
    for choice in 0..4 {
        said[next] = [0; 4];
        said[next][choice] = 1;
        let (pass, fail) = possible(spec, kinds, said, next + 1);
        can = (can.0 | pass, can.1 | fail);
        if can == (true, true) {
            break;
        }
    }
    said[next] = [0; 4];
    can
}

/// Seven of thirteen voters, all different, are outstanding: 16,384 ways.
#[test]
fn beyond_what_is_tried_nothing_is_decided_too_early() {
    let leaves = leaves();
    let (mut decided, mut inexact, mut late) = (0, 0, 0);
    for seed in 0..600 {
        let chance = SeededChance::new(seed);
        let kinds: Vec<(Kind, u8)> = (1..=13)
            .map(|weight| {
                let group = [None, Some(0), Some(1)][draw(&chance, 3)];
                (Kind { weight, group, veto: draw(&chance, 4) == 0 }, 1)
            })
            .collect();
        let (electorate, places) = electorate(&kinds);
        let mut tally = Tally::new(electorate);
        let mut said = vec![[0; 4]; kinds.len()];
        // The heavier ones have spoken, most of them alike: else everything is open.
        let usual = draw(&chance, 4);
        for at in 7..13 {
            let choice = if draw(&chance, 6) == 0 { draw(&chance, 4) } else { usual };
            said[at][choice] = 1;
            let standing = [Standing::For, Standing::Against, Standing::Abstain, Standing::Silent][choice];
            tally.record(places[at][0], standing);
        }
        let spec = composed(&chance, &leaves, 2);
        let certain = match possible(&spec, &kinds, &mut said, 0) {
            (true, false) => Status::Pass,
            (false, true) => Status::Fail,
            _ => Status::Open,
        };
        let got = determine(spec.rule().as_ref(), &tally);
        if got.exact {
            assert_eq!(got.status, certain, "seed {seed}: {}", spec.rule().words());
            decided += u32::from(certain != Status::Open);
        } else {
            assert_eq!(got.status, Status::Open, "seed {seed}: {}", spec.rule().words());
            inexact += 1;
            late += u32::from(certain != Status::Open);
        }
    }
    println!("600 votes with 16,384 ways: {decided} decided, {inexact} called inexact, of which {late} were certain");
    assert!(decided > 100 && inexact > 10, "it says little: {decided} decided, {inexact} inexact");
}
