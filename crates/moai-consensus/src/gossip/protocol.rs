//! Gossip over collected ballots.

use moai_core::InvalidInput;

use super::{
    EpidemicSwarm, GossipConfig, GossipCounts, GossipDecision, GossipMode, GossipRun, MajoritySwarm, SnowballSwarm,
};
use crate::{Choice, Electorate, Ratio, Rule, Standing, Tally};

/// Gossip over collected ballots: one for each member, in the electorate's order, and nothing for those who are silent.
///
/// **Promises:** what is decided is what the rule says of the ballots before the first round, in every mode. The rounds
/// say whether the swarm came to agree in time; if not, nothing is decided. It bears silent members as long as those who
/// are heard meet each other. It bears no liars.
///
/// The documents' example:
///
/// ```
/// use moai_consensus::{Choice, Decision, GossipConfig, GossipMode, GossipProtocol};
///
/// let config = GossipConfig::new(GossipMode::MajorityDynamics)?.with_fanout(5)?.with_max_rounds(7)?;
/// let gossip = GossipProtocol::new(config.with_convergence("0.95".parse()?)?);
/// let mut ballots = vec![Some(Choice::For); 15];
/// ballots.extend([Some(Choice::Against); 5]);
///
/// let decision = gossip.decide(&ballots, "0.66".parse()?)?;
/// assert_eq!(decision.decision(), Decision::Approved);
/// assert_eq!((decision.run.last.in_favour, decision.run.last.against), (20, 0));
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GossipProtocol {
    config: GossipConfig,
}

impl GossipProtocol {
    /// Gossip that is run like this.
    #[must_use]
    pub const fn new(config: GossipConfig) -> Self {
        Self { config }
    }

    /// How it is run.
    #[must_use]
    pub const fn config(&self) -> &GossipConfig {
        &self.config
    }

    /// How many others each agent asks in a round.
    #[must_use]
    pub const fn fanout(&self) -> u32 {
        self.config.fanout()
    }

    /// How many rounds there are at most.
    #[must_use]
    pub const fn max_rounds(&self) -> u32 {
        self.config.max_rounds()
    }

    /// When more than this share agree, the rounds end.
    #[must_use]
    pub const fn convergence(&self) -> Ratio {
        self.config.convergence()
    }

    /// Lets agents with these ballots take their rounds.
    ///
    /// # Errors
    ///
    /// As [`GossipConfig::check_for`]; no round was taken.
    pub fn run(&self, ballots: &[Option<Choice>]) -> Result<GossipRun, InvalidInput> {
        let config = &self.config;
        config.check_for(ballots.len())?;
        let initial = GossipCounts::of(ballots);
        let enough = config.convergence();
        Ok(match config.mode() {
            // Nothing is more than the whole: it ends when all have all ballots.
            GossipMode::Epidemic => {
                GossipRun::of(&EpidemicSwarm::new(ballots, places(config.fanout())), config, Ratio::ONE, initial)
            }
            GossipMode::MajorityDynamics => {
                GossipRun::of(&MajoritySwarm::new(ballots, places(config.fanout())), config, enough, initial)
            }
            GossipMode::Snowball { k, alpha, beta } => {
                GossipRun::of(&SnowballSwarm::new(ballots, places(k), alpha, beta), config, enough, initial)
            }
        })
    }

    /// Decides whether more than this share of all members are for it; for 1, whether all are. An empty swarm and one in
    /// which everybody is silent agree at once, and nothing passes there.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for a threshold above 1, and as [`run`](Self::run); no round was taken.
    pub fn decide(&self, ballots: &[Option<Choice>], threshold: Ratio) -> Result<GossipDecision, InvalidInput> {
        if !threshold.is_share() {
            let (low, high) = ("0".into(), "1".into());
            return Err(InvalidInput::OutOfRange { field: "threshold", low, high, got: threshold.to_string() });
        }
        let run = self.run(ballots)?;
        let (votes, members) = (run.initial.in_favour, run.initial.members());
        let all = threshold == Ratio::ONE && votes == members && members > 0;
        Ok(GossipDecision { passed: all || threshold.is_exceeded_by(votes, members), run })
    }

    /// Decides by any rule, such as one with weights or a veto.
    ///
    /// ```
    /// use moai_consensus::{Choice, Decision, Electorate, GossipProtocol, Unanimous};
    /// use moai_core::agent_id;
    ///
    /// let both = Electorate::of([agent_id!("agent-1"), agent_id!("agent-2")])?;
    /// let ballots = [Some(Choice::For), Some(Choice::Against)];
    /// let decision = GossipProtocol::default().decide_by(&both, &ballots, &Unanimous)?;
    /// assert_eq!(decision.decision(), Decision::Rejected);
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `OutOfRange` unless there is one ballot for each member, and as [`run`](Self::run); no round was taken.
    pub fn decide_by(
        &self,
        electorate: &Electorate,
        ballots: &[Option<Choice>],
        rule: &dyn Rule,
    ) -> Result<GossipDecision, InvalidInput> {
        let members = electorate.len() as u64;
        super::mode::within("ballots", ballots.len() as u64, members, members)?;
        let run = self.run(ballots)?;
        let mut tally = Tally::new(electorate.clone());
        for (at, ballot) in ballots.iter().enumerate() {
            tally.record(at, ballot.map_or(Standing::Silent, Standing::from));
        }
        let passed = rule.holds(&tally.as_it_is()).is_ok();
        Ok(GossipDecision { passed, run })
    }
}

/// A number of 32 bits as a length.
fn places(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
