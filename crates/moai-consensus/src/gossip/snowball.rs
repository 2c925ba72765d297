//! Snowball: majorities of samples, with a memory.

use std::ops::Range;

use super::{GossipCounts, GossipDraws, GossipDynamics, GossipSurvey};
use crate::Choice;

/// One agent of Snowball (Rocket, Yin, Sekniqi, van Renesse, Sirer, "Scalable and probabilistic leaderless BFT consensus
/// through metastability", arXiv 1906.08936, figure 3).
///
/// Other than there, who has no side yet gets one from a sample and not from a question: then the order of questions does
/// not matter. Who is silent stays silent.
///
/// ```
/// use moai_consensus::{Choice::*, SnowballAgent};
///
/// let agent = SnowballAgent::new(Some(Against));
/// let agent = agent.step(2, 2, [Some(For), Some(For), Some(Against)]);
/// assert_eq!((agent.says(), agent.sure_of()), (Some(For), None));
/// let agent = agent.step(2, 2, [Some(For), Some(For), None]);
/// assert_eq!(agent.sure_of(), Some(For));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnowballAgent {
    says: Option<Choice>,
    /// The side of the last success.
    last: Option<Choice>,
    /// How many successes in a row it had.
    streak: u32,
    successes_for: u32,
    successes_against: u32,
    sure: bool,
}

impl SnowballAgent {
    /// Before the first round.
    #[must_use]
    pub const fn new(ballot: Option<Choice>) -> Self {
        Self { says: ballot, last: None, streak: 0, successes_for: 0, successes_against: 0, sure: false }
    }

    /// What it answers when it is asked.
    #[inline]
    #[must_use]
    pub const fn says(&self) -> Option<Choice> {
        self.says
    }

    /// The side that it will not leave any more.
    #[must_use]
    pub const fn sure_of(&self) -> Option<Choice> {
        if self.sure { self.says } else { None }
    }

    /// What becomes of it when the others that it asked say this. `alpha` must be more than half of how many it asked.
    #[must_use]
    pub fn step(mut self, alpha: u32, beta: u32, seen: impl IntoIterator<Item = Option<Choice>>) -> Self {
        if self.says.is_none() || self.sure {
            return self;
        }
        let (mut votes_for, mut votes_against) = (0_u32, 0_u32);
        for one in seen {
            votes_for += u32::from(one == Some(Choice::For));
            votes_against += u32::from(one == Some(Choice::Against));
        }
        let success = match (votes_for >= alpha, votes_against >= alpha) {
            (true, false) => Choice::For,
            (false, true) => Choice::Against,
            _ => {
                self.streak = 0;
                return self;
            }
        };
        let here = self.successes(success).saturating_add(1);
        match success {
            Choice::For => self.successes_for = here,
            _ => self.successes_against = here,
        }
        let behind = self.says.map_or(0, |side| self.successes(side));
        // Without a side there is nothing behind it.
        if here > behind {
            self.says = Some(success);
        }
        self.streak = if self.last == Some(success) { self.streak.saturating_add(1) } else { 1 };
        self.last = Some(success);
        self.sure = self.streak >= beta;
        self
    }

    const fn successes(&self, side: Choice) -> u32 {
        match side {
            Choice::For => self.successes_for,
            Choice::Against => self.successes_against,
            Choice::Abstain => 0,
        }
    }
}

/// A swarm in [`GossipMode::Snowball`](super::GossipMode::Snowball).
///
/// ```
/// use moai_consensus::{Choice, GossipDraws, GossipDynamics, SnowballSwarm};
///
/// let ballots = vec![Some(Choice::For); 100];
/// let swarm = SnowballSwarm::new(&ballots, 10, 7, 1);
/// let before = swarm.start();
/// let mut after = before.clone();
/// swarm.step_range(&before, GossipDraws::new(7, 1), 0..100, &mut after);
/// assert_eq!(swarm.survey(&after).agreeing, 100);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SnowballSwarm<'a> {
    ballots: &'a [Option<Choice>],
    k: usize,
    alpha: u32,
    beta: u32,
}

impl<'a> SnowballSwarm<'a> {
    /// Agents with these ballots.
    #[must_use]
    pub const fn new(ballots: &'a [Option<Choice>], k: usize, alpha: u32, beta: u32) -> Self {
        Self { ballots, k, alpha, beta }
    }
}

impl GossipDynamics for SnowballSwarm<'_> {
    type Cell = SnowballAgent;

    fn members(&self) -> usize {
        self.ballots.len()
    }

    fn start(&self) -> Vec<SnowballAgent> {
        self.ballots.iter().copied().map(SnowballAgent::new).collect()
    }

    fn step_range(
        &self,
        state: &[SnowballAgent],
        draws: GossipDraws,
        agents: Range<usize>,
        next: &mut [SnowballAgent],
    ) {
        let mut places = vec![0; self.k];
        for ((agent, before), next) in state.iter().enumerate().skip(agents.start).zip(next) {
            let peers = draws.peers(agent, state.len(), &mut places);
            let seen = peers.iter().map(|peer| state.get(*peer).and_then(SnowballAgent::says));
            *next = before.step(self.alpha, self.beta, seen);
        }
    }

    fn survey(&self, state: &[SnowballAgent]) -> GossipSurvey {
        let all = |of: fn(&SnowballAgent) -> Option<Choice>| -> GossipCounts {
            GossipCounts::of(&state.iter().map(of).collect::<Vec<_>>())
        };
        let (counts, sure) = (all(SnowballAgent::says), all(SnowballAgent::sure_of));
        // Where nobody has a side, none will ever come up: they agree to leave it.
        let agreeing = if counts.in_favour + counts.against == 0 { counts.abstained } else { sure.largest() };
        GossipSurvey { counts, agreeing }
    }
}
