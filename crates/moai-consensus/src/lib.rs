//! Voting: rules that decide exactly, ballots, tallies, algorithms.
//!
//! **What decides here is plain Rust: no async, no clock, no chance, no I/O.** Time and ballots go in, what to do comes out.
//!
//! | feature | adds | on by default |
//! | --- | --- | --- |
//! | none | rules, ballots, algorithms and sessions as state machines, evidence, certificates, `one_shot` | always |
//! | `manager` | the manager, voters and their loops, on tokio | yes |
//! | `signing` | signatures by Ed25519, and their keys | no |
//!
//! ```
//! use moai_consensus::{Ballot, Choice, Contradiction, Evidence};
//! use moai_core::{agent_id, proposal_id, value};
//!
//! let of = |choice| Ballot::new(agent_id!("a"), proposal_id!("p"), value!(0).digest(), choice);
//! let shown = Evidence::of(&of(Choice::For), &of(Choice::Against)).map(|evidence| evidence.kind);
//! assert_eq!(shown, Some(Contradiction::DoubleBallot));
//! assert_eq!(Evidence::of(&of(Choice::For), &of(Choice::For)), None);
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod algorithm;
pub mod audit;
mod ballot;
mod ballot_flaw;
mod certificate;
mod choice;
mod codec;
mod conduct;
mod elector;
mod electorate;
mod evidence;
mod evidence_flaw;
mod final_tally;
mod gossip;
#[cfg(feature = "manager")]
mod manager;
mod message;
mod name_index;
pub mod one_shot;
mod opening;
mod outcome;
mod proposal;
mod ratio;
mod request_flaw;
mod rule;
mod ruling;
mod seal;
mod session;
mod signing;
mod tally;
mod terms;
#[cfg(feature = "manager")]
mod voter;
mod voter_key;

pub use algorithm::{
    Algorithm, ByzantineConsensus, GossipAlgorithm, QuorumAlgorithm, RuleAlgorithm, UnanimousAlgorithm,
    WeightedAlgorithm,
};
pub use ballot::Ballot;
pub use ballot_flaw::BallotFlaw;
pub use certificate::{Certificate, CertificateFlaw, Proven};
pub use choice::Choice;
pub use conduct::{Conduct, Ground, Listed};
pub use elector::{Elector, Group};
pub use electorate::{Class, Electorate};
pub use evidence::{Contradiction, Evidence};
pub use evidence_flaw::EvidenceFlaw;
pub use final_tally::{ClassTally, FinalTally};
pub use gossip::{
    EpidemicSwarm, GossipConfig, GossipCounts, GossipDecision, GossipDraws, GossipDynamics, GossipMode, GossipProtocol,
    GossipRound, GossipRun, GossipSurvey, MajoritySwarm, SnowballAgent, SnowballSwarm, adopt_majority, learn_ballots,
};
#[cfg(feature = "manager")]
pub use manager::{
    AlgorithmTaken, Ask, ConsensusManager, Hour, ManagerOptions, Progress, RecoverError, Recovered, RequestError,
    Statistics, Tallied, Ticket, Voting, blocking,
};
pub use message::{Closed, Reply, Request, message_kinds};
pub use opening::{OnDeadline, OpenError, Opening};
pub use outcome::{Basis, Decision, Dissent, Invalid, Outcome, Weights};
pub use proposal::{Draft, Proposal};
pub use ratio::{IntoRatio, Ratio};
pub use request_flaw::RequestFlaw;
pub use rule::{
    All, Any, Base, Determined, Diversity, Extremes, Measure, Not, Parts, Rule, SharedRule, Status, Threshold, Turnout,
    Unanimous, Veto, Why, determine,
};
pub use ruling::Ruling;
pub use session::{Entry, Input, Output, Receipt, Session, Taken, VoteError};
pub use signing::{Claim, Domain, Signature, Signer, Verifier};
#[cfg(feature = "signing")]
pub use signing::{Ed25519, KeyError, SigningKey};
pub use tally::{Count, Standing, Tally};
pub use terms::Terms;
#[cfg(feature = "manager")]
pub use voter::{
    Answer, Ended, IntoAnswer, Served, Voter, VoterAsyncFn, VoterCounts, VoterError, VoterFn, VoterHandler, serve,
    serve_and_drain, serve_until, voter_async_fn, voter_fn,
};
pub use voter_key::VoterKey;

/// What stands above a [`Voter`] that is written by hand.
#[cfg(feature = "manager")]
#[doc(no_inline)]
pub use moai_core::async_trait;

/// The documents' name for a [`Choice`].
pub type VoteType = Choice;

/// The documents' name for a [`Ballot`].
pub type Vote = Ballot;

/// The documents' name for an [`Outcome`].
pub type ConsensusResult = Outcome;

/// The documents' name for a [`Decision`].
pub type ConsensusDecision = Decision;
