//! Which state an agent is in after so long, and what is refused.

use moai_core::Coded;
use moai_swarm::heartbeat::{Health, HeartbeatError, HeartbeatOptions, Input, Lease, LeaseEpoch, Monitor, Reason};

use super::{agent, health, is_fenced, monitor, ms, run_to};

#[test]
fn silence_does_not_lead_to_each_state_at_its_time() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    // Phi 8 of one second with a deviation of a half is at 3.806 s; three more are the pause.
    for (at, expected) in [
        (1_500, Health::Healthy),
        (1_501, Health::Degraded),
        (6_806, Health::Degraded),
        (6_807, Health::Critical),
        (30_000, Health::Critical),
        (30_001, Health::Failed),
        (90_000, Health::Failed),
    ] {
        run_to(&mut monitor, ms(at));
        assert_eq!(health(&monitor, 1), expected, "after {at} ms");
    }
}

#[test]
fn a_beat_that_jitters_is_missed_or_a_lost_one_is_not() {
    for (before, after) in [(0, 499), (250, 250), (499, 0)] {
        for (next, expected) in [(2_000 + after, Health::Healthy), (3_000 + after, Health::Degraded)] {
            let mut monitor = monitor();
            monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
            monitor.handle(ms(1_000 + before), Input::Beat(agent(1), None)).unwrap();
            run_to(&mut monitor, ms(next));
            assert_eq!(health(&monitor, 1), expected, "a beat at {} ms and one at {next} ms", 1_000 + before);
        }
    }
}

#[test]
fn an_irregular_agent_is_never_suspected() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let mut at = 0;
    for gap in [100, 9_000].repeat(10) {
        at += gap;
        run_to(&mut monitor, ms(at));
        monitor.handle(ms(at), Input::Beat(agent(1), None)).unwrap();
    }
    run_to(&mut monitor, ms(at + 10_000));
    assert_eq!(health(&monitor, 1), Health::Degraded);
    run_to(&mut monitor, ms(at + 10_001));
    assert_eq!(health(&monitor, 1), Health::Critical);
}

#[test]
fn a_beat_does_not_restore_at_once() {
    for silence in [2_000, 8_000, 31_000] {
        let mut monitor = monitor();
        monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
        run_to(&mut monitor, ms(silence));
        let from = health(&monitor, 1);
        let events = monitor.handle(ms(silence), Input::Beat(agent(1), None)).unwrap();
        assert_ne!(from, Health::Healthy);
        assert_eq!((events[0].from, events[0].to, events[0].reason), (from, Health::Healthy, Reason::Heard));
        assert_eq!(events[0].elapsed, ms(silence));
    }
}

#[test]
fn what_an_agent_brings_under_a_lease_that_expired_counts() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let old = monitor.epoch(&agent(1)).unwrap();
    run_to(&mut monitor, ms(31_000));
    let new = monitor.epoch(&agent(1)).unwrap();
    assert!(new > old);
    assert!(is_fenced(monitor.check(&agent(1), old)));
    assert!(is_fenced(monitor.handle(ms(31_000), Input::Beat(agent(1), Some(old)))));
    assert!(is_fenced(monitor.handle(ms(31_000), Input::Progress(agent(1), old, "done".into()))));
    assert_eq!(health(&monitor, 1), Health::Failed);
    monitor.handle(ms(31_000), Input::Progress(agent(1), new, "done".into())).unwrap();
    assert_eq!(health(&monitor, 1), Health::Healthy);
    assert_eq!(monitor.health()[0].evidence.as_deref(), Some("done"));
    monitor.handle(ms(31_000), Input::Leave(agent(1))).unwrap();
    monitor.handle(ms(31_000), Input::Join(agent(1), None)).unwrap();
    assert!(is_fenced(monitor.check(&agent(1), new)), "another life of the name takes over the lease");
}

#[test]
fn an_agent_that_beats_without_progress_keeps_its_work() {
    let mut monitor = monitor();
    let lease = Lease::new(ms(30_000)).with_progress(ms(60_000));
    monitor.handle(ms(0), Input::Join(agent(1), Some(lease))).unwrap();
    let mut events = Vec::new();
    for second in 1..=61 {
        monitor.handle(ms(second * 1_000), Input::Beat(agent(1), None)).unwrap();
        events.extend(run_to(&mut monitor, ms(second * 1_000)));
    }
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].to, events[0].reason), (Health::Failed, Reason::NoProgress));
    assert!(monitor.handle(ms(61_000), Input::Beat(agent(1), None)).unwrap().is_empty());
    let epoch = monitor.epoch(&agent(1)).unwrap();
    let back = monitor.handle(ms(61_000), Input::Progress(agent(1), epoch, "page 2".into())).unwrap();
    assert_eq!(back[0].to, Health::Healthy);
}

