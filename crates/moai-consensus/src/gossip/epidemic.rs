//! Epidemic: ballots spread until everybody has all of them.

use std::ops::Range;

use moai_core::planted::planted;

use super::{GossipCounts, GossipDraws, GossipDynamics, GossipSurvey};
use crate::Choice;

/// Takes over the ballots that another agent has: a bit for each, and no bit is ever taken back. It says whether
/// there was one that is new.
///
/// ```
/// use moai_consensus::learn_ballots;
///
/// let mut mine = [0b0011];
/// assert!(learn_ballots(&mut mine, &[0b0110]));
/// assert_eq!(mine, [0b0111]);
/// assert!(!learn_ballots(&mut mine, &[0b0110]));
/// ```
#[inline]
pub fn learn_ballots(known: &mut [u64], theirs: &[u64]) -> bool {
    let mut new = 0;
    for (mine, theirs) in known.iter_mut().zip(theirs) {
        new |= theirs & !*mine;
        *mine = if planted("a_rumour_that_replaces_another") { *theirs } else { *mine | theirs };
    }
    new != 0
}

/// A swarm in [`GossipMode::Epidemic`](super::GossipMode::Epidemic): for each agent a row of bits, one for each ballot
/// that it has. In a round each agent exchanges all that it has with the others that it draws: both learn from both
/// (push and pull: Demers and others, "Epidemic algorithms for replicated database maintenance", PODC 1987). What is
/// exchanged is what they had before the round.
///
/// ```
/// use moai_consensus::{Choice, GossipDraws, GossipDynamics, EpidemicSwarm};
///
/// let ballots = [Some(Choice::For), Some(Choice::Against), None];
/// let swarm = EpidemicSwarm::new(&ballots, 2);
/// let before = swarm.start();
/// assert_eq!(before, [0b01, 0b10, 0]);
/// let mut after = before.clone();
/// swarm.step_range(&before, GossipDraws::new(7, 1), 0..3, &mut after);
/// assert_eq!(after, [0b11, 0b11, 0]);
/// ```
#[derive(Debug, Clone)]
pub struct EpidemicSwarm<'a> {
    ballots: &'a [Option<Choice>],
    fanout: usize,
    /// A row that has every ballot.
    all: Vec<u64>,
}

impl<'a> EpidemicSwarm<'a> {
    /// Agents with these ballots, each of which asks so many others in a round.
    #[must_use]
    pub fn new(ballots: &'a [Option<Choice>], fanout: usize) -> Self {
        let word = |part: &[Option<Choice>]| {
            part.iter().zip(0_u32..).fold(0, |word, (ballot, at)| word | u64::from(ballot.is_some()) << at)
        };
        Self { ballots, fanout, all: ballots.chunks(BITS).map(word).collect() }
    }

    fn is_heard(&self, agent: usize) -> bool {
        self.ballots.get(agent).is_some_and(Option::is_some)
    }
}

/// Ballots in a cell.
const BITS: usize = 64;

impl GossipDynamics for EpidemicSwarm<'_> {
    type Cell = u64;

    fn members(&self) -> usize {
        self.ballots.len()
    }

    fn width(&self) -> usize {
        self.all.len()
    }

    fn start(&self) -> Vec<u64> {
        let mut state = vec![0; self.members() * self.width()];
        for ((agent, ballot), row) in self.ballots.iter().enumerate().zip(state.chunks_mut(self.width().max(1))) {
            if let Some(word) = row.get_mut(agent / BITS).filter(|_| ballot.is_some()) {
                *word = 1 << (agent % BITS);
            }
        }
        state
    }

    fn step_range(&self, state: &[u64], draws: GossipDraws, agents: Range<usize>, next: &mut [u64]) {
        let width = self.width();
        let rows: Vec<&[u64]> = state.chunks(width.max(1)).collect();
        let has_all: Vec<bool> = rows.iter().map(|row| **row == *self.all).collect();
        let mut learners: Vec<Learner<'_>> = Vec::with_capacity(agents.len());
        for (agent, row) in agents.clone().zip(next.chunks_mut(width.max(1))) {
            if let Some(before) = rows.get(agent) {
                row.copy_from_slice(before);
            }
            // Who has all has nothing to learn, and who is silent learns nothing.
            let done = !self.is_heard(agent) || has_all.get(agent).copied().unwrap_or(true);
            learners.push(Learner { row, done });
        }
        let mut teach = |to: usize, from: usize| {
            let learner = to.checked_sub(agents.start).and_then(|at| learners.get_mut(at));
            if let (Some(learner), Some(row)) = (learner.filter(|learner| !learner.done), rows.get(from)) {
                learn_ballots(learner.row, row);
                learner.done = has_all.get(from).copied().unwrap_or_default();
            }
        };
        let mut places = vec![0; self.fanout];
        for agent in (0..self.members()).filter(|agent| self.is_heard(*agent)) {
            for peer in draws.peers(agent, self.members(), &mut places) {
                // A silent peer has nothing to teach.
                teach(agent, *peer);
                teach(*peer, agent);
            }
        }
    }

    fn survey(&self, state: &[u64]) -> GossipSurvey {
        let rows = state.chunks(self.width().max(1)).enumerate().filter(|(agent, _)| self.is_heard(*agent));
        let agreeing = rows.filter(|(_, row)| **row == *self.all).count() as u64;
        GossipSurvey { counts: GossipCounts::of(self.ballots), agreeing }
    }
}

/// An agent of the part that takes its step.
struct Learner<'a> {
    row: &'a mut [u64],
    done: bool,
}
