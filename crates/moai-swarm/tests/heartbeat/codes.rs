//! Every error code is met by something that really goes wrong, and every text ends with what state is left.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_core::{Coded, LocalCoordinator, swarm_id};
use moai_swarm::heartbeat::{HeartbeatError, HeartbeatMonitor, HeartbeatOptions, Input, Lagged, Monitor};

use super::swarm::{options, paused, swarm};
use super::{agent, ms};

fn code(error: &impl Coded) -> &'static str {
    assert!(error.to_string().ends_with(&error.aftermath().to_string()), "{error}");
    error.code()
}

#[test]
fn a_code_is_never_met() {
    let mut options_of_one = HeartbeatOptions::default();
    options_of_one.agents = 1;
    let mut monitor = Monitor::new(options_of_one).unwrap();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let old = monitor.epoch(&agent(1)).unwrap();
    monitor.handle(ms(0), Input::Join(agent(1), None)).unwrap();
    let swarm_alone = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let unclassed = paused(async {
        let monitor = HeartbeatMonitor::new(swarm(1).await.0, options()).await.unwrap();
        monitor.set_class(&agent(1), "thinkers").unwrap_err()
    });
    let met = [
        code(&monitor.epoch(&agent(2)).unwrap_err()),
        code(&monitor.check(&agent(1), old).unwrap_err()),
        code(&monitor.handle(ms(0), Input::Join(agent(2), None)).unwrap_err()),
        code(&pollster::block_on(HeartbeatMonitor::new(swarm_alone, options())).unwrap_err()),
        code(&unclassed),
    ];
    assert_eq!(BTreeSet::from(met), HeartbeatError::CODES.iter().copied().collect());
    assert_eq!([code(&Lagged(1))], Lagged::CODES);
}
