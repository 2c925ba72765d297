//! One-shot Byzantine agreement on an outcome: a single instance of Simplex, as a state machine.
//!
//! With quorums of more than half of the weight and of what may lie, two opposite certificates cannot both exist. But on a
//! split, or at the deadline, one agent may hold an approval that another never saw. Agreeing on one of *approved*,
//! *rejected* and *timeout* is a problem of its own, and this is Chan and Pass, "Simplex Consensus: A Simple and Fast
//! Consensus Protocol" (2023), for one value.
//!
//! ```text
//!   phase A                         phase B, view v = 1, 2, ...
//!   ballots ──▶ rule determined ──▶ leader proposes x ──▶ all notarize ──▶ quorum: all finalize ──▶ quorum: decided
//!               or the deadline                   no quorum in time: all nullify ──▶ quorum: view v + 1
//! ```
//!
//! - **Safe**: while at most a weight of f lies, no two honest agents decide differently, whatever the network does.
//! - **Live**: once messages arrive within Δ, all honest agents decide.
//! - **Accountable**: whoever breaks agreement signed two messages that no honest agent signs both: [`Proof`].
//!
//! [`Agent::handle`] takes what happened and the time, and says what to do. It does nothing itself: no clock, no network,
//! no journal.

mod agent;
mod agreed;
mod certificate;
mod certificates;
mod chain;
mod evidence;
mod flaw;
mod leader;
mod message;
mod mine;
mod notarize;
mod packet;
mod phase_a;
mod planted;
mod proof;
mod proposition;
mod record;
mod refusal;
mod relay;
mod restart;
mod said;
mod setting;
mod statement;
mod statements;
mod timers;
mod views;

pub use agent::{Agent, Input, Output};
pub use agreed::Agreed;
pub use certificate::Certificate;
pub use flaw::Flaw;
pub use message::Message;
pub use packet::Part;
#[cfg(moai_planted)]
pub use planted::plant;
pub use proof::{NoProof, Offence, Proof};
pub use proposition::{Justification, Proposition};
pub use record::Record;
pub use refusal::Refusal;
pub use said::{Kind, Said};
pub use setting::Setting;
pub use statement::Statement;