#[test]
fn a_late_monitor_blames_the_agents() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    assert!(monitor.handle(ms(100_000), Input::Tick).unwrap().is_empty(), "the late round suspects nobody");
    assert!((monitor.stretch() - 8.0).abs() < 1e-9, "not more than eightfold");
    assert!(monitor.handle(ms(100_001), Input::Tick).unwrap().is_empty(), "nor does one right behind it");
    let events = run_to(&mut monitor, ms(102_000));
    assert_eq!(events.last().unwrap().to, Health::Critical);
    assert_eq!(events.last().unwrap().bound, ms(6_806).mul_f64(7.0));
    run_to(&mut monitor, ms(110_000));
    assert!((monitor.stretch() - 1.0).abs() < 1e-9);
    assert_eq!(health(&monitor, 1), Health::Failed);
}

#[test]
fn figures_that_do_not_fit_are_taken() {
    let with = |silence| HeartbeatOptions::default().with_lease(Lease::new(ms(silence)));
    assert!(Monitor::new(with(20_000)).is_ok());
    assert_eq!(Monitor::new(with(19_999)).unwrap_err().code(), "input.out_of_range");
    assert!(Monitor::new(with(29_999).with_interval(ms(5_000))).is_err());
    assert!(Monitor::new(with(30_000).with_interval(ms(5_000))).is_ok());
    assert!(Monitor::new(HeartbeatOptions::default().with_interval(ms(9))).is_err());
    let mut monitor = monitor();
    let refused = monitor.handle(ms(0), Input::Join(agent(1), Some(Lease::new(ms(1)))));
    assert_eq!(refused.unwrap_err().code(), "input.out_of_range");
    assert!(monitor.health().is_empty());
}

#[test]
fn more_is_held_than_may_be() {
    let options = HeartbeatOptions::default().with_agents(2);
    let mut monitor = Monitor::new(options).unwrap();
    for number in [1, 2, 2] {
        monitor.handle(ms(0), Input::Join(agent(number), None)).unwrap();
    }
    let full = monitor.handle(ms(0), Input::Join(agent(3), None));
    assert_eq!(full, Err(HeartbeatError::Full { limit: 2 }));
    let evidence = Input::Progress(agent(1), LeaseEpoch::new(1), "x".repeat(257));
    assert_eq!(monitor.handle(ms(0), evidence).unwrap_err().code(), "input.too_long");
    assert_eq!(monitor.handle(ms(0), Input::Beat(agent(3), None)).unwrap_err().code(), "heartbeat.unknown");
}

#[test]
fn of_ten_thousand_agents_the_wrong_ones_fail() {
    let mut monitor = monitor();
    (0..10_000).for_each(|number| drop(monitor.handle(ms(0), Input::Join(agent(number), None)).unwrap()));
    for second in 1..=31 {
        for number in (0..10_000).filter(|number| number % 100 != 0) {
            monitor.handle(ms(second * 1_000), Input::Beat(agent(number), None)).unwrap();
        }
        run_to(&mut monitor, ms(second * 1_000));
    }
    let failed = monitor.health().into_iter().filter(|one| one.health == Health::Failed);
    let mut expected: Vec<_> = (0..100).map(|number| agent(number * 100)).collect();
    expected.sort();
    assert_eq!(failed.map(|one| one.agent).collect::<Vec<_>>(), expected);
}

#[test]
fn a_monitor_that_is_always_late_never_suspects_anybody() {
    for pace in [1_501, 1_600, 3_000, 7_900] {
        let mut monitor = monitor();
        monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
        monitor.handle(ms(0), Input::Join(agent(2), None)).unwrap();
        let mut at = 0;
        while health(&monitor, 1) != Health::Failed {
            at += pace;
            // Eight times the lease, and nine rounds.
            assert!(at < 8 * 30_000 + 9 * pace + pace, "with a round each {pace} ms it is not failed after {at} ms");
            monitor.handle(ms(at - 1_000), Input::Beat(agent(2), None)).unwrap();
            monitor.handle(ms(at), Input::Tick).unwrap();
            assert_eq!(health(&monitor, 2), Health::Healthy, "it beats; a round each {pace} ms, at {at} ms");
        }
    }
}

#[test]
fn a_long_pause_after_many_late_rounds_is_held_against_the_agents() {
    for late_rounds in 1..=20 {
        let mut monitor = monitor();
        monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
        for round in 1..=late_rounds {
            monitor.handle(ms(1_600 * round), Input::Beat(agent(1), None)).unwrap();
            monitor.handle(ms(1_600 * round), Input::Tick).unwrap();
        }
        // Ten minutes in which nobody could be heard.
        monitor.handle(ms(1_600 * late_rounds + 600_000), Input::Tick).unwrap();
        assert_eq!(health(&monitor, 1), Health::Healthy, "after {late_rounds} late rounds");
    }
}
