//! What comes before what: a member before its beat counts, the coordinator before the event.

use moai_consensus::{Ask, ConsensusManager};
use moai_core::{AgentId, AgentState, Coordinator, CorrelationId, Envelope, Role, message_kind, swarm_id};
use moai_swarm::heartbeat::{Health, HealthEvents, HeartbeatMonitor};
use tokio::time::{Instant, sleep};

use super::swarm::{Mood, Moody, options, paused, state_of, swarm};
use super::{agent, ms};

async fn beat(swarm: &dyn Coordinator, from: AgentId) {
    let (correlation, beat) = (CorrelationId::from_bytes([1; 16]), [&[1][..], &[0; 8]].concat());
    let beat = Envelope::new(swarm_id!("swarm-001"), from, message_kind!("heartbeat"), correlation, beat);
    swarm.send(&HeartbeatMonitor::service_name(), beat).await.unwrap();
}

async fn until(events: &mut HealthEvents, health: Health) {
    while events.next().await.unwrap().unwrap().to != health {}
}

#[test]
fn the_first_beat_of_somebody_new_is_lost() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let moody = Moody::new(swarm.clone());
        let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
        sleep(ms(300)).await;
        let mut mailbox = swarm.join(agent(2), Role::Member).await.unwrap();
        beat(swarm.as_ref(), agent(2)).await;
        let lease = mailbox.recv().await.unwrap();
        assert_eq!(*lease.kind(), message_kind!("heartbeat_lease"), "it is told its epoch");
        let health = monitor.health();
        assert_eq!((health.len(), &health[1].agent, health[1].beats), (2, &agent(2), 1));
        assert_eq!(health[1].heard, ms(300));

        // Nobody knows who is a member: the beat counts as soon as that is known.
        moody.set(Mood::Blind);
        let _third = swarm.join(agent(3), Role::Member).await.unwrap();
        beat(swarm.as_ref(), agent(3)).await;
        sleep(ms(5_000)).await;
        assert!(moody.looked() <= 12, "{} times in five rounds", moody.looked());
        moody.set(Mood::Taken);
        sleep(ms(2_000)).await;
        assert_eq!(monitor.health()[2].beats, 1);
    });
}

#[test]
fn somebody_who_is_no_member_is_looked_for_with_each_beat() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let moody = Moody::new(swarm.clone());
        let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
        let _service = swarm.join(agent(2), Role::Service).await.unwrap();
        for _ in 0..900 {
            beat(swarm.as_ref(), agent(2)).await;
            sleep(ms(1)).await;
        }
        assert!(moody.looked() <= 3, "{} times in a round", moody.looked());
        assert_eq!(monitor.health().len(), 1);
    });
}

#[test]
fn who_hears_of_a_failure_finds_the_dead_in_the_electorate() {
    for mood in [Mood::Taken, Mood::Slow] {
        paused(async {
            let (swarm, _mailboxes) = swarm(1).await;
            let moody = Moody::new(swarm.clone());
            moody.set(mood);
            let manager = ConsensusManager::new(moody.clone()).await.unwrap();
            let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
            let mut events = monitor.events();
            until(&mut events, Health::Failed).await;
            let outcome = manager.request_consensus("deploy", Ask::new()).await.unwrap();
            assert_eq!(outcome.electorate.len(), 0, "{mood:?}");
            // And who is back is in it.
            monitor.beat(&agent(1)).unwrap();
            until(&mut events, Health::Healthy).await;
            assert_eq!(state_of(&swarm, 1).await, Some(AgentState::Active));
            let outcome = manager.request_consensus("again", Ask::new().within(ms(100))).await.unwrap();
            assert_eq!(outcome.electorate.len(), 1, "{mood:?}");
        });
    }
}

#[test]
fn a_coordinator_that_hangs_keeps_failures_secret() {
    for mood in [Mood::Stuck, Mood::Mute, Mood::Refused, Mood::Blind] {
        paused(async {
            let (swarm, _mailboxes) = swarm(2).await;
            let moody = Moody::new(swarm.clone());
            let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
            let mut events = monitor.events();
            let begun = Instant::now();
            moody.set(mood);
            for _ in 0..2 {
                until(&mut events, Health::Failed).await;
            }
            assert!(begun.elapsed() <= ms(33_000), "{mood:?}: {:?}", begun.elapsed());
        });
    }
}

#[test]
fn what_waits_at_the_end_is_never_told() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let moody = Moody::new(swarm.clone());
        let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
        let mut events = monitor.events();
        moody.set(Mood::Stuck);
        sleep(ms(30_100)).await;
        assert_eq!(monitor.health()[0].health, Health::Failed);
        monitor.shutdown().await;
        until(&mut events, Health::Failed).await;
        assert_eq!(events.next().await, Ok(None));
    });
}
