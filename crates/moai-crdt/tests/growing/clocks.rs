//! Clocks: they never go back, and nobody leads them away.

#![allow(clippy::disallowed_methods, reason = "a clock is shared by threads")]

use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{Aftermath, Coded};
use moai_crdt::{DriftExceeded, HybridClock, LamportClock, Stamp};
use proptest::prelude::*;

fn stamp(millis: u64, counter: u16) -> Stamp {
    Stamp::new(millis, counter).unwrap()
}

/// What a clock is put through.
#[derive(Debug, Clone)]
enum Step {
    /// Physical time jumps here, back as well.
    Physical(u64),
    Now,
    Observe(u64),
    /// The process dies, and starts again with the floor that it stored.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let time = prop_oneof![
        4 => 0..200_000_u64,
        1 => Stamp::MAX_MILLIS - 1000..=Stamp::MAX_MILLIS - 500,
        1 => Just(u64::MAX),
    ];
    prop_oneof![
        2 => time.prop_map(Step::Physical),
        4 => Just(Step::Now),
        2 => (0..300_000_u64 << 16).prop_map(Step::Observe),
        1 => any::<u64>().prop_map(Step::Observe),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #[test]
    fn a_hybrid_clock_goes_back(steps in prop::collection::vec(step(), 0..60)) {
        let physical = Cell::new(0);
        let life = |floor| HybridClock::starting_after(|| physical.get(), floor);
        let mut clock = life(Stamp::ZERO);
        let (mut stored, mut greatest) = (Stamp::ZERO, Stamp::ZERO);
        for step in steps {
            let mut given = None;
            match step {
                Step::Physical(millis) => physical.set(millis),
                Step::Now => given = Some(clock.now()),
                Step::Observe(bits) => {
                    let seen = Stamp::from_bits(bits);
                    let before = clock.last();
                    match clock.observe(seen) {
                        Ok(arrived) => {
                            prop_assert!(seen.millis() <= physical.get().saturating_add(60_000));
                            prop_assert!(arrived > seen || arrived == Stamp::MAX);
                            given = Some(arrived);
                        }
                        Err(DriftExceeded { ahead, limit, .. }) => {
                            prop_assert_eq!(ahead, Duration::from_millis(seen.millis() - physical.get()));
                            prop_assert!(ahead > limit);
                            prop_assert_eq!(clock.last(), before);
                        }
                    }
                }
                Step::Restart => clock = life(stored),
            }
            if let Some(given) = given {
                // Only at the very end of the numbers a stamp repeats.
                prop_assert!(given > greatest || given == Stamp::MAX);
                prop_assert!(given.millis() >= physical.get().min(Stamp::MAX_MILLIS));
                greatest = given;
                if given > stored {
                    stored = clock.reserve(Duration::from_secs(1));
                    prop_assert!(stored >= given);
                }
            }
        }
    }

    #[test]
    fn a_stamp_changes_on_its_way_through_text(bits in any::<u64>(), other in any::<u64>()) {
        let (one, other) = (Stamp::from_bits(bits), Stamp::from_bits(other));
        let text = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Stamp>(&text).unwrap(), one);
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        prop_assert_eq!(Stamp::new(one.millis(), one.counter()).unwrap(), one);
    }

    #[test]
    fn a_lamport_clock_misses_what_it_knew(numbers in prop::collection::vec(prop::option::of(0..50_u64), 0..40)) {
        let (mut clock, mut greatest) = (LamportClock::new(), 0);
        for number in numbers {
            let given = match number {
                Some(number) => clock.observe(number).unwrap(),
                None => clock.tick().unwrap(),
            };
            // Exactly one more than all there was, by Lamport's rules.
            prop_assert_eq!(given, number.unwrap_or(0).max(greatest) + 1);
            prop_assert_eq!(clock.last(), given);
            greatest = given;
        }
    }
}

#[test]
fn a_clock_that_is_interrupted_gives_a_moment_out_twice() {
    static CLOCK: HybridClock<fn() -> u64> = HybridClock::new(interrupted);
    static CALLS: AtomicU64 = AtomicU64::new(0);
    static MEANWHILE: AtomicU64 = AtomicU64::new(0);
    /// While somebody looks at physical time, somebody else is given a moment.
    fn interrupted() -> u64 {
        if CALLS.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            MEANWHILE.store(CLOCK.now().to_bits(), Ordering::Relaxed);
        }
        1_000
    }
    let mine = CLOCK.now();
    let meanwhile = Stamp::from_bits(MEANWHILE.load(Ordering::Relaxed));
    assert_eq!((meanwhile, mine, CLOCK.last()), (stamp(1_000, 0), stamp(1_000, 1), mine));
    let arrived = CLOCK.observe(stamp(1_000, 7)).unwrap();
    assert_eq!((Stamp::from_bits(MEANWHILE.load(Ordering::Relaxed)), arrived), (stamp(1_000, 2), stamp(1_000, 8)));
}

