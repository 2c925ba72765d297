//! Worlds of rumours: ballots that go round from one to the other until everybody can count them alone.
//!
//! | what | types |
//! | --- | --- |
//! | everybody ends with the count that a central one gives | [`Rumours`] |
//! | what a seed makes of it | [`Plan`] |
//! | whoever tells and listens | [`Gossiper`], [`Heard`] |

mod gossiper;
mod plan;
mod scenario;

pub use gossiper::{Gossiper, Heard};
pub use plan::Plan;
pub use scenario::Rumours;
