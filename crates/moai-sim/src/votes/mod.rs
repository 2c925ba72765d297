//! Worlds of votes: sessions of [`moai_consensus`] with rounds and without, among voters of whom some lie.
//!
//! | what | types |
//! | --- | --- |
//! | plain, weighted, unanimous and byzantine votes, counted again by hand | [`Votes`] |
//! | what a seed makes of them | [`Plan`], [`Manner`], [`Word`] |
//! | who runs the vote, and who votes | [`Seat`], [`Desk`], [`Voter`], [`Told`] |
//! | who answers with whatever comes to its mind | [`Fickle`] |

mod desk;
mod fickle;
mod plan;
mod record;
mod recount;
mod scenario;
mod seat;
mod voter;

pub use desk::{Desk, Told};
pub use fickle::Fickle;
pub use plan::{Manner, Plan, Word};
pub use scenario::Votes;
pub use seat::Seat;
pub use voter::Voter;
