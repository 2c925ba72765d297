//! What is left of a monitor that has stopped.

use std::future::poll_fn;
use std::task::Poll;

use moai_core::{Coordinator, LocalCoordinator, Role};
use moai_swarm::heartbeat::{HeartbeatError, HeartbeatMonitor};
use tokio::task::yield_now;

use super::ms;
use super::swarm::{Mood, Moody, options, paused, swarm};

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Lets whoever is ready run, until no task is left; and then the monitor's seat is free.
async fn is_gone(swarm: &LocalCoordinator) {
    for _ in 0..1_000 {
        if tasks() == 0 {
            break;
        }
        yield_now().await;
    }
    assert_eq!(tasks(), 0);
    assert!(swarm.join(HeartbeatMonitor::service_name(), Role::Service).await.is_ok());
}

#[test]
fn a_task_or_its_seat_is_left_behind() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        let second = HeartbeatMonitor::new(swarm.clone(), options()).await;
        assert!(matches!(second, Err(HeartbeatError::Coordinator(_))));
        assert_eq!(tasks(), 1);
        monitor.shutdown().await;
        assert_eq!(tasks(), 0, "stopping returns before the task has ended");
        is_gone(&swarm).await;
        drop(HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap());
        is_gone(&swarm).await;
    });
}

#[test]
fn a_stop_that_nobody_waits_for_does_not_stop() {
    paused(async {
        let (swarm, _mailboxes) = swarm(1).await;
        let monitor = HeartbeatMonitor::new(swarm.clone(), options()).await.unwrap();
        let mut stop = Box::pin(monitor.shutdown());
        let polled = poll_fn(|context| Poll::Ready(stop.as_mut().poll(context))).await;
        assert!(polled.is_pending());
        drop(stop);
        is_gone(&swarm).await;
    });
}

#[test]
fn a_coordinator_that_never_answers_keeps_the_task_alive() {
    for is_dropped in [false, true] {
        paused(async {
            let (swarm, _mailboxes) = swarm(1).await;
            let moody = Moody::new(swarm.clone());
            let monitor = HeartbeatMonitor::new(moody.clone(), options()).await.unwrap();
            moody.set(Mood::Stuck);
            while moody.told() == 0 {
                tokio::time::sleep(ms(1_000)).await;
            }
            if is_dropped {
                drop(monitor);
            } else {
                monitor.shutdown().await;
            }
            is_gone(&swarm).await;
        });
    }
}
