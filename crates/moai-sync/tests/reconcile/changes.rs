//! Sets that change, before an exchange and while it goes on.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// What an answerer says first: the size and the first symbols.
fn first(set: &mut Set, key: u8) -> Vec<u8> {
    let (_, open) = Asker::open(&super::set([999_999]), ReconcileKey::from_bytes([key; 16]), wide());
    let Ok(Answered::Send(first)) = Answerer::new(wide()).receive(set, &open) else { panic!("no answer") };
    first
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_set_that_changed_differs_from_one_made_anew(
        steps in vec((any::<bool>(), 0_u64..30, 0_u64..3), 0..80),
        looked_at in 0_usize..80,
    ) {
        let mut kept = Set::new();
        let mut model = std::collections::BTreeSet::new();
        for (at, (adds, number, version)) in steps.into_iter().enumerate() {
            if at == looked_at {
                // From here on the symbols of three keys would be kept; there is room for two.
                (1..=3).for_each(|key| drop(first(&mut kept, key)));
            }
            if adds {
                prop_assert_eq!(kept.insert(name(number), &content(version)), model.insert((number, version)));
            } else {
                prop_assert_eq!(kept.remove(&name(number), &content(version)), model.remove(&(number, version)));
            }
            prop_assert_eq!(kept.len(), model.len() as u64);
        }
        let mut anew = Set::new();
        // In another order.
        for (number, version) in model.into_iter().rev() {
            anew.insert(name(number), &content(version));
        }
        prop_assert_eq!(kept.root(), anew.root());
        // Those of 3 and 2 were kept, if it was looked at.
        for key in [3, 2, 1, 4] {
            prop_assert_eq!(first(&mut kept, key), first(&mut anew, key));
        }
    }
}

#[test]
fn a_key_and_its_content_are_mixed_up() {
    let roots = [("ab", 1), ("a", 1), ("ab", 2)].map(|(key, version)| {
        let mut set = ReconcileSet::new();
        set.insert(key, &content(version));
        set.root()
    });
    assert!(roots[0] != roots[1] && roots[0] != roots[2] && roots[1] != roots[2]);
}

#[test]
fn an_entry_is_counted_twice() {
    let mut once = set([1, 2]);
    assert!(!once.insert(name(1), &content(0)));
    assert!(!once.remove(&name(1), &content(7)));
    assert!(!once.replace(name(1), &content(7), &content(0)));
    assert_eq!((once.len(), once.root()), (2, set([2, 1]).root()));
}

#[test]
fn a_change_in_the_middle_mixes_two_sets() {
    let mut ours = set(0..500);
    let mut theirs = set(100..600);
    let mut step = 0;
    let (ended, _) = disturbed(&mut ours, &mut theirs, 1, &wide(), |_, ours, theirs| {
        step += 1;
        // The first answer is under way: what changes on our side now is still seen, what changes later is not.
        if step > 1 {
            ours.insert(name(10_000 + step), &content(0));
        }
        theirs.insert(name(20_000 + step), &content(0));
    })
    .unwrap();
    assert!(step > 3, "nothing happened in the middle");
    assert_eq!(ended, Ended::Differ((0..100).map(name).collect(), (500..600).map(name).collect()));
}

#[test]
fn what_is_gone_meanwhile_is_sent() {
    let mut ours = set(0..500);
    let mut theirs = set(10..510);
    let (ended, _) = disturbed(&mut ours, &mut theirs, 1, &wide(), |_, ours, theirs| {
        theirs.remove(&name(500), &content(0));
        ours.insert(name(501), &content(0));
    })
    .unwrap();
    // 501 came to us before the first symbols were looked at.
    let expected = (502..510).map(name).collect();
    assert_eq!(ended, Ended::Differ((0..10).map(name).collect(), expected));
}

#[test]
fn symbols_of_two_sets_are_sent_in_one_exchange() {
    // So much differs that more symbols are needed than were kept aside.
    for theirs_change in [true, false] {
        let (mut ours, mut theirs) = (set(0..1_000), set(500..1_500));
        let mut answers = 0;
        let (ended, _) = disturbed(&mut ours, &mut theirs, 1, &wide(), |_, ours, theirs| {
            answers += 1;
            // What they have is kept aside at the first question, what we have at the first answer.
            if answers == if theirs_change { 1 } else { 2 } {
                if theirs_change { theirs } else { ours }.insert(name(9_999), &content(0));
            }
        })
        .unwrap();
        assert_eq!(ended, Ended::Changed, "{theirs_change}");
    }
    let (ended, _) = exchange(&mut set(0..1_000), &mut set(500..1_500), 1, &wide());
    assert_eq!(ended, Ended::Differ((0..500).map(name).collect(), (1_000..1_500).map(name).collect()));
}

#[test]
fn sets_that_became_equal_meanwhile_are_nonsense() {
    let (mut ours, mut theirs) = (set(0..100), set(0..101));
    let (ended, _) = disturbed(&mut ours, &mut theirs, 1, &wide(), |_, ours, _| {
        ours.insert(name(100), &content(0));
    })
    .unwrap();
    assert_eq!(ended, Ended::Same);
}
