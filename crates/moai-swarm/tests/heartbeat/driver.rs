//! The monitor in a swarm whose agents really beat, stop and come back.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_core::{AgentState, Coordinator, Envelope, Handled, Handler, LocalCoordinator, Mailbox, Role, swarm_id};
use moai_swarm::heartbeat::{Health, HeartbeatHandler, HeartbeatMonitor, Lagged};
use tokio::time::sleep;

use super::swarm::{Mood, Moody, options, paused, swarm};
use super::{agent, is_fenced, ms};

/// One agent, which beats until it is aborted.
async fn live(swarm: Arc<LocalCoordinator>, mut mailbox: Box<dyn Mailbox>, mut half: HeartbeatHandler) {
    loop {
        let said = tokio::select! {
            biased;
            said = poll_fn(|context| half.poll_unasked(context)) => said,
            Some(envelope) = mailbox.recv() => match half.handle(&envelope) {
                Handled::Done(said) => said,
                _ => Vec::new(),
            },
        };
        for one in said {
            swarm.send(&one.to, one.envelope).await.unwrap();
        }
    }
}

#[test]
fn an_agent_that_is_killed_is_not_told_as_failed_or_not_taken_back() {
    paused(async {
        let (swarm, mut mailboxes) = swarm(2).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        let half = |number| {
            HeartbeatHandler::new(swarm_id!("swarm-001"), agent(number), HeartbeatMonitor::service_name(), ms(1_000))
        };
        let mut events = monitor.events();
        let lives = half(1);
        let progress = lives.progress();
        let life = tokio::spawn(live(swarm.clone(), mailboxes.remove(0), lives));
        sleep(ms(5_500)).await;
        progress.show("page 1").unwrap();
        sleep(ms(35_000)).await;
        let states: Vec<_> = swarm.view().await.unwrap().members.into_iter().map(|member| member.state).collect();
        assert_eq!(states, [AgentState::Active, AgentState::Failed]);
        assert_eq!(monitor.health()[0].evidence.as_deref(), Some("page 1"));
        assert_eq!(monitor.health()[0].health, Health::Healthy);
        for to in [Health::Degraded, Health::Critical, Health::Failed] {
            let event = events.next().await.unwrap().unwrap();
            assert_eq!((event.agent, event.to), (agent(2), to));
        }
        let back = tokio::spawn(live(swarm.clone(), mailboxes.remove(0), half(2)));
        sleep(ms(100)).await;
        assert_eq!(events.next().await.unwrap().unwrap().to, Health::Healthy);
        assert_eq!(swarm.view().await.unwrap().members[1].state, AgentState::Active);
        life.abort();
        back.abort();
        monitor.shutdown().await;
        assert_eq!(events.next().await, Ok(None));
    });
}

#[test]
fn an_agent_of_an_old_epoch_never_learns_the_new_one() {
    paused(async {
        let (swarm, mut mailboxes) = swarm(1).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        let old = monitor.beat(&agent(1)).unwrap();
        let name = HeartbeatMonitor::service_name();
        let mut half = HeartbeatHandler::new(swarm_id!("swarm-001"), agent(1), name, ms(1_000));
        let progress = half.progress();
        assert_eq!(progress.epoch(), None);
        let first = poll_fn(|context| half.poll_unasked(context)).await.remove(0);
        swarm.send(&first.to, first.envelope).await.unwrap();
        let lease = mailboxes[0].recv().await.unwrap();
        let _ = half.handle(&lease);
        assert_eq!(half.epoch(), Some(old));
        assert_eq!(progress.epoch(), Some(old));
        sleep(ms(40_000)).await;
        assert!(is_fenced(monitor.progress(&agent(1), old, "late")));
        let stale = poll_fn(|context| half.poll_unasked(context)).await.remove(0);
        swarm.send(&stale.to, stale.envelope).await.unwrap();
        let Handled::Done(said) = half.handle(&mailboxes[0].recv().await.unwrap()) else { panic!("it answers") };
        assert_eq!(monitor.health()[0].health, Health::Failed);
        assert!(half.epoch() > Some(old));
        assert_eq!(progress.epoch(), half.epoch(), "the work reads another epoch than its beats carry");
        swarm.send(&said[0].to, said[0].envelope.clone()).await.unwrap();
        sleep(ms(1)).await;
        assert_eq!(monitor.health()[0].health, Health::Healthy);
    });
}

#[test]
fn a_callback_that_panics_ends_the_watch() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let callback = Box::new(move |_: &_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("a callback's own fault");
        });
        let monitor = HeartbeatMonitor::with(swarm, options(), [], vec![callback]).await.unwrap();
        sleep(ms(31_000)).await;
        assert_eq!(calls.load(Ordering::SeqCst), 3);
        assert_eq!(monitor.health()[0].health, Health::Failed);
    });
}

#[test]
fn who_joins_is_not_watched_or_who_left_is() {
    paused(async {
        let (swarm, mut mailboxes) = swarm(1).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        let old = monitor.beat(&agent(1)).unwrap();
        mailboxes.clear();
        let _new = swarm.join(agent(2), Role::Member).await.unwrap();
        sleep(ms(1_100)).await;
        assert_eq!(monitor.health().into_iter().map(|one| one.agent).collect::<Vec<_>>(), [agent(2)]);
        let _again = swarm.join(agent(1), Role::Member).await.unwrap();
        sleep(ms(1_100)).await;
        assert!(is_fenced(monitor.check(&agent(1), old)));
    });
}

#[test]
fn a_slow_reader_is_not_told_what_it_missed() {
    paused(async {
        let (swarm, _mailboxes) = swarm(4).await;
        let options = options().with_events(4);
        let monitor = HeartbeatMonitor::new(swarm, options).await.unwrap();
        let mut events = monitor.events();
        sleep(ms(31_000)).await;
        assert_eq!(events.next().await, Err(Lagged(8)));
        assert_eq!(events.next().await.unwrap().unwrap().to, Health::Failed);
    });
}

#[test]
fn rubbish_from_a_member_counts_as_a_beat() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        for payload in ["", "\u{2}12345678", "\u{1}1234567"] {
            let kind = moai_core::message_kind!("heartbeat");
            let correlation = moai_core::CorrelationId::from_bytes([1; 16]);
            let envelope = Envelope::new(swarm_id!("swarm-001"), agent(1), kind, correlation, payload);
            swarm.send(&HeartbeatMonitor::service_name(), envelope).await.unwrap();
        }
        sleep(ms(10)).await;
        assert_eq!(monitor.health()[0].beats, 0);
    });
}

#[test]
fn a_flood_of_beats_hides_who_is_silent() {
    paused(async {
        let (swarm, mut mailboxes) = swarm(2).await;
        let moody = Moody::new(swarm.clone());
        moody.set(Mood::Flooding);
        let monitor = HeartbeatMonitor::new(moody, options()).await.unwrap();
        let mut answers = mailboxes.remove(0);
        for _ in 0..320 {
            // The clock does not jump where somebody is always busy.
            tokio::time::advance(ms(100)).await;
            assert!(answers.recv().await.is_some());
        }
        let healths: Vec<_> = monitor.health().into_iter().map(|one| one.health).collect();
        assert_eq!(healths, [Health::Healthy, Health::Failed]);
        assert!(swarm.join(HeartbeatMonitor::service_name(), Role::Service).await.is_err(), "the flood goes on");
        monitor.shutdown().await;
    });
}
