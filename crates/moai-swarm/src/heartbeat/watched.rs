//! One agent as the monitor knows it: what it is by now, and when to look again.

use std::time::Duration;

use super::rhythm::Rhythm;
use super::{Health, HeartbeatOptions, Lease, LeaseEpoch, Reason};

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) lease: Lease,
    pub(super) epoch: LeaseEpoch,
    pub(super) health: Health,
    pub(super) heard: Duration,
    pub(super) progressed: Duration,
    pub(super) rhythm: Rhythm,
    pub(super) beats: u64,
    pub(super) evidence: Option<String>,
    pub(super) deadline: Option<Duration>,
}

/// What somebody is, why, for how long, and by which bound.
pub(super) struct Verdict {
    pub(super) health: Health,
    pub(super) reason: Reason,
    pub(super) elapsed: Duration,
    pub(super) bound: Duration,
}

impl Watched {
    pub(super) fn new(lease: Lease, epoch: LeaseEpoch, now: Duration) -> Self {
        let (health, rhythm, beats, evidence, deadline) = (Health::Healthy, Rhythm::default(), 0, None, None);
        Self { lease, epoch, health, heard: now, progressed: now, rhythm, beats, evidence, deadline }
    }

    pub(super) fn set_lease(&mut self, lease: Lease, now: Duration) {
        if self.lease.progress.is_none() {
            self.progressed = now;
        }
        self.lease = lease;
    }

    /// Notes that it was heard, and returns after what silence.
    pub(super) fn hear(&mut self, now: Duration, evidence: Option<String>) -> Duration {
        let elapsed = now.saturating_sub(self.heard);
        // A silence that the lease did not outlast is an outage and no rhythm.
        if self.beats > 0 && elapsed <= self.lease.silence {
            self.rhythm.push(elapsed);
        }
        (self.heard, self.beats) = (now, self.beats.saturating_add(1));
        if let Some(evidence) = evidence {
            (self.progressed, self.evidence) = (now, Some(evidence));
        }
        elapsed
    }

    pub(super) fn judge(&self, now: Duration, options: &HeartbeatOptions, stretch: f64) -> Verdict {
        if let Some(bound) = self.lease.progress.map(|bound| bound.mul_f64(stretch)) {
            let elapsed = now.saturating_sub(self.progressed);
            if elapsed > bound {
                return Verdict { health: Health::Failed, reason: Reason::NoProgress, elapsed, bound };
            }
        }
        let elapsed = now.saturating_sub(self.heard);
        for (health, bound) in self.bounds(options) {
            let bound = bound.mul_f64(stretch);
            if elapsed > bound {
                return Verdict { health, reason: Reason::Silence, elapsed, bound };
            }
        }
        Verdict { health: Health::Healthy, reason: Reason::Heard, elapsed, bound: Duration::ZERO }
    }

    /// The worst first.
    fn bounds(&self, options: &HeartbeatOptions) -> [(Health, Duration); 3] {
        let critical = options.critical(self.rhythm.phi_8(options.interval));
        [(Health::Failed, self.lease.silence), (Health::Critical, critical), (Health::Degraded, options.degraded())]
    }

    /// The first moment at which it may be worse. It may have passed already, between two rounds.
    pub(super) fn due(&self, options: &HeartbeatOptions, stretch: f64) -> Option<Duration> {
        if self.health == Health::Failed {
            return None;
        }
        let worse = self.bounds(options).into_iter().filter(|(health, _)| *health > self.health);
        let silence = worse.map(|(_, bound)| self.heard + bound.mul_f64(stretch));
        let progress = self.lease.progress.map(|bound| self.progressed + bound.mul_f64(stretch));
        // A bound has to be exceeded.
        silence.chain(progress).min().map(|at| at + Duration::from_nanos(1))
    }
}
