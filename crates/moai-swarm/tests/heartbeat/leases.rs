//! Leases that change while agents are watched.

use moai_core::{Coded, Coordinator, InvalidInput, Role};
use moai_swarm::heartbeat::{Health, HeartbeatError, HeartbeatMonitor, Input, Lease, Reason};
use tokio::time::{Instant, sleep};

use super::swarm::{options, paused, swarm};
use super::{agent, health, monitor, ms, run_to};

#[test]
fn a_change_of_lease_costs_the_epoch_or_the_counts() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let epoch = monitor.epoch(&agent(1)).unwrap();
    monitor.handle(ms(1_000), Input::Progress(agent(1), epoch, "page 1".into())).unwrap();
    run_to(&mut monitor, ms(9_000));
    let before = monitor.health();
    let long = Lease::new(ms(60_000));
    monitor.handle(ms(9_000), Input::Lease(agent(1), Some(long))).unwrap();
    assert_eq!(monitor.health(), before);
    run_to(&mut monitor, ms(61_000));
    assert_eq!(health(&monitor, 1), Health::Critical);
    monitor.handle(ms(61_000), Input::Lease(agent(1), Some(Lease::new(ms(90_000))))).unwrap();
    monitor.handle(ms(61_000), Input::Lease(agent(1), Some(long))).unwrap();
    run_to(&mut monitor, ms(61_001));
    assert_eq!(health(&monitor, 1), Health::Failed);
}

#[test]
fn a_silence_that_a_new_lease_does_not_bear_is_borne() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), Some(Lease::new(ms(3_600_000))))).unwrap();
    run_to(&mut monitor, ms(25_500));
    monitor.handle(ms(25_500), Input::Lease(agent(1), Some(Lease::new(ms(20_000))))).unwrap();
    assert!(monitor.next() <= ms(25_500), "it is not looked at at once");
    let events = monitor.handle(ms(25_500), Input::Tick).unwrap();
    assert_eq!((events[0].to, events[0].bound), (Health::Failed, ms(20_000)));
}

#[test]
fn progress_that_was_never_asked_for_is_overdue() {
    let mut monitor = monitor();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let asked = Lease::default().with_progress(ms(20_000));
    let mut events = Vec::new();
    for second in 1..=121 {
        monitor.handle(ms(second * 1_000), Input::Beat(agent(1), None)).unwrap();
        events.extend(run_to(&mut monitor, ms(second * 1_000)));
        if second == 100 {
            monitor.handle(ms(100_000), Input::Lease(agent(1), Some(asked))).unwrap();
        }
    }
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].reason, events[0].bound), (Reason::NoProgress, ms(20_000)));
    assert_eq!(events[0].elapsed, ms(21_000), "the first look behind 120 s");
    monitor.handle(ms(121_000), Input::Lease(agent(1), None)).unwrap();
    monitor.handle(ms(121_001), Input::Beat(agent(1), None)).unwrap();
    assert_eq!(health(&monitor, 1), Health::Healthy, "what is no longer asked for is held against it");
}

#[test]
fn a_class_changes_and_its_agents_do_not() {
    paused(async {
        let (swarm, _mailboxes) = swarm(3).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        monitor.set_class_lease("thinkers", Lease::new(ms(3_600_000))).unwrap();
        for number in [1, 2, 4] {
            monitor.set_class(&agent(number), "thinkers").unwrap();
        }
        monitor.set_lease(&agent(2), Lease::new(ms(7_200_000))).unwrap();
        let epochs: Vec<_> = monitor.health().into_iter().map(|one| one.epoch).collect();
        sleep(ms(31_500)).await;
        let _late = swarm.join(agent(4), Role::Member).await.unwrap();
        let healths = || monitor.health().into_iter().map(|one| one.health).collect::<Vec<_>>();
        assert_eq!(healths(), [Health::Critical, Health::Critical, Health::Failed]);
        assert!(monitor.check(&agent(1), epochs[0]).is_ok());
        sleep(ms(32_000)).await;
        assert_eq!(healths()[3], Health::Critical, "it joined later, and is of the class as well");

        let (mut events, before) = (monitor.events(), Instant::now());
        monitor.set_class_lease("thinkers", Lease::new(ms(20_000))).unwrap();
        for number in [1, 4] {
            let event = events.next().await.unwrap().unwrap();
            assert_eq!((event.agent, event.to, event.bound), (agent(number), Health::Failed, ms(20_000)));
        }
        assert!(before.elapsed() < ms(100), "they wait for the next round");
        assert_eq!(healths()[1], Health::Critical, "the last that an agent was given counts");
        assert!(monitor.check(&agent(2), epochs[1]).is_ok());
        monitor.reset_lease(&agent(2));
        let event = events.next().await.unwrap().unwrap();
        assert_eq!((event.agent, event.bound), (agent(2), ms(30_000)));
    });
}

#[test]
fn a_lease_that_does_not_fit_is_taken() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let options = options().with_agents(2);
        let monitor = HeartbeatMonitor::new(swarm, options).await.unwrap();
        let (short, long) = (Lease::new(ms(19_999)), Lease::new(ms(20_000)));
        let code = |refused: Result<(), HeartbeatError>| refused.unwrap_err().code();
        assert_eq!(code(monitor.set_lease(&agent(1), short)), "input.out_of_range");
        assert_eq!(code(monitor.set_lease(&agent(1), long.with_progress(ms(19_999)))), "input.out_of_range");
        assert_eq!(code(monitor.set_class_lease("short", short)), "input.out_of_range");
        assert_eq!(code(monitor.set_class(&agent(1), "short")), "heartbeat.unknown_class");
        assert_eq!(code(monitor.set_class_lease("", long)), "input.empty");
        assert_eq!(code(monitor.set_class_lease(&"c".repeat(65), long)), "input.too_long");
        monitor.set_class_lease(&"c".repeat(64), long).unwrap();

        (1..=2).for_each(|number| monitor.set_lease(&agent(number), long).unwrap());
        let full = monitor.set_lease(&agent(3), long);
        assert_eq!(full, Err(InvalidInput::TooMany { field: "leases", limit: 2, got: 3 }.into()));
        monitor.set_lease(&agent(2), Lease::new(ms(60_000))).unwrap();
        monitor.reset_lease(&agent(2));
        monitor.set_lease(&agent(3), long).unwrap();

        (1..1_024).for_each(|class| monitor.set_class_lease(&format!("class-{class}"), long).unwrap());
        assert_eq!(code(monitor.set_class_lease("one more", long)), "input.too_many");
        monitor.set_class_lease("class-1", long).unwrap();
        sleep(ms(20_500)).await;
        assert_eq!(monitor.health()[0].health, Health::Failed, "the lease that fits counts");
    });
}
