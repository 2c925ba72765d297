//! The swarm in one process.
//!
//! | what | types |
//! | --- | --- |
//! | one agent: its voter, its replica and its heartbeat behind one mailbox | [`Agent`], [`AgentBuilder`] |
//! | who is there, and who reaches whom over how many hops | [`SwarmCoordinator`], [`TopologyInfo`], [`SwarmTraffic`] |
//! | who is alive, and who gets on | [`heartbeat`] |
//! | what was asked, said, decided and committed, to be verified by anyone | [`audit`] |
//! | who does what, under which lease | [`TaskAllocator`], [`TaskQueue`] |
//!
//! ```
//! use moai_core::agent_id;
//! use moai_swarm::{NewTask, TaskAllocator, TaskOptions, Worker};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), moai_swarm::TaskError> {
//!     let tasks = TaskAllocator::new(TaskOptions::default())?;
//!     tasks.join(agent_id!("agent-1"), Worker::new()).await;
//!     tasks.submit(NewTask::new("sum up")).await?;
//!     let leased = tasks.pull(&agent_id!("agent-1")).await?;
//!     tasks.complete(leased.lease).await?;
//!     assert_eq!(tasks.statistics().await?.completed, 1);
//!     Ok(())
//! }
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod agent;
pub mod audit;
mod coordinator;
pub mod heartbeat;
mod tasks;
mod topology;

pub use agent::{Agent, AgentBuilder, AgentError};
pub use coordinator::SwarmCoordinator;
pub use tasks::{
    Leased, NewTask, OfferPolicy, TaskAllocator, TaskError, TaskId, TaskLease, TaskOptions, TaskQueue, TaskStatistics,
    Worker,
};
pub use topology::{Reach, SwarmTraffic, TopologyInfo};
