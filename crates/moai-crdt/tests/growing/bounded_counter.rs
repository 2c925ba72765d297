//! A budget: never overspent, whoever hears of what and when.

use crate::swarm::{Event, Exam, replica, run, steps};
use moai_core::{Aftermath, Coded};
use moai_crdt::{BoundedCounter, BudgetError, Merge, Part, Replicated};
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq)]
enum Op {
    Grant(u64),
    Spend(u64),
    Transfer(usize, u64),
}

struct Budget;

fn sum<'a>(events: impl IntoIterator<Item = &'a Event<Op>>, what: impl Fn(&Event<Op>) -> u64) -> u128 {
    events.into_iter().map(|event| u128::from(what(event))).sum()
}

fn granted(event: &Event<Op>) -> u64 {
    if let Op::Grant(n) = event.op { n } else { 0 }
}

fn spent(event: &Event<Op>) -> u64 {
    if let Op::Spend(n) = event.op { n } else { 0 }
}

impl Exam for Budget {
    type State = BoundedCounter;
    type Op = Op;

    fn act(state: &mut BoundedCounter, me: usize, op: &Op) -> Option<Part<BoundedCounter>> {
        let before = state.rights(replica(me));
        let refused = |done: Result<Part<BoundedCounter>, BudgetError>, wanted| match done {
            Ok(part) => Some(part),
            Err(error) => {
                assert_eq!(error, BudgetError::NotEnough { wanted, left: before });
                assert!(u128::from(wanted) > before);
                None
            }
        };
        match *op {
            Op::Grant(n) => state.grant(replica(me), n).ok(),
            Op::Spend(n) => refused(state.spend(replica(me), n), n),
            Op::Transfer(to, n) => refused(state.transfer(replica(me), replica(to), n), n),
        }
    }

    /// A number speaks of all that its author did of this kind.
    fn says(history: &[Event<Op>], _: bool) -> Vec<usize> {
        let Some(last) = history.last() else { return Vec::new() };
        let slot = |op: &Op, author: usize| match *op {
            Op::Grant(_) => (author, Some(author)),
            Op::Spend(_) => (author, None),
            Op::Transfer(to, _) => (author, Some(to)),
        };
        if matches!(last.op, Op::Transfer(to, _) if to == last.author) {
            return Vec::new();
        }
        let same = |at: &usize| slot(&history[*at].op, history[*at].author) == slot(&last.op, last.author);
        (0..history.len()).filter(same).collect()
    }

    fn check(state: &BoundedCounter, seen: &[&Event<Op>]) {
        let (known, gone) = (sum(seen.iter().copied(), granted), sum(seen.iter().copied(), spent));
        assert_eq!(state.spent(), gone);
        assert_eq!(state.budget(), known.max(gone));
        assert_eq!(state.left(), state.budget() - state.spent());
        for me in 0..3 {
            let to_me = |event: &Event<Op>| match event.op {
                Op::Grant(n) if event.author == me => n,
                Op::Transfer(to, n) if to == me && event.author != me => n,
                _ => 0,
            };
            let from_me = |event: &Event<Op>| match event.op {
                Op::Spend(n) if event.author == me => n,
                Op::Transfer(to, n) if event.author == me && to != me => n,
                _ => 0,
            };
            let expected = sum(seen.iter().copied(), to_me).saturating_sub(sum(seen.iter().copied(), from_me));
            assert_eq!(state.rights(replica(me)), expected);
        }
    }

    fn check_swarm(history: &[Event<Op>]) {
        assert!(sum(history, spent) <= sum(history, granted), "the swarm has overspent");
    }
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (0..6_u64).prop_map(Op::Grant),
        3 => (0..6_u64).prop_map(Op::Spend),
        3 => (0..3_usize, 0..6_u64).prop_map(|(to, n)| Op::Transfer(to, n)),
    ]
}

proptest! {
    #[test]
    fn a_swarm_overspends(steps in steps(op())) {
        run::<Budget>(&steps);
    }
}

#[test]
fn two_who_cannot_hear_each_other_spend_the_same_rights() {
    let (a, b) = (replica(0), replica(1));
    let mut left = BoundedCounter::new();
    let _sent = left.grant(a, 10).unwrap();
    let mut right = left.clone();
    let _unheard = left.spend(a, 10).unwrap();
    let refused = right.spend(b, 1).unwrap_err();
    assert_eq!(refused, BudgetError::NotEnough { wanted: 1, left: 0 });
    let text = "1 of the budget was wanted, the right to 0 is held here; nothing changed";
    assert_eq!(
        (refused.to_string().as_str(), refused.code(), refused.aftermath()),
        (text, "crdt.not_enough", Aftermath::NothingChanged)
    );
    assert!(BudgetError::CODES.contains(&refused.code()));
}

