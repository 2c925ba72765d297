//! The words that everyone in a swarm shares, and the ports to the world.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod coded;
mod invalid_input;
mod limits;

pub use coded::{Aftermath, Coded};
pub use invalid_input::InvalidInput;
pub use limits::Limits;
