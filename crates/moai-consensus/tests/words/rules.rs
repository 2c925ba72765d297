//! Each built-in rule: whether it holds of a final tally, why not, and how it calls itself.

use moai_consensus::{
    All, Any, Base, Count, Diversity, Elector, Electorate, Measure, Not, Ratio, Rule, Ruling, SharedRule, Standing,
    Tally, Threshold, Turnout, Unanimous, Veto, Why,
};
use moai_core::{AgentId, DigestBuilder, InvalidInput};

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

/// Voters as words: `+` for, `-` against, `0` abstains, `.` silent, `?` outstanding, `x` spoiled, `i` invalid; behind
/// that a weight, `!` for a veto, and a group.
fn tally(voters: &str) -> Tally {
    let mut standings = Vec::new();
    let electors = voters.split_whitespace().enumerate().map(|(at, word)| {
        let (sign, rest) = word.split_at(1);
        standings.push(match sign {
            "+" => Standing::For,
            "-" => Standing::Against,
            "0" => Standing::Abstain,
            "." => Standing::Silent,
            "?" => Standing::Outstanding,
            "x" => Standing::Spoiled,
            "i" => Standing::Invalid,
            other => panic!("{other}"),
        });
        let digits = rest.len() - rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let (weight, rest) = rest.split_at(digits);
        let mut elector = Elector::new(AgentId::new(format!("a{at:03}")).unwrap());
        elector.weight = if weight.is_empty() { 1 } else { weight.parse().unwrap() };
        elector.veto = rest.starts_with('!');
        let group = rest.trim_start_matches('!');
        elector.group = (!group.is_empty()).then(|| moai_consensus::Group::new(group).unwrap());
        elector
    });
    let electorate = Electorate::new(electors.collect::<Vec<_>>()).unwrap();
    let mut tally = Tally::new(electorate);
    for (at, standing) in standings.into_iter().enumerate() {
        tally.record(at, standing);
    }
    tally
}

/// Each line: the voters, and why the rule does not hold; nothing if it does.
fn table(rule: &dyn Rule, lines: &[(&str, &str)]) {
    for (voters, why) in lines {
        let tally = tally(voters);
        let got = rule.holds(&tally.as_it_is()).map_or_else(|why| why.to_string(), |()| String::new());
        assert_eq!(got, *why, "{} of {voters:?}", rule.words());
    }
}

#[test]
fn thresholds() {
    let majority = Threshold::MAJORITY;
    table(
        &majority,
        &[
            ("", "nobody to count"),
            ("+", ""),
            ("-", "0 of 1 for, 1 needed"),
            ("0", "0 of 1 for, 1 needed"),
            ("?", "0 of 1 for, 1 needed"),
            ("+ -", "1 of 2 for, 2 needed"),
            ("+ .", "1 of 2 for, 2 needed"),
            ("+ + .", ""),
            ("+ + ? x", "2 of 4 for, 3 needed"),
            ("+ + + i x", ""),
            ("+0 +0 -9", ""),
        ],
    );
    table(
        &majority.by_weight(),
        &[
            ("", "nobody to count"),
            ("+0", "nobody to count"),
            ("+0 -0", "nobody to count"),
            ("+0 -1", "0 of 1 for, 1 needed"),
            ("+3 -2 .1", "3 of 6 for, 4 needed"),
            ("+4 -2 .1", ""),
            ("+18446744073709551615", ""),
            (
                "+9223372036854775807 -9223372036854775808",
                "9223372036854775807 of 18446744073709551615 for, 9223372036854775808 needed",
            ),
        ],
    );
    table(
        &majority.of_cast(),
        &[
            ("", "nobody to count"),
            (". . x i", "nobody to count"),
            ("0 0", "0 of 2 for, 2 needed"),
            ("0 0 .", "0 of 2 for, 2 needed"),
            ("+ . . .", ""),
            ("+ 0 . .", "1 of 2 for, 2 needed"),
        ],
    );
    table(
        &majority.of_expressed(),
        &[
            ("", "nobody to count"),
            ("0 0 0", "nobody to count"),
            (". . .", "nobody to count"),
            ("+ 0 0 .", ""),
            ("+ - 0 .", "1 of 2 for, 2 needed"),
        ],
    );
    table(
        &majority.of_expressed().by_weight(),
        &[("+0 09 .9", "nobody to count"), ("+2 -1 09", ""), ("+0 -0 09", "nobody to count")],
    );
    let two_thirds = Threshold::at_least(Ratio::TWO_THIRDS).unwrap();
    table(
        &two_thirds,
        &[
            ("", "nobody to count"),
            ("+ + -", ""),
            ("+ - -", "1 of 3 for, 2 needed"),
            ("+ + - -", "2 of 4 for, 3 needed"),
            ("+ + + + - -", ""),
        ],
    );
    table(
        &Threshold::more_than(Ratio::TWO_THIRDS).unwrap(),
        &[("+ + -", "2 of 3 for, 3 needed"), ("+ + +", ""), ("+ + + -", "")],
    );
    // More than nothing: one vote is enough, and none is not.
    let any = Threshold::more_than(Ratio::ZERO).unwrap();
    table(&any, &[("", "nobody to count"), ("- - .", "0 of 3 for, 1 needed"), ("+ - .", "")]);
    table(&any.of_cast(), &[(". .", "nobody to count"), ("0", "0 of 1 for, 1 needed"), ("+ .", "")]);
    table(&Threshold::above(Ratio::ONE).unwrap(), &[("+ +", ""), ("+ -", "1 of 2 for, 2 needed")]);
    assert_eq!(Threshold::above(Ratio::ONE), Threshold::at_least(Ratio::ONE));
    assert_eq!(Threshold::above(Ratio::HALF), Ok(Threshold::MAJORITY));
    assert_eq!(Threshold::above(Ratio::THREE_FIFTHS), Ok(Threshold::THREE_FIFTHS));
    assert_eq!(Threshold::above(ratio("0.66")).unwrap().share(), ratio("33/50"));
    assert_eq!(two_thirds.threshold(), Some(Ratio::TWO_THIRDS));
}

