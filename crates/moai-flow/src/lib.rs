//! Coordination for swarms of software agents: decide together, share state, and let a person say no.
//!
//! This crate is the facade: it has no code of its own. The words that everybody shares stand at its root, each area in
//! a module. Whoever wants less takes the crates behind it.
//!
//! | here | from | what |
//! | --- | --- | --- |
//! | the root | `moai-core` | names, [`Value`], [`Digest`], [`Envelope`]; the ports; [`LocalCoordinator`] |
//! | [`crdt`] | `moai-crdt` | clocks, and data that merges (feature `crdt`, on by default) |
//! | [`consensus`] | `moai-consensus` | rules, ballots, algorithms, a manager (feature `consensus`, on by default) |
//! | [`swarm`] | `moai-swarm` | agents, topologies, heartbeats, tasks (feature `swarm`, on by default) |
//! | [`sync`] | `moai-sync` | versions, conflict resolution, synchronization (feature `sync`, on by default) |
//! | [`store`] | `moai-store` | memory and journals (feature `store`, and `sqlite` for files, both on by default) |
//!
//! # A swarm that answers
//!
//! ```
//! use moai_flow::store::MemoryStore;
//! use moai_flow::{
//!     Batch, Coordinator, CorrelationId, Envelope, LocalCoordinator, MemoryProvider, Role, StateKey, SystemChance,
//!     agent_id, message_kind, namespace, swarm_id,
//! };
//!
//! # pollster::block_on(async {
//! // A service is reached by name and never counted; a member is counted and gets broadcasts.
//! let swarm = LocalCoordinator::new(swarm_id!("swarm-001"));
//! let mut manager = swarm.join(agent_id!("manager"), Role::Service).await?;
//! let mut agent = swarm.join(agent_id!("agent-1"), Role::Member).await?;
//!
//! let asked = CorrelationId::draw(&SystemChance)?;
//! let question = Envelope::new(
//!     swarm.swarm_id().clone(),
//!     manager.owner().clone(),
//!     message_kind!("question"),
//!     asked,
//!     "deploy v2.0?",
//! );
//! let delivered = swarm.broadcast(question, &[]).await?;
//! assert_eq!(delivered.ids, [agent_id!("agent-1")]);
//!
//! let question = agent.recv().await.ok_or("the agent was taken out")?;
//! let answer = question.reply(agent_id!("agent-1"), message_kind!("answer"), "yes");
//! swarm.send(question.from(), answer).await?;
//!
//! let answer = manager.recv().await.ok_or("the manager was taken out")?;
//! assert_eq!(answer.correlation(), asked);
//!
//! // What was said is kept under the swarm's next version.
//! let memory = MemoryStore::new()?;
//! let batch = Batch::new().put(namespace!("answers"), StateKey::new("agent-1")?, answer.payload().clone());
//! let committed = memory.commit(swarm.swarm_id(), batch).await?;
//! assert_eq!(committed.last.get(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

#![forbid(unsafe_code)]

pub use moai_core::*;

#[cfg(feature = "consensus")]
pub use moai_consensus as consensus;
#[cfg(feature = "crdt")]
pub use moai_crdt as crdt;
#[cfg(feature = "store")]
pub use moai_store as store;
#[cfg(feature = "swarm")]
pub use moai_swarm as swarm;
#[cfg(feature = "sync")]
pub use moai_sync as sync;

/// The example in the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The example in the page on voting, compiled.
#[cfg(all(doctest, feature = "consensus"))]
#[doc = include_str!("../../../docs/voting.md")]
struct Voting;
