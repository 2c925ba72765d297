//! Coordination for swarms of software agents: decide together, share state, and let a person say no.
//!
//! Three agents vote on a deployment, and keep a count between them:
//!
//! ```
//! use std::sync::Arc;
//!
//! use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Request, voter_fn};
//! use moai_flow::store::MemoryStore;
//! use moai_flow::swarm::{Agent, SwarmCoordinator};
//! use moai_flow::sync::{ConflictResolver, Replica, StateSynchronizer};
//! use moai_flow::{StateKey, Topology, Value, agent_id, swarm_id, value};
//!
//! /// What an agent thinks of a proposal: here a line of code, elsewhere a model.
//! fn review(request: &Request) -> Answer {
//!     match request.proposal.content().get("tested").and_then(Value::as_bool) {
//!         Some(true) => Answer::new(Choice::For).because("it is tested"),
//!         _ => Answer::new(Choice::Against).because("nobody has tested it"),
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
//!     let (handled, mut agents) = (StateKey::new("requests/handled")?, Vec::new());
//!     for (id, count) in [(agent_id!("agent-1"), 42), (agent_id!("agent-2"), 38), (agent_id!("agent-3"), 0)] {
//!         let replica = Replica::new(id.clone());
//!         replica.contribute(&handled, count)?; // its own part of a counter
//!         agents.push(Agent::builder(id).votes(voter_fn(review)).shares(replica).join(swarm.clone()).await?);
//!     }
//!
//!     let manager = ConsensusManager::new(swarm.clone()).await?;
//!     let deploy = value!({"action": "deploy", "version": "v2.0", "tested": true});
//!     let outcome = manager.request_consensus(deploy, Ask::new()).await?; // returns at the deciding vote
//!     assert!(outcome.is_approved(), "{}", outcome.why);
//!
//!     let memory = Arc::new(MemoryStore::new()?);
//!     let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
//!     let report = synchronizer.synchronize_state(&handled).await?;
//!     assert_eq!(report.state.map(|state| state.value), Some(value!(80))); // and 80 however often it is asked
//!
//!     Agent::leave_all(agents).await?;
//!     Ok(())
//! }
//! ```
//!
//! This crate is the facade: it has no code of its own. The words that everybody shares stand at its root, each area in a
//! module behind a feature. Features are on by default unless their line says otherwise; whoever wants less takes fewer, or the crates behind them.
//!
//! | feature | here | from | what |
//! | --- | --- | --- | --- |
//! | | the root | `moai-core` | names, [`Value`], [`Digest`], [`Envelope`]; the ports; [`LocalCoordinator`] |
//! | `consensus` | [`consensus`] | `moai-consensus` | rules, ballots, algorithms, a manager |
//! | `sync` | [`sync`] | `moai-sync` | versions, conflict resolution, synchronization; brings `crdt` along |
//! | `crdt` | [`crdt`] | `moai-crdt` | clocks, and data that merges |
//! | `store` | [`store`] | `moai-store` | memory and journals in this process |
//! | `sqlite` | [`store`] | `moai-store` | the same in a file; brings `store` along, and SQLite |
//! | `sim` | [`sim`] | `moai-sim` | seeded worlds, for protocols and algorithms of one's own; not on by default |
//! | `signing` | [`consensus`] | `moai-consensus` | signatures by Ed25519, and their keys; not on by default |
//! | `conformance` | the root | `moai-core` | the exams for whoever writes a coordinator, a memory provider or a journal; not on by default |
//! | `laws` | [`crdt`] | `moai-crdt` | the laws for whoever writes a type that merges; not on by default |
//! | `swarm` | [`swarm`] | `moai-swarm` | agents, topologies, heartbeats, tasks; brings `consensus` and `sync` along |
//!
//! # Voting
//!
//! A [`ConsensusManager`](consensus::ConsensusManager) puts a question to everybody who is there, by an
//! [algorithm](consensus::Algorithm) under a name: `quorum`, `weighted` and `unanimous` are known, Byzantine and gossip votes
//! are registered with their figures, and a [`Rule`](consensus::Rule) of your own is a few lines. The
//! [`Outcome`](consensus::Outcome) tells who said what, who was silent, and why it was decided so.
//!
//! ```
//! use std::sync::Arc;
//! use moai_flow::consensus::{Ask, Choice, ConsensusManager, WeightedAlgorithm, voter_fn};
//! use moai_flow::swarm::{Agent, SwarmCoordinator};
//! use moai_flow::{Topology, agent_id, algorithm_name, swarm_id, value};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
//! let senior = Agent::builder(agent_id!("senior")).votes(voter_fn(|_| Choice::For)).join(swarm.clone()).await?;
//! let junior = Agent::builder(agent_id!("junior")).votes(voter_fn(|_| Choice::Against)).join(swarm.clone()).await?;
//!
//! let manager = ConsensusManager::new(swarm).await?;
//! manager.replace_algorithm(algorithm_name!("weighted"), WeightedAlgorithm::new().weigh(agent_id!("senior"), 2.5)?);
//! let outcome = manager.request_consensus(value!("refactor"), Ask::by(algorithm_name!("weighted"))).await?;
//! assert!(outcome.is_approved()); // 2.5 of 3.5 are more than 3/5
//! # Agent::leave_all([senior, junior]).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # State
//!
//! An agent writes into its [`Replica`](sync::Replica); a [`StateSynchronizer`](sync::StateSynchronizer) asks all, resolves,
//! stores and tells. How several versions become one says a [`ConflictResolver`](sync::ConflictResolver): the last write, the
//! one that knew of the others, or data that merges, whatever the order.
//!
//! ```
//! use moai_flow::sync::Replica;
//! use moai_flow::{StateKey, agent_id, value};
//!
//! let replica = Replica::new(agent_id!("agent-1"));
//! replica.put(&StateKey::new("leader")?, "agent-1")?; // a register: the last write holds
//! replica.contribute(&StateKey::new("requests/handled")?, 42)?; // a counter, of which this is its part
//! replica.add(&StateKey::new("tags")?, value!({"name": "urgent"}))?; // a set
//! replica.set_field(&StateKey::new("config")?, "timeout", 60)?; // a map, field by field
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What survives a crash
//!
//! [`MemoryProvider`] and [`Journal`] are ports. [`SqliteStore`](store::SqliteStore) stands behind the first, and
//! [`SqliteJournal`](store::SqliteJournal) behind the second; [`CachedStore`](store::CachedStore) before any store.
//!
//! ```
//! use moai_flow::store::SqliteStore;
//! use moai_flow::{Batch, MemoryProvider, StateKey, namespace, swarm_id};
//!
//! # pollster::block_on(async {
//! # let folder = std::env::temp_dir().join(format!("moai-flow-tour-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("swarm.db");
//! let memory = SqliteStore::open(&path)?;
//! let batch = Batch::new().put(namespace!("answers"), StateKey::new("agent-1")?, "yes");
//! let committed = memory.commit(&swarm_id!("swarm-001"), batch).await?; // durable when this returns
//! assert_eq!(committed.last.get(), 1);
//! # drop(memory);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Who is alive
//!
//! Agents beat, and a [`HeartbeatMonitor`](swarm::heartbeat::HeartbeatMonitor) tells silence in steps: healthy, degraded,
//! critical, failed. Votes that begin later do without who has failed.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use moai_flow::swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
//! use moai_flow::swarm::{Agent, SwarmCoordinator};
//! use moai_flow::{Topology, agent_id, swarm_id};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Star));
//! let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await?;
//! let agent = Agent::builder(agent_id!("agent-1")).beats(Duration::from_secs(1)).join(swarm).await?;
//! while monitor.health().is_empty() {
//!     tokio::task::yield_now().await; // until its first beat has arrived
//! }
//! assert_eq!(monitor.health()[0].health, Health::Healthy);
//! # agent.leave().await?;
//! # monitor.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Who does what
//!
//! Agents pull from a [`TaskAllocator`](swarm::TaskAllocator) under leases: what one does not finish comes back for others, and
//! what it brings too late is refused.
//!
//! ```
//! use moai_flow::agent_id;
//! use moai_flow::swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let tasks = TaskAllocator::new(TaskOptions::default())?;
//! tasks.join(agent_id!("agent-1"), Worker::new().capable_of("vision")).await;
//! tasks.submit(NewTask::new("read the report").needing("vision").priority(200)).await?;
//! let leased = tasks.pull(&agent_id!("agent-1")).await?;
//! tasks.complete(leased.lease).await?;
//! tasks.drained().await?; // nothing is left to do
//! # Ok::<(), moai_flow::swarm::TaskError>(())
//! # }).unwrap();
//! ```
//!
//! The folder `examples` of this crate has a runnable example for each of these and more; `first_swarm` is the one to begin
//! with.

#![forbid(unsafe_code)]

#[cfg(doctest)]
mod package_pages;

pub use moai_core::*;

#[cfg(feature = "consensus")]
pub use moai_consensus as consensus;
#[cfg(feature = "crdt")]
pub use moai_crdt as crdt;
#[cfg(feature = "sim")]
pub use moai_sim as sim;
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
