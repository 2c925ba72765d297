//! Worlds of rumours: ballots that go round from one to the other until everybody can count them alone.
//!
//! | what | types |
//! | --- | --- |
//! | everybody ends with the count that a central one gives | [`Rumours`] |

mod gossiper;
mod plan;
mod scenario;

#[doc(hidden)]
pub use gossiper::{Gossiper, Heard};
#[doc(hidden)]
pub use plan::Plan;
pub use scenario::Rumours;
