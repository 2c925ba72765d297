//! The law kit: every type keeps the laws, and each fault is caught by the law that it breaks.

mod subjects;

use std::collections::BTreeSet;

use moai_crdt::laws::{Law, Laws};
use moai_crdt::{Merge, WireForm};

use subjects::naive::{NaiveAddRemove, fault};
use subjects::*;

fn laws_hold<S: Subject<State: WireForm>>() {
    let laws = S::laws().bytes(S::State::to_bytes).decode(S::State::from_bytes);
    if cfg!(miri) {
        println!("interpreted: 20 histories only");
        return laws.effort(20, 12).assert();
    }
    laws.assert();
}

macro_rules! laws_hold {
    ($($name:ident: $subject:ident;)*) => {
        mod the_laws_hold_for {
            $(#[test]
            fn $name() {
                super::laws_hold::<super::$subject>();
            })*
        }
    };
}
for_each_subject!(laws_hold);

/// The law that a planted fault breaks.
fn broken<const FAULT: u8>() -> Option<Law> {
    NaiveAddRemove::<FAULT>::laws().check().err().map(|broken| broken.law)
}

/// A type of one field with this merging.
macro_rules! merging {
    ($name:ident($field:ty), $here:ident, $there:ident => $merge:expr) => {
        #[derive(Debug, Clone, PartialEq, Default)]
        struct $name($field);

        impl Merge for $name {
            fn merge(&mut self, other: &Self) -> bool {
                let ($here, $there) = (&self.0, &other.0);
                let merged = Self($merge);
                let changed = merged != *self;
                *self = merged;
                changed
            }
        }
    };
}

/// The law that a type breaks whose operations change its number.
macro_rules! broken_by_counting {
    ($name:ident) => {
        Laws::of_whole(1, |state: &mut $name, _| state.0 += 1).check().err().map(|broken| broken.law)
    };
}

#[test]
fn a_plain_set_without_a_fault_keeps_every_law() {
    assert_eq!(broken::<{ fault::NONE }>(), None);
}

/// What no law can see: that is what specifications are for.
#[test]
fn a_removal_that_wins_keeps_every_law() {
    assert_eq!(broken::<{ fault::REMOVAL_WINS }>(), None);
}

#[test]
fn a_type_that_drops_everything_is_not_lawful() {
    assert_eq!(broken::<{ fault::DROPS_EVERYTHING }>(), Some(Law::NonTrivial));
}

#[test]
fn an_operation_that_is_never_tried_is_not_lawful_by_luck() {
    merging!(Greater(u64), here, there => *here.max(there));
    let laws = Laws::of_whole(2, |state: &mut Greater, turn| state.0 += u64::from(turn.op == 0));
    let broken = laws.check().expect_err("operation 1 does nothing");
    assert_eq!((broken.law, broken.how.as_str()), (Law::NonTrivial, "operation 1 never changed a state"));
}

#[test]
fn a_refusal_that_changes_something_is_caught() {
    type State = <AddRemove as Subject>::State;
    let laws = Laws::new(1, |state: &mut State, turn| (state.add(turn.by, 0), None).1);
    assert_eq!(laws.check().expect_err("refused").law, Law::Refusal);
}

#[test]
fn sums_instead_of_the_greater_are_caught() {
    merging!(Sum(u64), here, there => here.saturating_add(*there));
    assert_eq!(broken_by_counting!(Sum), Some(Law::Idempotent));
}

#[test]
fn a_merge_that_keeps_its_own_side_is_caught() {
    merging!(Mine(u64), here, _there => *here);
    assert_eq!(broken_by_counting!(Mine), Some(Law::Commutative));
}

#[test]
fn a_merge_that_depends_on_the_order_is_caught() {
    merging!(Last(u64), here, there => if *there > 0 { *there } else { *here });
    assert_eq!(broken_by_counting!(Last), Some(Law::Commutative));
}

#[test]
fn a_mean_is_caught() {
    merging!(Mean(u64), here, there => (here + there) / 2);
    assert_eq!(broken_by_counting!(Mean), Some(Law::Associative));
}

#[test]
fn a_merge_that_forgets_what_is_gone_is_caught() {
    assert_eq!(broken::<{ fault::MERGE_FORGETS_KILLS }>(), Some(Law::Commutative));
}

#[test]
fn a_merge_that_drops_what_only_one_side_has_is_caught() {
    merging!(Common(BTreeSet<u64>), here, there => here.intersection(there).copied().collect());
    let laws = Laws::of_whole(1, |state: &mut Common, turn| {
        state.0.insert(turn.number);
    });
    assert_eq!(laws.check().expect_err("an intersection").law, Law::Neutral);
}