#[test]
fn rights_multiply_when_their_transfer_comes_twice() {
    let (a, b) = (replica(0), replica(1));
    let (mut left, mut right) = (BoundedCounter::new(), BoundedCounter::new());
    let _lost = left.grant(a, 10).unwrap();
    let first = left.transfer(a, b, 3).unwrap();
    let second = left.transfer(a, b, 2).unwrap();
    for part in [&second, &first, &second, &first] {
        right.apply(part);
    }
    assert_eq!(right.rights(b), 5);
    right.merge(&left);
    assert_eq!((right.rights(a), right.rights(b), right.budget()), (5, 5, 10));
}

#[test]
fn a_transfer_to_oneself_makes_rights() {
    let a = replica(0);
    let mut budget = BoundedCounter::new();
    let _sent = budget.grant(a, 10).unwrap();
    let before = budget.clone();
    let part = budget.transfer(a, a, 10).unwrap();
    assert!(!budget.apply(&part));
    assert_eq!(budget, before);
    assert_eq!(budget.transfer(a, a, 11), Err(BudgetError::NotEnough { wanted: 11, left: 10 }));
}

#[test]
fn spending_that_is_heard_of_before_its_grant_leaves_less_than_nothing() {
    let a = replica(0);
    let (mut left, mut right) = (BoundedCounter::new(), BoundedCounter::new());
    let grant = left.grant(a, 10).unwrap();
    let spending = left.spend(a, 7).unwrap();
    right.apply(&spending);
    assert_eq!((right.budget(), right.spent(), right.left(), right.rights(a)), (7, 7, 0, 0));
    right.apply(&grant);
    assert_eq!((right.budget(), right.spent(), right.left(), right.rights(a)), (10, 7, 3, 3));
}

#[test]
fn a_budget_wraps_at_its_end() {
    let (a, b) = (replica(0), replica(1));
    let mut budget = BoundedCounter::new();
    let _sent = budget.grant(a, u64::MAX).unwrap();
    let _sent = budget.grant(b, u64::MAX).unwrap();
    let full = budget.clone();
    assert_eq!(budget.grant(a, 1).unwrap_err().what, "what a replica has granted");
    let _sent = budget.transfer(b, a, u64::MAX).unwrap();
    assert_eq!(budget.rights(a), 2 * u128::from(u64::MAX));
    let _sent = budget.spend(a, u64::MAX).unwrap();
    let before = budget.clone();
    let overflow = budget.spend(a, 1).unwrap_err();
    assert_eq!(overflow.to_string(), "what a replica has spent would go beyond its range; nothing changed");
    assert_eq!(overflow.code(), "crdt.overflow");
    assert_eq!(budget, before);
    // What cannot be spent by one can be spent by another.
    let _sent = budget.transfer(a, b, u64::MAX).unwrap();
    let _sent = budget.spend(b, u64::MAX).unwrap();
    assert_eq!((budget.left(), budget.spent()), (0, budget.budget()));
    assert_ne!(budget, full);
}

#[test]
fn a_budget_reads_differently_in_its_next_version() {
    let (a, b) = (replica(0), replica(1));
    let mut budget = BoundedCounter::new();
    let _sent = budget.grant(a, 10).unwrap();
    let _sent = budget.transfer(a, b, 4).unwrap();
    let _sent = budget.spend(b, 3).unwrap();
    let text = concat!(
        r#"{"given":[["0000000000000001","0000000000000001",10],["0000000000000001","0000000000000002",4]],"#,
        r#""spent":{"0000000000000002":3}}"#
    );
    assert_eq!(serde_json::to_string(&budget).unwrap(), text);
    assert_eq!(format!("{budget:?}"), "BoundedCounter { given: {(r1, r1): 10, (r1, r2): 4}, spent: {r2: 3} }");
    for bad in [
        r#"{"given":[["0000000000000001","0000000000000001",0]],"spent":{}}"#,
        r#"{"given":[["0000000000000001","0000000000000001",1],["0000000000000001","0000000000000001",1]],"spent":{}}"#,
        r#"{"given":[["0000000000000002","0000000000000001",1],["0000000000000001","0000000000000001",1]],"spent":{}}"#,
        r#"{"given":[],"spent":{},"more":0}"#,
    ] {
        assert!(serde_json::from_str::<BoundedCounter>(bad).is_err(), "{bad}");
    }
}
