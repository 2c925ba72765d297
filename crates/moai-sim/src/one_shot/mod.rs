//! Worlds of one-shot agreement: [`moai_consensus::one_shot`] under liars, crashes and a bad network.
//!
//! | what | types |
//! | --- | --- |
//! | with liars up to what it bears: all agree, all decide, nobody honest is accused | [`OneShot`] |
//! | with more: nobody disagrees without being caught | [`Beyond`] |
//! | an agent as a node of a world, and what it tells | [`Member`], [`Told`] |
//! | says whatever its [adversary](crate::adversary) wants, signed | [`Voice`] |
//! | signatures: a fast keyed hash, or the real ones | [`Keys`] |

mod agreement;
mod audit;
mod beyond;
mod casting;
mod draw;
mod keyed_hash;
mod keys;
mod lie;
mod member;
mod plan;
mod ruling;
mod shrink;
mod verdict;
mod voice;

pub use agreement::OneShot;
pub use beyond::Beyond;
pub use keys::Keys;
#[doc(hidden)]
pub use lie::Lie;
pub use member::{Member, Told};
#[doc(hidden)]
pub use plan::Plan;
#[doc(hidden)]
pub use ruling::Ruling;
pub use voice::Voice;
