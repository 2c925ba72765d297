//! What the coordinator is told of who fails and who comes back.

use moai_core::{AgentState, Coordinator, Role};
use moai_swarm::heartbeat::{Health, HeartbeatMonitor};
use tokio::time::sleep;

use super::swarm::{Mood, Moody, options, paused, shows, state_of, swarm};
use super::{agent, ms};

#[test]
fn who_was_busy_comes_back_as_active() {
    paused(async {
        let (swarm, _mailboxes) = swarm(3).await;
        let states = [AgentState::Active, AgentState::Idle, AgentState::Busy];
        for (number, state) in (1..).zip(states) {
            swarm.set_state(&agent(number), state).await.unwrap();
        }
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        for _ in 0..2 {
            for number in 1..=3 {
                shows(&swarm, number, AgentState::Failed).await;
            }
            for (number, state) in (1..).zip(states) {
                monitor.beat(&agent(number)).unwrap();
                shows(&swarm, number, state).await;
            }
        }
    });
}

#[test]
fn what_was_said_of_it_meanwhile_is_overwritten() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let moody = Moody::new(swarm.clone());
        swarm.set_state(&agent(1), AgentState::Busy).await.unwrap();
        let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
        shows(&swarm, 1, AgentState::Failed).await;
        swarm.set_state(&agent(1), AgentState::Idle).await.unwrap();
        monitor.beat(&agent(1)).unwrap();
        sleep(ms(1_500)).await;
        assert_eq!((state_of(&swarm, 1).await, moody.told()), (Some(AgentState::Idle), 1));
    });
}

#[test]
fn a_state_that_is_not_taken_is_dropped() {
    for mood in [Mood::Refused, Mood::Doubtful, Mood::Blind] {
        paused(async {
            let (swarm, _mailboxes) = swarm(1).await;
            let moody = Moody::new(swarm.clone());
            swarm.set_state(&agent(1), AgentState::Busy).await.unwrap();
            let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
            let mut events = monitor.events();
            moody.set(mood);
            while events.next().await.unwrap().unwrap().to != Health::Failed {}
            sleep(ms(10_000)).await;
            assert!(moody.told() <= 12, "{mood:?}: {} times in ten rounds", moody.told());
            moody.set(Mood::Taken);
            shows(&swarm, 1, AgentState::Failed).await;
            moody.set(mood);
            monitor.beat(&agent(1)).unwrap();
            sleep(ms(1_100)).await;
            moody.set(Mood::Taken);
            shows(&swarm, 1, AgentState::Busy).await;
        });
    }
}

#[test]
fn a_failure_is_told_when_it_is_no_longer_true() {
    paused(async {
        let (swarm, mut mailboxes) = swarm(2).await;
        let moody = Moody::new(swarm.clone());
        let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
        moody.set(Mood::Refused);
        sleep(ms(32_000)).await;
        let told = moody.told();
        assert!(told > 0);
        moody.set(Mood::Blind);
        monitor.beat(&agent(1)).unwrap();
        drop(mailboxes.pop());
        let _new = swarm.join(agent(2), Role::Member).await.unwrap();
        moody.set(Mood::Taken);
        sleep(ms(2_500)).await;
        assert_eq!(moody.told(), told, "one is back, the other is another life of its name");
        assert_eq!(state_of(&swarm, 2).await, Some(AgentState::Active));
    });
}

#[test]
fn who_failed_under_an_earlier_monitor_stays_failed() {
    paused(async {
        let (swarm, _mailboxes) = swarm(2).await;
        let first = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        shows(&swarm, 1, AgentState::Failed).await;
        shows(&swarm, 2, AgentState::Failed).await;
        first.shutdown().await;
        let second = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        second.beat(&agent(1)).unwrap();
        shows(&swarm, 1, AgentState::Active).await;
        assert_eq!(state_of(&swarm, 2).await, Some(AgentState::Failed), "it has not been heard");
    });
}

#[test]
fn a_coordinator_that_never_answers_blinds_the_monitor() {
    for mood in [Mood::Stuck, Mood::Mute] {
        paused(async {
            let (swarm, _mailboxes) = swarm(2).await;
            let moody = Moody::new(swarm.clone());
            let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
            let mut events = monitor.events();
            sleep(ms(10_500)).await;
            moody.set(mood);
            monitor.beat(&agent(2)).unwrap();
            let mut failed = Vec::new();
            while failed.len() < 2 {
                let event = events.next().await.unwrap().unwrap();
                if event.to == Health::Failed {
                    assert_eq!(event.bound, ms(30_000), "{mood:?} makes rounds late");
                    failed.push(event.agent);
                }
            }
            assert_eq!(failed, [agent(1), agent(2)], "{mood:?}");
        });
    }
}