#[test]
fn turnout() {
    let half = Turnout::at_least(Ratio::HALF).unwrap();
    table(
        &half,
        &[
            ("", "nobody to count"),
            ("+ - 0 .", ""),
            ("- .", ""),
            ("0 .", ""),
            ("0 . .", "1 of 3 votes, 2 needed"),
            ("? x i .", "0 of 4 votes, 2 needed"),
        ],
    );
    table(
        &half.by_weight(),
        &[("", "nobody to count"), ("+0", "nobody to count"), ("02 .2", ""), ("+1 -1 .3", "2 of 5 votes, 3 needed")],
    );
    assert_eq!(half.threshold(), None);
    let why = half.holds(&tally("0 . .").as_it_is()).unwrap_err();
    assert!(why.is_turnout());
    for other in [Threshold::MAJORITY.shared(), Unanimous.shared(), Diversity::new(1, 1).shared()] {
        assert!(!other.holds(&tally("0 . .").as_it_is()).unwrap_err().is_turnout(), "{}", other.words());
    }
}

#[test]
fn everybody_or_somebody_with_a_veto_or_several_kinds() {
    table(
        &Unanimous,
        &[
            ("", "nobody to count"),
            ("+", ""),
            ("+ +0", ""),
            ("+ 0", "1 of 2 for, 2 needed"),
            ("+ .", "1 of 2 for, 2 needed"),
            ("-", "0 of 1 for, 1 needed"),
        ],
    );
    assert_eq!(Unanimous.threshold(), Some(Ratio::ONE));
    table(
        &Veto,
        &[("", ""), ("- - -", ""), ("+! 0! .! ?! x! i!", ""), ("+ -!", "vetoed by 1"), ("-0! -! +!", "vetoed by 2")],
    );
    table(
        &Diversity::new(2, 2),
        &[
            ("", "0 for from 0 groups, 2 from 2 needed"),
            ("+a +b", ""),
            ("+a +a", "2 for from 1 groups, 2 from 2 needed"),
            ("+a + +", "3 for from 1 groups, 2 from 2 needed"),
            ("+a -b", "1 for from 1 groups, 2 from 2 needed"),
            ("+a +b -c .c", ""),
            ("+0a +0b", ""),
        ],
    );
    table(&Diversity::new(0, 0), &[("", ""), ("-", "")]);
    table(&Diversity::new(3, 1), &[("+a +a +", ""), ("+ + +", "3 for from 0 groups, 3 from 1 needed")]);
}

fn composed() -> [SharedRule; 3] {
    let parts = || [Turnout::at_least(Ratio::HALF).unwrap().shared(), Threshold::MAJORITY.of_cast().shared()];
    [All::of(parts()).unwrap().shared(), Any::of(parts()).unwrap().shared(), Not::new(Veto.shared()).shared()]
}

#[test]
fn compositions() {
    let [all, any, not] = composed();
    table(
        all.as_ref(),
        &[
            ("", "nobody to count"),
            ("+ .", ""),
            ("+ . .", "1 of 3 votes, 2 needed"),
            ("- 0", "0 of 2 for, 2 needed"),
            (". .", "0 of 2 votes, 1 needed"),
        ],
    );
    // Where no part holds the first tells why.
    table(any.as_ref(), &[("", "nobody to count"), ("+ . .", ""), ("- -", ""), ("- . .", "1 of 3 votes, 2 needed")]);
    table(not.as_ref(), &[("", "what must not hold does"), ("-!", ""), ("-", "what must not hold does")]);
    assert!(all.threshold().is_none() && any.threshold().is_none() && not.threshold().is_none());
    assert_eq!(All::of([]).err(), Some(InvalidInput::Empty { field: "rules" }));
    assert_eq!(Any::of([]).err(), Some(InvalidInput::Empty { field: "rules" }));
}

