//! The swarm in one process.
//!
//! | what | types |
//! | --- | --- |
//! | who is there, and who reaches whom over how many hops | [`SwarmCoordinator`], [`TopologyInfo`], [`SwarmTraffic`] |

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod coordinator;
mod topology;

pub use coordinator::SwarmCoordinator;
pub use topology::{Reach, SwarmTraffic, TopologyInfo};
