//! A tally against a slow one: what it counts, what rules are shown, and that neither order nor names change anything.

use std::collections::BTreeSet;
use std::sync::Mutex;

use moai_consensus::{
    All, Any, Count, Determined, Diversity, Electorate, Extremes, FinalTally, Not, Ratio, Rule, SharedRule, Standing,
    Tally, Threshold, Turnout, Unanimous, Veto, Why, determine,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::slow::{STANDINGS, Seen, SlowVoter, count, electorate, voters};

/// Who says what, one after the other; some say several things, and some places are behind the last.
fn sayings(most: usize) -> impl Strategy<Value = Vec<(usize, Standing)>> {
    prop::collection::vec((0..10_usize, select(&STANDINGS[..])), 0..=most)
}

fn recorded(voters: &[SlowVoter], sayings: &[(usize, Standing)]) -> (Tally, Vec<SlowVoter>) {
    let (mut tally, mut slow) = (Tally::new(electorate(voters)), voters.to_vec());
    for (place, standing) in sayings {
        tally.record(*place, *standing);
        if let Some(voter) = slow.get_mut(*place) {
            voter.stands = *standing;
        }
    }
    (tally, slow)
}

/// Everything that a tally says of itself.
fn agree(tally: &Tally, slow: &[SlowVoter]) {
    for standing in STANDINGS {
        let (heads, weight) = count(slow, &[standing]);
        assert_eq!(tally.count(standing), Count { heads, weight }, "{standing:?}");
    }
    let (heads, weight) = count(slow, &[Standing::For, Standing::Against, Standing::Abstain]);
    assert_eq!(tally.cast(), Count { heads, weight });
    assert_eq!(tally.standings(), slow.iter().map(|voter| voter.stands).collect::<Vec<_>>());
    assert_eq!(Seen::of(&tally.as_it_is(), tally.electorate()), Seen::slowly(slow));
}

/// Writes down every final tally that it is asked about.
struct Witness {
    electorate: Electorate,
    extremes: Extremes,
    seen: Mutex<BTreeSet<Seen>>,
    asked: Mutex<u64>,
}

impl Witness {
    fn new(electorate: &Electorate, extremes: Extremes) -> Self {
        let (seen, asked) = (Mutex::default(), Mutex::default());
        Self { electorate: electorate.clone(), extremes, seen, asked }
    }
}

impl Rule for Witness {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.seen.lock().unwrap().insert(Seen::of(tally, &self.electorate));
        *self.asked.lock().unwrap() += 1;
        Ok(())
    }
    fn words(&self) -> String {
        "anything".into()
    }
    fn extremes(&self) -> Extremes {
        self.extremes
    }
}

