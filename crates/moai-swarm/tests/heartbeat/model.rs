//! The monitor looks only at who is due; the model works out everybody's state in every round.

use std::time::Duration;

use moai_swarm::heartbeat::{Health, Input, Lease, Monitor};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{agent, health, monitor, ms};

struct Modelled {
    lease: Lease,
    heard: Duration,
    progressed: Duration,
    gaps: Vec<u64>,
    beats: u64,
    health: Health,
}

fn thousandths(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

impl Modelled {
    fn judge(&self, now: Duration, stretch: f64) -> Health {
        let gaps: Vec<f64> = self.gaps.iter().rev().take(32).map(|gap| thousandths(ms(*gap))).collect();
        let count = f64::from(u32::try_from(gaps.len()).unwrap());
        let mean = if gaps.is_empty() { 1_000.0 } else { gaps.iter().sum::<f64>() / count };
        let squares: f64 = gaps.iter().map(|gap| (gap - mean).powi(2)).sum();
        let variance = if gaps.is_empty() { 0.0 } else { squares / count };
        let phi = mean + 5.612 * variance.sqrt().max(500.0) + 3_000.0;
        let exceeds = |since, bound: f64| thousandths(now.saturating_sub(since)) > bound * stretch;
        let is_idle = self.lease.progress.is_some_and(|bound| exceeds(self.progressed, thousandths(bound)));
        if is_idle || exceeds(self.heard, thousandths(self.lease.silence)) {
            Health::Failed
        } else if exceeds(self.heard, phi.clamp(3_000.0, 10_000.0)) {
            Health::Critical
        } else if exceeds(self.heard, 1_500.0) {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }
}

fn lease(number: usize) -> Lease {
    let (short, long) = (ms(20_000), ms(60_000));
    match number % 4 {
        0 => Lease::new(short).with_progress(short),
        1 => Lease::new(long).with_progress(ms(25_000)),
        2 => Lease::new(long),
        _ => Lease::new(short),
    }
}

/// The monitor and the model, side by side.
struct Both {
    monitor: Monitor,
    model: Vec<Modelled>,
    now: Duration,
    round: Duration,
    hold: Duration,
    /// Late rounds in a row, since one of them was judged in.
    late: u32,
    stretch: f64,
}

impl Both {
    fn new() -> Self {
        let mut monitor = monitor();
        let mut model = Vec::new();
        for number in 0..3 {
            let (lease, health) = (lease(number), Health::Healthy);
            monitor.handle(ms(0), Input::Join(agent(number), Some(lease))).unwrap();
            model.push(Modelled { lease, heard: ms(0), progressed: ms(0), gaps: Vec::new(), beats: 0, health });
        }
        Self { monitor, model, now: ms(0), round: ms(0), hold: ms(0), late: 0, stretch: 1.0 }
    }

    fn hear(&mut self, number: usize, shows_progress: bool) {
        let (now, one) = (self.now, &mut self.model[number]);
        let epoch = self.monitor.epoch(&agent(number)).unwrap();
        let input = if shows_progress {
            one.progressed = now;
            Input::Progress(agent(number), epoch, "on".into())
        } else {
            Input::Beat(agent(number), None)
        };
        self.monitor.handle(now, input).unwrap();
        let gap = now - one.heard;
        if one.beats > 0 && gap <= one.lease.silence {
            one.gaps.push(u64::try_from(gap.as_millis()).unwrap());
        }
        (one.heard, one.beats) = (now, one.beats + 1);
        one.health = one.health.min(one.judge(now, self.stretch));
    }

    fn change_lease(&mut self, number: usize, lease: Lease) {
        self.monitor.handle(self.now, Input::Lease(agent(number), Some(lease))).unwrap();
        let one = &mut self.model[number];
        if one.lease.progress.is_none() {
            one.progressed = self.now;
        }
        one.lease = lease;
    }

    /// Rounds are off every bound by some microseconds, so that no rounding decides.
    fn tick(&mut self) {
        let at = self.now + Duration::from_micros(513);
        self.monitor.handle(at, Input::Tick).unwrap();
        let since = (at - self.round).as_secs_f64();
        if since >= 1.0 {
            self.round = at;
            if since > 1.5 {
                self.stretch = self.stretch.max(since.min(8.0));
                self.late += 1;
                // The ninth is judged in, unless it comes after a long pause.
                match self.late > 8 && since <= 8.0 {
                    true => self.late = 0,
                    false => self.hold = at + ms(1_000),
                }
            } else {
                self.late = 0;
                self.stretch = (self.stretch - 1.0).max(1.0);
            }
        }
        if at >= self.hold {
            let stretch = self.stretch;
            self.model.iter_mut().for_each(|one| one.health = one.health.max(one.judge(at, stretch)));
        }
        self.now = at + Duration::from_micros(487);
    }

    fn agree(&self) -> TestCaseResult {
        for (number, one) in self.model.iter().enumerate() {
            prop_assert_eq!(health(&self.monitor, number), one.health, "agent {} at {:?}", number, self.now);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn the_monitor_overlooks_somebody(steps in vec((0usize..7, 1u64..1_400, 0usize..40), 1..300)) {
        let mut both = Both::new();
        for (what, pause, chance) in steps {
            // Now and then the monitor is very late.
            both.now += ms(if chance == 0 { pause * 20 } else { pause });
            match what {
                0..3 => both.hear(what, chance % 8 == 1),
                3 if chance < 8 => both.change_lease(chance % 3, lease(chance / 2)),
                _ => both.tick(),
            }
            both.agree()?;
        }
    }

    /// No bound of silence is ever near, so the monitor looks at nobody but for progress.
    #[test]
    fn the_progress_of_who_beats_is_forgotten(steps in vec((1u64..1_200, 0usize..120), 20..200)) {
        let mut both = Both::new();
        for (pause, chance) in steps {
            both.now += ms(pause);
            for number in 0..3 {
                both.hear(number, chance == number);
            }
            if (3..15).contains(&chance) {
                both.change_lease(chance % 3, lease(chance));
            }
            both.tick();
            both.agree()?;
        }
    }
}
