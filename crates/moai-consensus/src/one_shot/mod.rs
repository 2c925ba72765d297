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
//! - **When more lie than may**, whoever sees that claims no outcome any more: [`Breach`].
//!
//! [`Agent::handle`] takes what happened and the time, and says what to do. It does nothing itself: no clock, no network,
//! no journal. With the feature `manager`, `Agreements` drives it in an agent's loop, over a coordinator and a journal.
//!
//! Four agents on a network that delivers at once:
//!
//! ```
//! # #[cfg(feature = "signing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::{collections::VecDeque, sync::Arc, time::Duration};
//! use moai_consensus::one_shot::{Agent, Input, Output, Setting, Statement};
//! use moai_consensus::{Choice, Decision, Draft, Ed25519, Elector, Electorate, Ratio, Rule, Signer, SigningKey, Threshold};
//! use moai_core::{AgentId, Limits, Timestamp, agent_id, value};
//!
//! let keys: Vec<Arc<SigningKey>> = (1..=4).map(|n| Arc::new(SigningKey::from_bytes([n; 32]))).collect();
//! let names = ["a", "b", "c", "d"].map(AgentId::new).into_iter().collect::<Result<Vec<_>, _>>()?;
//! let electorate = Electorate::new(names.into_iter().zip(&keys).map(|(id, key)| Elector::new(id).with_key(key.key())))?;
//! let proposal = Draft::from(value!({"action": "deploy"})).identify(agent_id!("lead"), [0; 16], &Limits::default())?;
//! let (now, deadline) = (Timestamp::UNIX_EPOCH, Timestamp::from_unix_micros(30_000_000)?);
//! let rule = Threshold::more_than(Ratio::HALF)?.shared();
//! let setting = Setting::new(&proposal, electorate, rule, 1, deadline, Duration::from_millis(200))?;
//!
//! let agent = |(place, key): (u32, &Arc<SigningKey>)| Agent::new(setting.clone(), place, key.clone(), Arc::new(Ed25519));
//! let mut agents: Vec<Agent> = (0..4).zip(&keys).map(agent).collect();
//! let mut inputs: VecDeque<(usize, Input)> = VecDeque::new();
//! for place in 0..4 {
//!     inputs.push_back((place, Input::Start));
//!     let choice = if place == 0 { Choice::Against } else { Choice::For };
//!     inputs.push_back((place, Input::Vote(Statement::ballot(choice))));
//! }
//! while let Some((place, input)) = inputs.pop_front() {
//!     for output in agents[place].handle(now, input) {
//!         if let Output::Send { to: None, bytes } = output {
//!             let others = (0..4).filter(|other| *other != place);
//!             inputs.extend(others.map(|to| (to, Input::Packet { from: place as u32, bytes: bytes.clone() })));
//!         }
//!     }
//! }
//! for agent in &agents {
//!     let agreed = agent.agreed().ok_or("not decided")?;
//!     assert_eq!(agreed.record.verdict(), Decision::Approved);
//!     assert_eq!(agreed.verify(&setting, &Ed25519), Ok(()), "it proves itself to anyone");
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "signing"))]
//! # fn main() {}
//! ```

mod agent;
mod agreed;
mod breach;
mod certificate;
mod certificates;
mod chain;
#[cfg(feature = "manager")]
mod driver;
mod evidence;
mod fingerprint;
mod flaw;
mod hex;
mod leader;
mod message;
mod mine;
mod notarize;
mod packet;
mod phase_a;
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
pub use breach::Breach;
pub use certificate::Certificate;
#[cfg(feature = "manager")]
pub use driver::{Agreement, AgreementCounts, AgreementError, Agreements};
pub use flaw::Flaw;
pub use message::Message;
pub use packet::Part;
pub use proof::{NoProof, Offence, Proof};
pub use proposition::{Justification, Proposition};
pub use record::Record;
pub use refusal::Refusal;
pub use said::{Kind, Said};
pub use setting::Setting;
pub use statement::Statement;