/// What everybody could say in the end, one voter after the other.
fn every_end(slow: &[SlowVoter], ends: &mut BTreeSet<Seen>) {
    let Some(open) = slow.iter().position(|voter| voter.stands == Standing::Outstanding) else {
        ends.insert(Seen::slowly(slow));
        return;
    };
    for choice in [Standing::For, Standing::Against, Standing::Abstain, Standing::Silent] {
        let mut further = slow.to_vec();
        further[open].stands = choice;
        every_end(&further, ends);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_count_drifts_away_from_what_was_said(voters in voters(8), sayings in sayings(40)) {
        let (mut tally, mut slow) = (Tally::new(electorate(&voters)), voters);
        agree(&tally, &slow);
        for (place, standing) in sayings {
            let before = slow.get(place).map(|voter| voter.stands);
            prop_assert_eq!(tally.standing(place), before);
            prop_assert_eq!(tally.record(place, standing), before, "what it returns is where the voter stood");
            if let Some(voter) = slow.get_mut(place) {
                voter.stands = standing;
            }
            agree(&tally, &slow);
        }
    }

    #[test]
    fn saying_it_and_taking_it_back_leaves_a_trace(
        voters in voters(8), sayings in sayings(20), place in 0..10_usize, standing in select(&STANDINGS[..]),
    ) {
        let (tally, _) = recorded(&voters, &sayings);
        let mut other = tally.clone();
        if let Some(before) = other.record(place, standing) {
            prop_assert_eq!(other.record(place, before), Some(standing));
        }
        prop_assert_eq!(format!("{tally:?}"), format!("{other:?}"));
    }

    /// Groups within reach, vetoes to come, classes: each rule that claims an extreme sees this.
    #[test]
    fn a_rule_is_shown_something_else_than_everybody_doing_the_same(voters in voters(8), sayings in sayings(12)) {
        let (tally, slow) = recorded(&voters, &sayings);
        for way in [Standing::For, Standing::Against, Standing::Abstain, Standing::Silent] {
            let witness = Witness::new(tally.electorate(), Extremes::new(&[way], &[way]));
            assert!(determine(&witness, &tally).exact);
            let mut slow = slow.clone();
            for voter in slow.iter_mut().filter(|voter| voter.stands == Standing::Outstanding) {
                voter.stands = way;
            }
            prop_assert_eq!(witness.seen.into_inner().unwrap(), BTreeSet::from([Seen::slowly(&slow)]));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn something_that_can_happen_is_never_tried_or_tried_twice(voters in voters(5), sayings in sayings(6)) {
        let (tally, slow) = recorded(&voters, &sayings);
        let witness = Witness::new(tally.electorate(), Extremes::UNKNOWN);
        prop_assert!(determine(&witness, &tally).exact);
        let mut ends = BTreeSet::new();
        every_end(&slow, &mut ends);
        // Where nobody is outstanding it is asked once and no more is to be tried.
        prop_assert_eq!(witness.asked.into_inner().unwrap(), ends.len() as u64);
        prop_assert_eq!(witness.seen.into_inner().unwrap(), ends);
    }

    #[test]
    fn the_order_of_votes_decides(
        voters in voters(8), votes in prop::collection::vec(select(&STANDINGS[..]), 8),
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let straight: Vec<(usize, Standing)> = votes.iter().copied().enumerate().collect();
        let shuffled: Vec<(usize, Standing)> = order.iter().map(|place| straight[*place]).collect();
        let ((one, _), (other, _)) = (recorded(&voters, &straight), recorded(&voters, &shuffled));
        prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
        prop_assert_eq!(verdicts(&one), verdicts(&other));
    }

    #[test]
    fn what_voters_are_called_or_in_which_order_they_are_listed_decides(
        voters in voters(8), votes in prop::collection::vec(select(&STANDINGS[..]), 8),
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut named = voters.clone();
        for (voter, stands) in named.iter_mut().zip(&votes) {
            voter.stands = *stands;
        }
        let tally = |voters: &[SlowVoter]| {
            let mut tally = Tally::new(electorate(voters));
            for voter in voters {
                let place = tally.electorate().index_of(&voter.elector().id).unwrap();
                tally.record(place, voter.stands);
            }
            tally
        };
        let as_listed = tally(&named);

        let listed_otherwise: Vec<SlowVoter> = order.iter().filter_map(|place| named.get(*place).cloned()).collect();
        let other = tally(&listed_otherwise);
        prop_assert_eq!(as_listed.electorate().digest(), other.electorate().digest());
        prop_assert_eq!(format!("{as_listed:?}"), format!("{other:?}"));

        let mut called_otherwise = named;
        for (voter, number) in called_otherwise.iter_mut().zip(&order) {
            voter.name = format!("{number}");
        }
        prop_assert_eq!(verdicts(&as_listed), verdicts(&tally(&called_otherwise)));
    }
}

/// One rule of each kind and some compositions.
fn rules() -> Vec<SharedRule> {
    let majority = Threshold::MAJORITY;
    let two_thirds = Threshold::at_least(Ratio::TWO_THIRDS).unwrap();
    let turnout = Turnout::at_least(Ratio::HALF).unwrap();
    let mut rules = vec![
        majority.shared(),
        majority.by_weight().shared(),
        two_thirds.of_cast().shared(),
        two_thirds.of_expressed().by_weight().shared(),
        turnout.shared(),
        turnout.by_weight().shared(),
        Veto.shared(),
        Unanimous.shared(),
        Diversity::new(2, 2).shared(),
    ];
    let turned: Vec<SharedRule> = rules.iter().map(|rule| Not::new(rule.clone()).shared()).collect();
    for (rule, turned) in rules.clone().into_iter().zip(turned.into_iter().rev()) {
        rules.push(All::of([rule.clone(), turned.clone()]).unwrap().shared());
        rules.push(Any::of([turned.clone(), rule]).unwrap().shared());
        rules.push(turned);
    }
    rules
}

fn verdicts(tally: &Tally) -> Vec<Determined> {
    rules().iter().map(|rule| determine(rule.as_ref(), tally)).collect()
}

#[test]
fn a_voter_behind_the_last_is_counted() {
    let mut tally = Tally::new(Electorate::of([]).unwrap());
    assert_eq!((tally.record(0, Standing::For), tally.record(usize::MAX, Standing::For)), (None, None));
    agree(&tally, &[]);
}

#[test]
fn weights_at_the_limit_overflow_when_counted() {
    let voter = |name: &str, weight| SlowVoter {
        name: name.into(),
        weight,
        group: None,
        veto: true,
        stands: Standing::Outstanding,
    };
    let voters = [voter("a", u64::MAX - 1), voter("b", 1), voter("c", 0)];
    for standing in STANDINGS {
        let sayings: Vec<_> = (0..3).map(|place| (place, standing)).collect();
        let (tally, slow) = recorded(&voters, &sayings);
        agree(&tally, &slow);
        verdicts(&tally);
    }
}
