//! The agent's half: it beats on its own timer, and never in the way of its work.

use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::{AgentId, CorrelationId, Envelope, Handled, Handler, Outgoing, SwarmId};
use tokio::time::{Interval, MissedTickBehavior};

use super::{LeaseEpoch, Progress, wire};

/// Beats for one agent, and answers its monitor's pings. It needs a tokio runtime with time where it is polled.
///
/// ```
/// use std::time::Duration;
/// use moai_core::{Handler, agent_id, swarm_id};
/// use moai_swarm::heartbeat::{HeartbeatHandler, HeartbeatMonitor};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (me, monitor) = (agent_id!("agent-1"), HeartbeatMonitor::service_name());
/// let mut handler = HeartbeatHandler::new(swarm_id!("swarm-001"), me, monitor.clone(), Duration::from_secs(1));
/// let beats = std::future::poll_fn(|context| handler.poll_unasked(context)).await;
/// assert_eq!(beats[0].to, monitor);
/// # });
/// ```
#[derive(Debug)]
pub struct HeartbeatHandler {
    swarm: SwarmId,
    me: AgentId,
    monitor: AgentId,
    every: Duration,
    timer: Option<Interval>,
    beats: u128,
    progress: Progress,
}

impl HeartbeatHandler {
    /// Beats to a monitor, the first time when it is first polled. An interval of nothing is a millisecond.
    #[must_use]
    pub fn new(swarm: SwarmId, me: AgentId, monitor: AgentId, every: Duration) -> Self {
        let every = every.max(Duration::from_millis(1));
        Self { swarm, me, monitor, every, timer: None, beats: 0, progress: Progress::default() }
    }

    /// Where the agent's work leaves evidence, and reads the epoch of its lease. Whoever drives the handler may own it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The epoch of the lease, once the monitor has told it: what results go under.
    #[must_use]
    pub fn epoch(&self) -> Option<LeaseEpoch> {
        self.progress.epoch()
    }

    fn beat(&mut self) -> Outgoing {
        self.beats += 1;
        let correlation = CorrelationId::from_bytes(self.beats.to_be_bytes());
        let (epoch, evidence) = self.progress.take();
        let payload = wire::encode(epoch, &evidence.unwrap_or_default());
        let beat = Envelope::new(self.swarm.clone(), self.me.clone(), wire::beat_kind(), correlation, payload);
        Outgoing::new(self.monitor.clone(), beat)
    }
}

impl Handler for HeartbeatHandler {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        if *envelope.kind() == wire::ping_kind() {
            if *envelope.sender() != self.monitor {
                return Handled::NOTHING;
            }
            let payload = wire::encode(self.epoch(), "");
            return Handled::Done(vec![Outgoing::reply(envelope, self.me.clone(), wire::beat_kind(), payload)]);
        }
        if *envelope.kind() != wire::lease_kind() {
            return Handled::NotMine;
        }
        if *envelope.sender() == self.monitor
            && let Some((Some(epoch), _)) = wire::decode(envelope.payload())
        {
            // A lease beats at once for its epoch: what was refused before is made up for.
            return Handled::Done(if self.progress.learn(epoch) { vec![self.beat()] } else { Vec::new() });
        }
        Handled::NOTHING
    }

    fn poll_unasked(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        let every = self.every;
        let timer = self.timer.get_or_insert_with(|| {
            let mut timer = tokio::time::interval(every);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            timer
        });
        timer.poll_tick(context).map(|_| vec![self.beat()])
    }
}
