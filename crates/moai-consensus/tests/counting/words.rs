//! The words of a rule stand in ballots as its digest: no two rules may share them.

use std::collections::BTreeMap;

use moai_consensus::{All, Any, Diversity, Not, Ratio, Rule, Ruling, SharedRule, Threshold, Turnout, Unanimous, Veto};

fn leaves() -> Vec<SharedRule> {
    let mut leaves = vec![Veto.shared(), Unanimous.shared()];
    for (voters, groups) in [(1, 1), (1, 2), (2, 1), (2, 2), (12, 1), (1, 12)] {
        leaves.push(Diversity::new(voters, groups).shared());
    }
    for share in [Ratio::THIRD, Ratio::HALF, Ratio::TWO_THIRDS, Ratio::THREE_FIFTHS, Ratio::new(1, 12).unwrap()] {
        let turnout = Turnout::at_least(share).unwrap();
        leaves.extend([turnout.shared(), turnout.by_weight().shared()]);
        for rule in [Threshold::more_than(share).unwrap(), Threshold::at_least(share).unwrap()] {
            for rule in [rule, rule.of_cast(), rule.of_expressed()] {
                leaves.extend([rule.shared(), rule.by_weight().shared()]);
            }
        }
    }
    leaves
}

#[test]
fn a_ballot_for_one_rule_counts_under_another() {
    let leaves = leaves();
    let mut all = leaves.clone();
    all.extend(leaves.iter().map(|leaf| Not::new(leaf.clone()).shared()));
    let singles = all.clone();
    for one in &singles {
        for other in &singles {
            let pair = || [one.clone(), other.clone()];
            all.extend([All::of(pair()).unwrap().shared(), Any::of(pair()).unwrap().shared()]);
        }
    }
    // Nesting must show: a and (b or c) is not (a and b) or c.
    let [a, b, c] = [&leaves[0], &leaves[1], &leaves[2]].map(Clone::clone);
    let or = Any::of([b.clone(), c.clone()]).unwrap().shared();
    let and = All::of([a.clone(), b.clone()]).unwrap().shared();
    all.push(All::of([a.clone(), or]).unwrap().shared());
    all.push(Any::of([and.clone(), c.clone()]).unwrap().shared());
    all.push(Not::new(and).shared());
    all.push(All::of([a, b, c]).unwrap().shared());
    let mut words = BTreeMap::new();
    for rule in &all {
        let digest = Ruling::of(rule.as_ref()).digest().to_string();
        assert_eq!(words.insert(digest, rule.words()), None, "two rules say {}", rule.words());
    }
    assert!(words.len() > 20_000, "{} rules", words.len());
}
