//! Gossip: agents agree by asking a few others, round after round, and nobody counts for all.
//!
//! - [`GossipMode::Epidemic`]: ballots spread until everybody has all of them. What is decided is what a count of all ballots says.
//! - [`GossipMode::MajorityDynamics`]: each agent takes over what most of a few others say. A majority grows until all
//!   say the same. It can overturn a thin one, so the decision rests on the ballots before the first round.
//! - [`GossipMode::Snowball`]: the same with a memory, for a thousand agents and more.
//!
//! **Whoever is silent is not there:** such an agent is asked in vain, asks nobody, takes over nothing, and has no part in
//! whether the others agree. A threshold counts it as not for it. **Whoever abstains leaves it to the others:** it counts
//! for no side, and takes over what they say.
//!
//! Nothing here is left to chance: who is asked follows from the seed, the round and the agent's place alone. So neither
//! the order in which agents take their steps nor the number of threads changes anything, see [`GossipDynamics::step_range`].

mod config;
mod counts;
mod decision;
mod draws;
mod dynamics;
mod epidemic;
mod majority;
mod mode;
mod protocol;
mod run;
mod snowball;

pub use config::GossipConfig;
pub use counts::GossipCounts;
pub use decision::GossipDecision;
pub use draws::GossipDraws;
pub use dynamics::{GossipDynamics, GossipSurvey};
pub use epidemic::{EpidemicSwarm, learn_ballots};
pub use majority::{MajoritySwarm, adopt_majority};
pub use mode::GossipMode;
pub use protocol::GossipProtocol;
pub use run::{GossipRound, GossipRun};
pub use snowball::{SnowballAgent, SnowballSwarm};