#[test]
fn threads_are_given_the_same_moment() {
    const EACH: u64 = 10_000;
    let (clock, start) = (HybridClock::new(|| 1_000), Barrier::new(4));
    let all: Vec<Vec<Stamp>> = std::thread::scope(|scope| {
        let give = |thread: u64| {
            start.wait();
            let turn = |n: u64| {
                let seen = stamp(1_000 + n / 16, 0);
                if n % 16 == thread { clock.observe(seen).unwrap() } else { clock.now() }
            };
            (0..EACH).map(turn).collect()
        };
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(move || give(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(all.iter().all(|of_one| of_one.is_sorted_by(|earlier, later| earlier < later)));
    let mut given = all.concat();
    given.sort_unstable();
    assert!(given.is_sorted_by(|earlier, later| earlier < later), "one moment was given out twice");
    assert_eq!(given.last(), Some(&clock.last()));
}

#[test]
fn one_agent_with_a_clock_in_2099_wins_for_ever() {
    let clock = HybridClock::new(|| 1_735_732_800_000);
    let before = clock.now();
    let error = clock.observe(stamp(4_070_908_800_000, 0)).unwrap_err();
    assert_eq!(error.ahead, Duration::from_millis(4_070_908_800_000 - 1_735_732_800_000));
    assert_eq!(error.limit, Duration::from_secs(60));
    assert_eq!((error.code(), error.aftermath()), ("crdt.drift_exceeded", Aftermath::NothingChanged));
    assert_eq!(error.to_string(), "a stamp is 2335176000s ahead of this clock, the limit is 60s; nothing changed");
    assert_eq!(clock.last(), before);
}

#[test]
fn a_clock_is_led_away_step_by_step() {
    let clock = HybridClock::new(|| 0);
    assert!(clock.observe(stamp(60_000, u16::MAX)).is_ok(), "at the limit");
    assert!(clock.observe(stamp(60_001, 0)).is_err(), "one beyond, though the clock itself is there by now");
    let strict = HybridClock::new(|| 0).with_limit(Duration::ZERO);
    assert!(strict.observe(stamp(0, u16::MAX)).is_ok());
    assert!(strict.observe(stamp(1, 0)).is_err());
}

#[test]
fn a_full_counter_repeats_a_stamp() {
    let clock = HybridClock::starting_after(|| 5, stamp(5, u16::MAX));
    assert_eq!(clock.now(), stamp(6, 0), "it runs on into the next millisecond");
    assert_eq!(format!("{:?} {clock:?}", clock.last()), "6ms+0 HybridClock { last: 6ms+0, limit: 60s, .. }");
}

#[test]
fn a_hybrid_clock_fails_or_wraps_at_its_end() {
    let clock = HybridClock::starting_after(|| 0, Stamp::from_bits(u64::MAX - 1));
    assert_eq!(clock.now(), Stamp::MAX);
    assert_eq!(clock.now(), Stamp::MAX, "it stays there");
    assert_eq!(clock.reserve(Duration::MAX), Stamp::MAX);
    for beyond in [Stamp::MAX_MILLIS + 1, u64::MAX] {
        assert_eq!(HybridClock::new(|| beyond).now(), stamp(Stamp::MAX_MILLIS, 0));
    }
}

#[test]
fn a_stamp_reads_differently_in_its_next_version() {
    assert_eq!(serde_json::to_string(&stamp(1_735_732_800_000, 7)).unwrap(), r#""019421bcaa000007""#);
    for bad in [r#""019421BCAA000007""#, r#""19421bcaa000007""#, "7", r#""+19421bcaa000007""#] {
        assert!(serde_json::from_str::<Stamp>(bad).is_err(), "{bad}");
    }
    assert!(Stamp::new(Stamp::MAX_MILLIS + 1, 0).is_err());
    assert_eq!(stamp(Stamp::MAX_MILLIS, u16::MAX), Stamp::MAX);
}

#[test]
fn a_number_from_elsewhere_brings_a_lamport_clock_to_its_end() {
    let mut clock = LamportClock::starting_after(6);
    assert!(clock.observe(u64::MAX).is_err() && clock.observe(LamportClock::MAX_OBSERVED + 1).is_err());
    assert_eq!(clock.last(), 6, "a refused number leaves it as it was");
    assert_eq!(clock.observe(LamportClock::MAX_OBSERVED).unwrap(), LamportClock::MAX_OBSERVED + 1);
    assert!(clock.tick().is_ok());

    let mut at_the_end = LamportClock::starting_after(u64::MAX);
    assert_eq!(at_the_end.tick().unwrap_err().what, "a Lamport clock");
    assert!(at_the_end.observe(0).is_err());
    assert_eq!(at_the_end.last(), u64::MAX);
    assert_eq!(serde_json::to_string(&LamportClock::starting_after(7)).unwrap(), "7");
}