#[test]
fn shares_that_mean_nothing_are_refused() {
    let refused = |field: &'static str, low: &str, high: &str, got: &str| {
        let (low, high, got) = (low.into(), high.into(), got.into());
        Some(InvalidInput::OutOfRange { field, low, high, got })
    };
    let more = |text| Threshold::more_than(ratio(text)).err();
    assert_eq!(more("1"), refused("threshold", "0", "less than 1", "1"));
    assert_eq!(more("1.5"), refused("threshold", "0", "less than 1", "3/2"));
    assert_eq!(more("0.999"), None);
    let least = |text| Threshold::at_least(ratio(text)).err();
    assert_eq!(least("0"), refused("threshold", "more than 0", "1", "0"));
    assert_eq!(least("101/100"), refused("threshold", "more than 0", "1", "101/100"));
    assert_eq!((least("1"), least("1/18446744073709551615")), (None, None));
    assert_eq!(Threshold::above(ratio("2")).err(), refused("threshold", "0", "less than 1", "2"));
    let turnout = |text| Turnout::at_least(ratio(text)).err();
    assert_eq!(turnout("0"), refused("turnout", "more than 0", "1", "0"));
    assert_eq!(turnout("3/2"), refused("turnout", "more than 0", "1", "3/2"));
    assert_eq!(turnout("1"), None);
}

/// Every built-in rule with its words, and its words where three may vote who weigh 2, 3 and 5.
fn worded() -> Vec<(SharedRule, &'static str, &'static str)> {
    let majority = Threshold::MAJORITY;
    let two_thirds = Threshold::at_least(Ratio::TWO_THIRDS).unwrap();
    let [all, any, not] = composed();
    let nested = All::of([any.clone(), Not::new(all.clone()).shared(), Unanimous.shared()]).unwrap().shared();
    let same = |words| (words, words);
    [
        (majority.shared(), ("more than 1/2 of members", "more than 1/2 of members: 2 of 3")),
        (Threshold::THREE_FIFTHS.shared(), ("more than 3/5 of members", "more than 3/5 of members: 2 of 3")),
        (
            majority.by_weight().shared(),
            ("more than 1/2 of the weight of members", "more than 1/2 of the weight of members: 6 of 10"),
        ),
        (majority.of_cast().shared(), same("more than 1/2 of votes cast")),
        (majority.of_cast().by_weight().shared(), same("more than 1/2 of the weight cast")),
        (majority.of_expressed().shared(), same("more than 1/2 of votes for and against")),
        (majority.of_expressed().by_weight().shared(), same("more than 1/2 of the weight for and against")),
        (two_thirds.shared(), ("at least 2/3 of members", "at least 2/3 of members: 2 of 3")),
        (
            two_thirds.by_weight().shared(),
            ("at least 2/3 of the weight of members", "at least 2/3 of the weight of members: 7 of 10"),
        ),
        (
            Threshold::at_least(Ratio::ONE).unwrap().shared(),
            ("at least 1 of members", "at least 1 of members: 3 of 3"),
        ),
        (Turnout::at_least(Ratio::HALF).unwrap().shared(), same("at least 1/2 of members vote")),
        (
            Turnout::at_least(Ratio::HALF).unwrap().by_weight().shared(),
            same("at least 1/2 of the weight of members votes"),
        ),
        (Unanimous.shared(), ("every member is for it", "every member is for it: 3 of 3")),
        (Veto.shared(), same("nobody with a veto is against it")),
        (Diversity::new(3, 2).shared(), same("at least 3 for it from at least 2 groups")),
        (all, same("(at least 1/2 of members vote) and (more than 1/2 of votes cast)")),
        (any, same("(at least 1/2 of members vote) or (more than 1/2 of votes cast)")),
        (not, same("not (nobody with a veto is against it)")),
        (
            nested,
            (
                "((at least 1/2 of members vote) or (more than 1/2 of votes cast)) and (not ((at least 1/2 of members vote) \
                 and (more than 1/2 of votes cast))) and (every member is for it)",
                "((at least 1/2 of members vote) or (more than 1/2 of votes cast)) and (not ((at least 1/2 of members vote) \
                 and (more than 1/2 of votes cast))) and (every member is for it: 3 of 3)",
            ),
        ),
    ]
    .into_iter()
    .map(|(rule, (words, words_for))| (rule, words, words_for))
    .collect()
}

