//! In which shape messages travel: rules over the members in the order in which they joined, and nothing that is stored for
//! each connection.

mod adaptive;
mod hierarchical;
mod info;
mod picture;
mod ring;
mod roster;
mod route;
mod star;

pub(crate) use adaptive::Adaptive;
pub(crate) use info::info;
pub use info::{Reach, SwarmTraffic, TopologyInfo};
pub(crate) use roster::Roster;
pub(crate) use route::{Route, Shape};
