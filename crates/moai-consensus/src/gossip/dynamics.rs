//! A whole swarm in one of the modes, step by step.

use std::ops::Range;

use super::{GossipCounts, GossipDraws};

/// A whole swarm in one of the modes, step by step, for those who run the rounds themselves.
///
/// The state is a list of cells, [`width`](Self::width) of them for each agent. A step reads the state before the round
/// and writes the one after it, so agents take it in any order, and parts of the swarm on several threads. Nothing here
/// starts a thread.
///
/// ```
/// use moai_consensus::{Choice, GossipDraws, GossipDynamics, MajoritySwarm};
///
/// let ballots = [Some(Choice::For), Some(Choice::For), Some(Choice::For), Some(Choice::Against)];
/// let swarm = MajoritySwarm::new(&ballots, 3);
/// let before = swarm.start();
/// let mut after = before.clone();
/// let (left, right) = after.split_at_mut(2);
/// let draws = GossipDraws::new(7, 1);
/// swarm.step_range(&before, draws, 0..2, left); // These two could be on two threads.
/// swarm.step_range(&before, draws, 2..4, right);
/// assert_eq!(swarm.survey(&after).counts.in_favour, 4);
/// ```
pub trait GossipDynamics {
    /// A part of the state.
    type Cell: Clone + PartialEq + std::fmt::Debug + Send + Sync;

    /// How many agents there are.
    fn members(&self) -> usize;

    /// How many cells each agent has.
    fn width(&self) -> usize {
        1
    }

    /// The state before the first round.
    fn start(&self) -> Vec<Self::Cell>;

    /// Lets some agents take their step of one round. `next` are the cells of these agents alone; whatever stands there is
    /// written over.
    fn step_range(&self, state: &[Self::Cell], draws: GossipDraws, agents: Range<usize>, next: &mut [Self::Cell]);

    /// How the swarm stands.
    fn survey(&self, state: &[Self::Cell]) -> GossipSurvey;
}

/// How a swarm stands between two rounds.
///
/// ```
/// use moai_consensus::{Choice, GossipDynamics, MajoritySwarm};
///
/// let ballots = [Some(Choice::For), Some(Choice::For), Some(Choice::Against), None];
/// let swarm = MajoritySwarm::new(&ballots, 3);
/// let survey = swarm.survey(&swarm.start());
/// assert_eq!((survey.agreeing, survey.counts.heard()), (2, 3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GossipSurvey {
    /// How many say what.
    pub counts: GossipCounts,
    /// How many agree, out of those who are heard. In `Epidemic` these are the agents that have every ballot; in
    /// `MajorityDynamics` those who say what most say; in `Snowball` those who are sure of what most are sure of.
    pub agreeing: u64,
}
