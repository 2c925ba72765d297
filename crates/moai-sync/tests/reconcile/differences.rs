//! What is found is what differs, exactly.

use std::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::prelude::*;

use moai_sync::reconcile::Symbol;

use super::*;

fn of(entries: &BTreeSet<(u64, u64)>) -> Set {
    let mut set = Set::new();
    for &(number, version) in entries {
        set.insert(name(number), &content(version));
    }
    set
}

fn names(entries: &BTreeSet<(u64, u64)>, others: &BTreeSet<(u64, u64)>) -> Vec<String> {
    entries.difference(others).map(|&(number, _)| name(number)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn something_differs_and_is_not_found(
        both in btree_set((0_u64..60, 0_u64..3), 0..60),
        left in btree_set((0_u64..60, 0_u64..3), 0..40),
        right in btree_set((0_u64..60, 0_u64..3), 0..40),
        key in any::<u8>(),
    ) {
        let (left, right) = (&both | &left, &both | &right);
        let (ended, _) = exchange(&mut of(&left), &mut of(&right), key, &wide());
        let expected = if left == right { Ended::Same } else { Ended::Differ(names(&left, &right), names(&right, &left)) };
        prop_assert_eq!(ended, expected);
    }
}

#[test]
fn some_number_of_differences_is_not_found() {
    let mut ours = set(0..800);
    for count in (0..40).chain([63, 64, 65, 100, 127, 128, 129, 200, 311, 400]) {
        // A third is changed, a third is ours alone, and a third is theirs alone.
        let mut theirs = ours.clone();
        let (mut offered, mut wanted) = (Vec::new(), Vec::new());
        for number in 0..count {
            match number % 3 {
                0 => {
                    assert!(theirs.replace(name(number), &content(0), &content(1)));
                    offered.push(name(number));
                    wanted.push(name(number));
                }
                1 => {
                    assert!(theirs.remove(&name(number), &content(0)));
                    offered.push(name(number));
                }
                _ => {
                    assert!(theirs.insert(name(10_000 + number), &content(0)));
                    wanted.push(name(10_000 + number));
                }
            }
        }
        wanted.sort_unstable();
        let expected = if count == 0 { Ended::Same } else { Ended::Differ(offered, wanted) };
        let key = u8::try_from(count % 251).unwrap();
        assert_eq!(exchange(&mut ours, &mut theirs, key, &wide()).0, expected, "{count}");
    }
}

#[test]
fn an_empty_set_or_one_entry_is_not_found() {
    let limits = ReconcileLimits::default();
    let none: Vec<String> = Vec::new();
    assert_eq!(exchange(&mut set([]), &mut set([]), 1, &limits), (Ended::Same, 52));
    assert_eq!(exchange(&mut set([1]), &mut set([1]), 1, &limits), (Ended::Same, 52));
    assert_eq!(exchange(&mut set([]), &mut set([1]), 1, &limits).0, Ended::Differ(none.clone(), vec![name(1)]));
    assert_eq!(exchange(&mut set([1]), &mut set([]), 1, &limits).0, Ended::Differ(vec![name(1)], none.clone()));
    assert_eq!(exchange(&mut set([1]), &mut set([2]), 1, &limits).0, Ended::Differ(vec![name(1)], vec![name(2)]));
    let all: Vec<String> = (0..100).map(name).collect();
    assert_eq!(exchange(&mut set([]), &mut set(0..100), 1, &limits).0, Ended::Differ(none, all));
}

#[test]
fn sets_without_a_common_entry_are_told_apart_for_ever() {
    let limits = ReconcileLimits::default();
    let numbers = |range: std::ops::Range<u64>| range.map(name).collect::<Vec<_>>();
    let small = exchange(&mut set(0..60), &mut set(100..160), 1, &limits).0;
    assert_eq!(small, Ended::Differ(numbers(0..60), numbers(100..160)));
    let (ended, bytes) = exchange(&mut set(0..3_000), &mut set(3_000..6_000), 1, &limits);
    assert_eq!(ended, Ended::TooDifferent);
    // 7 % of 3,000 may differ: of 379 symbols for that no more is sent.
    assert!(bytes < 379 * Symbol::BYTES + 300, "{bytes}");
}

#[test]
fn sizes_that_tell_it_all_cost_symbols() {
    let (ended, bytes) = exchange(&mut set(0..200), &mut set([]), 1, &ReconcileLimits::default());
    assert_eq!((ended, bytes), (Ended::TooDifferent, 52));
    // Here only the asker minds.
    let wide = wide();
    let mut theirs = set([]);
    let (mut asker, open) = Asker::open(&set(0..200), ReconcileKey::from_bytes([1; 16]), ReconcileLimits::default());
    let mut answerer = Answerer::new(wide);
    let Ok(Answered::Send(first)) = answerer.receive(&mut theirs, &open) else { panic!("no answer") };
    let Ok(Asked::TooDifferent { send: Some(send) }) = asker.receive(&mut set(0..200), &first) else {
        panic!("it goes on")
    };
    assert_eq!(answerer.receive(&mut theirs, &send), Ok(Answered::TooDifferent));
}

#[test]
fn a_hundred_changes_cost_more_than_they_may() {
    let mut ours = set(0..10_000);
    let mut theirs = ours.clone();
    for number in 0..100 {
        theirs.replace(name(97 * number), &content(0), &content(1));
    }
    let mut all: Vec<usize> = (0..21).map(|key| exchange(&mut ours, &mut theirs, key, &wide()).1).collect();
    all.sort_unstable();
    assert!(all[10] <= 7_500, "{all:?}");
}
