//! The monitor looks only at who is due; the model works out everybody's state in every round.

use std::time::Duration;

use moai_swarm::heartbeat::{Health, Input, Lease};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{agent, health, monitor, ms};

struct Modelled {
    heard: Duration,
    /// When it last showed progress, where that is asked of it.
    progressed: Option<Duration>,
    gaps: Vec<u64>,
    beats: u64,
    health: Health,
}

fn judge(one: &Modelled, now: Duration, stretch: f64) -> Health {
    let gaps: Vec<f64> = one.gaps.iter().rev().take(32).map(|gap| f64::from(u32::try_from(*gap).unwrap())).collect();
    let count = f64::from(u32::try_from(gaps.len()).unwrap());
    let mean = if gaps.is_empty() { 1_000.0 } else { gaps.iter().sum::<f64>() / count };
    let squares: f64 = gaps.iter().map(|gap| (gap - mean).powi(2)).sum();
    let variance = if gaps.is_empty() { 0.0 } else { squares / count };
    let phi = mean + 5.612 * variance.sqrt().max(500.0) + 3_000.0;
    let elapsed = now.saturating_sub(one.heard).as_secs_f64() * 1_000.0;
    let idle = one.progressed.map_or(0.0, |at| now.saturating_sub(at).as_secs_f64() * 1_000.0);
    if elapsed > 30_000.0 * stretch || idle > 20_000.0 * stretch {
        Health::Failed
    } else if elapsed > phi.clamp(3_000.0, 10_000.0) * stretch {
        Health::Critical
    } else if elapsed > 1_500.0 * stretch {
        Health::Degraded
    } else {
        Health::Healthy
    }
}

proptest! {
    #[test]
    fn the_monitor_overlooks_somebody(steps in vec((0usize..6, 1u64..1_400, 0u32..40), 1..300)) {
        let mut monitor = monitor();
        let new = |number: usize| Modelled {
            heard: ms(0),
            progressed: (number == 0).then_some(ms(0)),
            gaps: Vec::new(),
            beats: 0,
            health: Health::Healthy,
        };
        let mut model: Vec<Modelled> = (0..3).map(new).collect();
        for number in 0..3 {
            let lease = (number == 0).then(|| Lease::new(ms(30_000)).with_progress(ms(20_000)));
            monitor.handle(ms(0), Input::Join(agent(number), lease)).unwrap();
        }
        let (mut now, mut round, mut hold, mut stretch) = (ms(0), ms(0), ms(0), 1.0_f64);
        for (what, pause, long) in steps {
            // Rounds are off every bound by some microseconds, so that no rounding decides.
            // Now and then the monitor is very late.
            now += ms(if long == 0 { pause * 20 } else { pause });
            if let Some(one) = model.get_mut(what) {
                if long % 8 == 1 {
                    let epoch = monitor.epoch(&agent(what)).unwrap();
                    monitor.handle(now, Input::Progress(agent(what), epoch, "on".into())).unwrap();
                    one.progressed = one.progressed.map(|_| now);
                } else {
                    monitor.handle(now, Input::Beat(agent(what), None)).unwrap();
                }
                let gap = now - one.heard;
                if one.beats > 0 && gap <= ms(30_000) {
                    one.gaps.push(u64::try_from(gap.as_millis()).unwrap());
                }
                (one.heard, one.beats) = (now, one.beats + 1);
                one.health = one.health.min(judge(one, now, stretch));
            } else {
                let at = now + Duration::from_micros(513);
                monitor.handle(at, Input::Tick).unwrap();
                let since = (at - round).as_secs_f64();
                if since >= 1.0 {
                    round = at;
                    if since > 1.5 {
                        (stretch, hold) = (stretch.max(since.min(8.0)), at + ms(1_000));
                    } else {
                        stretch = (stretch - 1.0).max(1.0);
                    }
                }
                if at >= hold {
                    model.iter_mut().for_each(|one| one.health = one.health.max(judge(one, at, stretch)));
                }
                now = at + Duration::from_micros(487);
            }
            for (number, one) in model.iter().enumerate() {
                prop_assert_eq!(health(&monitor, number), one.health, "agent {} at {:?}", number, now);
            }
        }
    }
}