#[test]
fn rules_in_words() {
    let three = tally(".2 .3 .5");
    let nobody = Electorate::of([]).unwrap();
    for (rule, words, words_for) in worded() {
        assert_eq!(rule.words(), words);
        assert_eq!(rule.words_for(three.electorate()), words_for);
        // Of nobody no number can be told; the words are none the worse.
        assert!(rule.words_for(&nobody).starts_with(&words[..1]), "{words}");
    }
    assert_eq!(Threshold::MAJORITY.words_for(&nobody), "more than 1/2 of members");
    assert_eq!(
        Threshold::MAJORITY.by_weight().words_for(tally(".0 .0").electorate()),
        "more than 1/2 of the weight of members"
    );
    assert_eq!(Unanimous.words_for(&nobody), "every member is for it: 0 of 0");
}

#[test]
fn the_digest_is_that_of_the_words_and_differs() {
    // Worked out apart from this crate.
    const MAJORITY: &str = "49e724a918554a9252a9a5c234e6b07b9b5c675da0b650149ee2ee02410492f4";
    assert_eq!(Ruling::of(&Threshold::MAJORITY).digest().to_string(), MAJORITY);
    let rules = worded();
    for (at, (rule, words, _)) in rules.iter().enumerate() {
        let digest = Ruling::of(rule.as_ref()).digest();
        assert_eq!(digest, DigestBuilder::new("moai/rule/1").text(words).finish());
        let thrice = DigestBuilder::new("moai/rule/1").text(words).u64(3).finish();
        assert_eq!(Ruling::of(rule.as_ref()).over(3).digest(), thrice);
        for (other, other_words, _) in &rules[..at] {
            assert_ne!(digest, Ruling::of(other.as_ref()).digest(), "{words} and {other_words}");
        }
    }
}

#[test]
fn why_not() {
    let few = |more| Why::TooFew { who: "for", got: 1, whole: 4, share: Ratio::HALF, more, measure: Measure::Heads };
    let table = [
        (few(true), "1 of 4 for, 3 needed"),
        (few(false), "1 of 4 for, 2 needed"),
        (Why::TooAlike { got: 3, need: 3, groups: 1, need_groups: 2 }, "3 for from 1 groups, 3 from 2 needed"),
        (Why::Vetoed { by: 2 }, "vetoed by 2"),
        (Why::Nobody, "nobody to count"),
        (Why::Holds, "what must not hold does"),
        (Why::Other("the moon is full"), "the moon is full"),
    ];
    for (why, words) in table {
        assert_eq!((why.words().as_ref(), why.to_string().as_str(), why.is_turnout()), (words, words, false));
    }
    let votes = Why::TooFew {
        who: "votes",
        got: u64::MAX,
        whole: u64::MAX,
        share: Ratio::ONE,
        more: true,
        measure: Measure::Weight,
    };
    assert!(votes.is_turnout());
    assert_eq!(votes.to_string(), "18446744073709551615 of 18446744073709551615 votes, 18446744073709551616 needed");
}

#[test]
fn measures() {
    let count = Count { heads: 2, weight: 7 };
    assert_eq!((Measure::Heads.of(count), Measure::Weight.of(count)), (2, 7));
    assert_ne!(Base::Cast, Base::Expressed);
    assert_eq!(count + count, Count { heads: 4, weight: 14 });
}

/// All that a rule says of itself is said by what shares it: a method that keeps its default would change how a vote goes.
#[test]
fn what_shares_a_rule_is_that_rule() {
    let rule: SharedRule =
        All::of([Threshold::more_than(Ratio::HALF).unwrap().by_weight().shared(), Veto.shared()]).unwrap().shared();
    let shared: SharedRule = rule.clone().shared();
    let tally = tally("+3 +1 -5!");
    let electorate = tally.electorate();
    assert_eq!(shared.words(), rule.words());
    assert_eq!(shared.words_for(electorate), rule.words_for(electorate));
    assert_ne!(shared.words_for(electorate), shared.words());
    assert_eq!((shared.measure(), rule.measure()), (Measure::Weight, Measure::Weight));
    assert_eq!(shared.holds(&tally.as_it_is()), rule.holds(&tally.as_it_is()));
    assert!(matches!(shared.parts(), moai_consensus::Parts::All([_, _])));
    let half: SharedRule = Threshold::more_than(Ratio::HALF).unwrap().shared();
    let same: SharedRule = half.clone().shared();
    assert_eq!((same.threshold(), same.extremes()), (half.threshold(), half.extremes()));
    assert_ne!((same.threshold(), same.extremes()), (None, moai_consensus::Extremes::UNKNOWN));
}
