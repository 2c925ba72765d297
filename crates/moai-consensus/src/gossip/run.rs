//! What happened, round by round.

use moai_core::{Array, Map, Number, Value};
use serde::{Deserialize, Serialize};

use super::{GossipConfig, GossipCounts, GossipDraws, GossipDynamics, GossipMode};
use crate::Ratio;

/// How the swarm stood after a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GossipRound {
    /// Which round, from 1.
    pub round: u32,
    /// How many said what.
    pub counts: GossipCounts,
    /// Which share of those who are heard agreed, see [`GossipSurvey::agreeing`](super::GossipSurvey::agreeing); 1 when nobody is.
    pub agreement: Ratio,
    /// Whether that was enough. Only the last round can say so.
    pub converged: bool,
}

/// What happened, round by round.
///
/// ```
/// use moai_consensus::{Choice, GossipConfig, GossipMode, GossipProtocol};
///
/// let mut ballots = [Some(Choice::For); 20];
/// ballots[15..].fill(Some(Choice::Against));
/// let run = GossipProtocol::new(GossipConfig::new(GossipMode::MajorityDynamics)?.with_fanout(5)?).run(&ballots)?;
/// assert!(run.converged && run.rounds_completed() <= 7);
/// assert_eq!((run.initial.in_favour, run.last.in_favour), (15, 20));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GossipRun {
    /// How agents came to agree.
    pub mode: GossipMode,
    /// The rounds, in their order; at least one.
    pub rounds: Vec<GossipRound>,
    /// How many said what before the first round: what a threshold is held against.
    pub initial: GossipCounts,
    /// How many said what after the last round.
    pub last: GossipCounts,
    /// Whether they agreed before the rounds were over.
    pub converged: bool,
    /// Whether agents may stand on different sides although each is sure.
    pub probabilistic: bool,
    /// A word of caution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl GossipRun {
    /// How many rounds there were.
    #[must_use]
    pub fn rounds_completed(&self) -> usize {
        self.rounds.len()
    }

    /// Which share agreed in the end.
    #[must_use]
    pub fn agreement(&self) -> Ratio {
        self.rounds.last().map_or(Ratio::ONE, |round| round.agreement)
    }

    /// Whether the swarm went over from the side that most were on to the other. The decision stays with the ballots
    /// before the first round.
    #[must_use]
    pub fn is_overturned(&self) -> bool {
        self.initial.leading().zip(self.last.leading()).is_some_and(|(before, after)| before != after)
    }

    /// The documents' keys: `rounds_completed`, `converged`, `agreement_ratio` and `round_history` with `round`,
    /// `agreement_ratio` and `converged` of each. And `initial` and `last` with what was said, `probabilistic`, and
    /// `warning` where there is one.
    #[must_use]
    pub fn metadata(&self) -> Map {
        let mut metadata = Map::new();
        let history: Array = self.rounds.iter().map(|round| Value::Map(round.metadata())).collect();
        metadata.insert("rounds_completed", self.rounds.len() as u64);
        metadata.insert("converged", self.converged);
        insert_share(&mut metadata, self.agreement());
        metadata.insert("round_history", history);
        metadata.insert("initial", said(self.initial));
        metadata.insert("last", said(self.last));
        metadata.insert("probabilistic", self.probabilistic);
        if let Some(warning) = &self.warning {
            metadata.insert("warning", warning.as_str());
        }
        metadata
    }

    /// Lets a swarm take its rounds. When more than the share `enough` agree, or all, they end.
    pub(super) fn of<D: GossipDynamics>(
        swarm: &D,
        config: &GossipConfig,
        enough: Ratio,
        initial: GossipCounts,
    ) -> Self {
        let mut state = swarm.start();
        let mut next = state.clone();
        let mut rounds = Vec::new();
        let mut last = initial;
        let mut converged = false;
        for round in 1..=config.max_rounds() {
            swarm.step_range(&state, GossipDraws::new(config.seed(), round), 0..swarm.members(), &mut next);
            std::mem::swap(&mut state, &mut next);
            let survey = swarm.survey(&state);
            let (agreeing, heard) = (survey.agreeing, survey.counts.heard());
            last = survey.counts;
            converged = agreeing == heard || enough.is_exceeded_by(agreeing, heard);
            let agreement = Ratio::new(agreeing, heard).unwrap_or(Ratio::ONE);
            rounds.push(GossipRound { round, counts: last, agreement, converged });
            if converged {
                break;
            }
        }
        let mode = config.mode();
        let warning = mode.warning(swarm.members());
        Self { mode, rounds, initial, last, converged, probabilistic: mode.is_probabilistic(), warning }
    }
}

impl GossipRound {
    fn metadata(&self) -> Map {
        let mut metadata = Map::new();
        metadata.insert("round", u64::from(self.round));
        insert_share(&mut metadata, self.agreement);
        metadata.insert("converged", self.converged);
        metadata
    }
}

fn insert_share(metadata: &mut Map, share: Ratio) {
    if let Ok(share) = Number::float(share.to_f64()) {
        metadata.insert("agreement_ratio", share);
    }
}

fn said(counts: GossipCounts) -> Map {
    let all = [("in_favour", counts.in_favour), ("against", counts.against), ("abstained", counts.abstained)];
    let all = all.into_iter().chain([("silent", counts.silent)]);
    all.map(|(key, count)| (key.to_owned(), Value::from(count))).collect()
}
