//! How gossip is run.

use moai_core::InvalidInput;
use serde::{Deserialize, Serialize};

use super::GossipMode;
use super::mode::within;
use crate::Ratio;

const LEAST_CONVERGENCE: (u64, u64) = (51, 100);

/// How gossip is run. What is not said is the default: [`GossipMode::Epidemic`], 3 others a round, 10 rounds, agreement
/// above 95 %, seed 0.
///
/// ```
/// use moai_consensus::{GossipConfig, GossipMode};
///
/// let config = GossipConfig::default().with_fanout(5)?.with_max_rounds(7)?.with_convergence("0.95".parse()?)?;
/// assert_eq!((config.fanout(), config.mode()), (5, GossipMode::Epidemic));
/// assert!(config.with_fanout(11).is_err());
///
/// let json = r#"{"mode":"majority_dynamics","fanout":5,"convergence":"0.95"}"#;
/// let config: GossipConfig = serde_json::from_str(json).unwrap();
/// assert_eq!(config.mode(), GossipMode::MajorityDynamics);
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct GossipConfig {
    mode: GossipMode,
    fanout: u32,
    max_rounds: u32,
    convergence: Ratio,
    seed: u64,
}

impl GossipConfig {
    /// The defaults, in this mode.
    ///
    /// # Errors
    ///
    /// As [`with_mode`](Self::with_mode).
    pub fn new(mode: GossipMode) -> Result<Self, InvalidInput> {
        Self::default().with_mode(mode)
    }

    /// The same in this mode.
    ///
    /// # Errors
    ///
    /// `OutOfRange` for Snowball's `alpha` unless it is more than half of `k` and at most `k`, and for 0.
    pub fn with_mode(mut self, mode: GossipMode) -> Result<Self, InvalidInput> {
        mode.check()?;
        self.mode = mode;
        Ok(self)
    }

    /// The same with so many others asked by each agent in each round. Snowball asks its `k` instead.
    ///
    /// # Errors
    ///
    /// `OutOfRange` unless it is 1 to 10.
    pub fn with_fanout(mut self, fanout: u32) -> Result<Self, InvalidInput> {
        within("fanout", fanout.into(), 1, 10)?;
        self.fanout = fanout;
        Ok(self)
    }

    /// The same with at most so many rounds.
    ///
    /// # Errors
    ///
    /// `OutOfRange` unless it is 1 to 20.
    pub fn with_max_rounds(mut self, max_rounds: u32) -> Result<Self, InvalidInput> {
        within("max_rounds", max_rounds.into(), 1, 20)?;
        self.max_rounds = max_rounds;
        Ok(self)
    }

    /// The same with this share: when more than it agree, the rounds end. `Epidemic` ends when all have all ballots,
    /// whatever is said here.
    ///
    /// # Errors
    ///
    /// `OutOfRange` unless it is 0.51 to 1.
    pub fn with_convergence(mut self, convergence: Ratio) -> Result<Self, InvalidInput> {
        let (part, whole) = LEAST_CONVERGENCE;
        let low = Ratio::new(part, whole)?;
        if !(low..=Ratio::ONE).contains(&convergence) {
            let (low, high) = ("51/100".into(), "1".into());
            return Err(InvalidInput::OutOfRange { field: "convergence", low, high, got: convergence.to_string() });
        }
        self.convergence = convergence;
        Ok(self)
    }

    /// The same with other draws. Every seed is fine; the same one draws the same.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Refuses a swarm that the mode is not for: Epidemic bears at most 20,000 members; Snowball's `k` must be fewer than
    /// all but one other, and its `beta` at most the number of rounds.
    ///
    /// # Errors
    ///
    /// `OutOfRange`, naming `members`, `k` or `beta`.
    pub fn check_for(&self, members: usize) -> Result<(), InvalidInput> {
        self.mode.check_for(members, self.max_rounds)
    }

    /// How agents come to agree.
    #[must_use]
    pub const fn mode(&self) -> GossipMode {
        self.mode
    }

    /// How many others each agent asks in a round.
    #[must_use]
    pub const fn fanout(&self) -> u32 {
        self.fanout
    }

    /// How many rounds there are at most.
    #[must_use]
    pub const fn max_rounds(&self) -> u32 {
        self.max_rounds
    }

    /// When more than this share agree, the rounds end.
    #[must_use]
    pub const fn convergence(&self) -> Ratio {
        self.convergence
    }

    /// What the draws follow from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }
}

impl Default for GossipConfig {
    fn default() -> Self {
        let convergence = Ratio::new(19, 20).unwrap_or(Ratio::ONE);
        Self { mode: GossipMode::Epidemic, fanout: 3, max_rounds: 10, convergence, seed: 0 }
    }
}

/// As it is written; what is left out is the default.
#[derive(Deserialize)]
#[serde(rename = "GossipConfig", deny_unknown_fields, default)]
struct Written {
    mode: GossipMode,
    fanout: u32,
    max_rounds: u32,
    convergence: Ratio,
    seed: u64,
}

impl Default for Written {
    fn default() -> Self {
        let GossipConfig { mode, fanout, max_rounds, convergence, seed } = GossipConfig::default();
        Self { mode, fanout, max_rounds, convergence, seed }
    }
}

impl TryFrom<Written> for GossipConfig {
    type Error = InvalidInput;

    fn try_from(written: Written) -> Result<Self, InvalidInput> {
        let Written { mode, fanout, max_rounds, convergence, seed } = written;
        let config = Self::new(mode)?.with_fanout(fanout)?.with_max_rounds(max_rounds)?;
        Ok(config.with_convergence(convergence)?.with_seed(seed))
    }
}
