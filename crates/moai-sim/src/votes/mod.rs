//! Worlds of votes: sessions of [`moai_consensus`] with rounds and without, among voters of whom some lie.
//!
//! | what | types |
//! | --- | --- |
//! | plain, weighted, unanimous and byzantine votes, counted again by hand | [`Votes`] |

mod desk;
mod fickle;
mod plan;
mod record;
mod recount;
mod scenario;
mod seat;
mod voter;

#[doc(hidden)]
pub use desk::{Desk, Told};
#[doc(hidden)]
pub use fickle::Fickle;
#[doc(hidden)]
pub use plan::{Manner, Plan, Word};
pub use scenario::Votes;
#[doc(hidden)]
pub use seat::Seat;
#[doc(hidden)]
pub use voter::Voter;
