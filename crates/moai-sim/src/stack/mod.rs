//! The whole stack behind its public drivers, in a time of its own.
//!
//! One thread, one paused clock, one seed: managers, voters, synchronizers, replicas, queues and agents run as they do in
//! production, over ports that lose, delay, cut, fail and crash. The same seed gives the same history, to the last message.
//!
//! | worlds | what happens in them |
//! | --- | --- |
//! | [`Votes`] | a manager and voters that crash, some of whom lie |
//! | [`SignedVotes`] | the same with voters that sign, beside a manager that lies |
//! | [`States`] | agents that write, push and follow, and a synchronizer over a memory, all of which crash |
//! | [`Tasks`] | a queue that crashes, and workers that stall, fail and are gone |
//! | [`Agreements`] | owners that agree without a coordinator and crash, some of whom lie |
//! | [`Crowd`] | agents that come and go, in shapes that change, under a monitor that crashes |
//!
//! | what | types |
//! | --- | --- |
//! | a world: its time, its faults, what happened | [`in_virtual_time`], [`Ground`], [`Chaos`], [`Cut`], [`Crash`] |
//! | a process that crashes and comes back | [`process`], [`watch`], [`Life`] |
//! | its ports | [`SimNetwork`], [`SimCoordinator`], [`JournalDisk`], [`SimJournal`], [`MemoryDisk`], [`SimMemory`], [`SimClock`] |

mod agreements;
mod at_once;
mod chaos;
mod clock;
mod coordinator;
mod crowd;
mod fate;
mod ground;
mod journal;
mod life;
mod mailbox;
mod memory;
mod network;
mod process;
mod signed_votes;
mod state;
mod tasks;
mod votes;
mod world;

pub use agreements::Agreements;
#[doc(hidden)]
pub use agreements::{AgreementsPlan, Owner};
pub use chaos::{Chaos, Crash, Cut};
pub use clock::SimClock;
pub use coordinator::SimCoordinator;
pub use crowd::Crowd;
#[doc(hidden)]
pub use crowd::{CrowdPlan, Going, Stay};
pub use ground::Ground;
pub use journal::{JournalDisk, SimJournal};
pub use life::Life;
pub use memory::{MemoryDisk, SimMemory};
pub use network::SimNetwork;
pub use process::{process, watch};
pub use signed_votes::SignedVotes;
#[doc(hidden)]
pub use signed_votes::{Deceit, SignedVoter, SignedVotesPlan};
pub use state::States;
#[doc(hidden)]
pub use state::{Deed, Kind, StatesPlan};
pub use tasks::Tasks;
#[doc(hidden)]
pub use tasks::{PlannedTask, TasksPlan};
pub use votes::Votes;
#[doc(hidden)]
pub use votes::{Manner, Question, VotesPlan};
pub use world::in_virtual_time;
