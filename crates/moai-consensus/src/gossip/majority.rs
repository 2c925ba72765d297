//! Majority dynamics: what most of a few others say is taken over.

use std::ops::Range;

use super::{GossipCounts, GossipDraws, GossipDynamics, GossipSurvey};
use crate::Choice;

/// What an agent says after a round of majority dynamics: what more than half of those say who took a side, itself
/// included. On a tie it keeps its own.
///
/// Who abstains counts for no side and takes over what the others say. Who is silent stays silent.
///
/// ```
/// use moai_consensus::{Choice::*, adopt_majority};
///
/// assert_eq!(adopt_majority(Some(Against), [Some(For), Some(For)]), Some(For));
/// assert_eq!(adopt_majority(Some(Against), [Some(For), Some(Abstain), None]), Some(Against)); // a tie
/// assert_eq!(adopt_majority(Some(Abstain), [Some(For)]), Some(For));
/// assert_eq!(adopt_majority(None, [Some(For)]), None);
/// ```
#[inline]
#[must_use]
pub fn adopt_majority(own: Option<Choice>, seen: impl IntoIterator<Item = Option<Choice>>) -> Option<Choice> {
    own?;
    let balance = seen.into_iter().fold(side(own), |balance, one| balance + side(one));
    match balance {
        1.. => Some(Choice::For),
        0 => own,
        _ => Some(Choice::Against),
    }
}

#[inline]
fn side(ballot: Option<Choice>) -> i64 {
    i64::from(ballot == Some(Choice::For)) - i64::from(ballot == Some(Choice::Against))
}

/// A swarm in [`GossipMode::MajorityDynamics`](super::GossipMode::MajorityDynamics): a byte for each agent. See
/// [`GossipDynamics`] for an example.
#[derive(Debug, Clone, Copy)]
pub struct MajoritySwarm<'a> {
    ballots: &'a [Option<Choice>],
    fanout: usize,
}

impl<'a> MajoritySwarm<'a> {
    /// Agents with these ballots, each of which asks so many others in a round.
    #[must_use]
    pub const fn new(ballots: &'a [Option<Choice>], fanout: usize) -> Self {
        Self { ballots, fanout }
    }
}

impl GossipDynamics for MajoritySwarm<'_> {
    type Cell = Option<Choice>;

    fn members(&self) -> usize {
        self.ballots.len()
    }

    fn start(&self) -> Vec<Option<Choice>> {
        self.ballots.to_vec()
    }

    fn step_range(
        &self,
        state: &[Option<Choice>],
        draws: GossipDraws,
        agents: Range<usize>,
        next: &mut [Option<Choice>],
    ) {
        let mut places = vec![0; self.fanout];
        for (agent, next) in agents.zip(next) {
            let says = |agent: usize| state.get(agent).copied().flatten();
            let peers = draws.peers(agent, state.len(), &mut places);
            *next = adopt_majority(says(agent), peers.iter().map(|peer| says(*peer)));
        }
    }

    fn survey(&self, state: &[Option<Choice>]) -> GossipSurvey {
        let counts = GossipCounts::of(state);
        GossipSurvey { counts, agreeing: counts.largest() }
    }
}