#[test]
fn a_removal_that_leaves_no_trace_is_caught() {
    merging!(Union(BTreeSet<u64>), here, there => here.union(there).copied().collect());
    let laws = Laws::of_whole(2, |state: &mut Union, turn| match turn.op {
        0 => state.0.extend([turn.number % 2]),
        _ => state.0.retain(|element| *element != turn.number % 2),
    });
    assert_eq!(laws.check().expect_err("removed elements come back").law, Law::Inflationary);
}

#[test]
fn a_merge_that_always_says_new_is_caught() {
    assert_eq!(broken::<{ fault::MERGE_ALWAYS_SAYS_NEW }>(), Some(Law::Reporting));
}

#[test]
fn a_delta_that_forgets_what_it_killed_is_caught() {
    assert_eq!(broken::<{ fault::DELTA_FORGETS_KILLS }>(), Some(Law::DeltaIsState));
    assert_eq!(broken::<{ fault::DELTA_FORGETS_REPLACED }>(), Some(Law::DeltaIsState));
}

#[test]
fn deltas_that_need_an_order_are_caught() {
    assert_eq!(broken::<{ fault::DELTAS_ONLY_IN_ORDER }>(), Some(Law::DeltasInAnyOrder));
}

#[test]
fn a_join_that_keeps_one_delta_is_caught() {
    assert_eq!(broken::<{ fault::JOIN_KEEPS_ONE }>(), Some(Law::JoinIsBoth));
}

#[test]
fn a_digest_that_misses_removals_is_caught() {
    assert_eq!(broken::<{ fault::DIGEST_MISSES_REMOVALS }>(), Some(Law::DigestIsMerge));
}

/// A set that keeps its order of arrival, and calls two equal that differ in it only.
#[derive(Debug, Clone, Default)]
struct Arrived(Vec<u8>);

impl PartialEq for Arrived {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().collect::<BTreeSet<_>>() == other.0.iter().collect()
    }
}

impl Merge for Arrived {
    fn merge(&mut self, other: &Self) -> bool {
        let news: Vec<u8> = other.0.iter().filter(|element| !self.0.contains(element)).copied().collect();
        self.0.extend(&news);
        !news.is_empty()
    }
}

fn arriving() -> Laws<moai_crdt::laws::Whole<Arrived>> {
    Laws::of_whole(2, |state: &mut Arrived, turn| {
        state.merge(&Arrived(vec![small(turn.op) + 1]));
    })
}

fn sorted(state: &Arrived) -> Vec<u8> {
    let mut bytes = state.0.clone();
    bytes.sort_unstable();
    bytes
}

#[test]
fn bytes_that_show_the_history_are_caught() {
    assert_eq!(arriving().bytes(|state| sorted(state)).check(), Ok(()));
    let broken = arriving().bytes(|state| state.0.0.clone()).check().expect_err("bytes in order of arrival");
    assert_eq!(broken.law, Law::CanonicalBytes);
}

#[test]
fn bytes_that_are_the_same_for_all_are_caught() {
    let broken = arriving().bytes(|_| Vec::new()).check().expect_err("no bytes");
    assert_eq!(broken.law, Law::CanonicalBytes);
}

#[test]
fn decoding_that_loses_something_is_caught() {
    let lawful = arriving().bytes(|state| sorted(state));
    let lossy = lawful
        .decode(|bytes| Ok::<_, String>(moai_crdt::laws::Whole(Arrived(bytes.iter().copied().take(1).collect()))));
    assert_eq!(lossy.check().expect_err("one element at most").law, Law::RoundTrip);
    let failing = arriving().bytes(|state| sorted(state)).decode(|_| Err("too short"));
    let broken = failing.check().expect_err("nothing is decoded");
    assert!(broken.law == Law::RoundTrip && broken.how.contains("too short"), "{broken}");
}

#[test]
fn the_report_is_short_and_the_same_every_time() {
    let tried = || NaiveAddRemove::<{ fault::DELTA_FORGETS_KILLS }>::laws().check().expect_err("broken");
    let broken = tried();
    assert_eq!(broken, tried());
    assert!(
        broken.to_string().starts_with("the law is broken: a delta gives what the whole state gives\nafter\n"),
        "{broken}"
    );
    assert!(broken.how.lines().filter(|line| line.starts_with("  ")).count() <= 4, "{broken}");
}
