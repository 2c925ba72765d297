//! A world of state machines, in a time of its own: a network, disks, clocks and liars that a seed chose.
//!
//! **Nothing in it is real but the code under test.** What happens next is the earliest entry of a queue; what the network
//! and the disks do is drawn from the seed; so the same seed gives the same history, on every machine and in every build.
//!
//! ```text
//!            Start, Hear, Do, Tick                      Persist, Write, Send, Arm, Tell
//!   World ──────────────────────────▶ Node (pure) ──────────────────────────────────────▶ World
//!     │         with the time of its own clock                                             │
//!     └── queue ◀── Mix: lost, twice, late, reordered, cut ◀── crash and disk fault at each effect ┘
//! ```
//!
//! | what | types |
//! | --- | --- |
//! | an algorithm without I/O | [`Node`], [`Input`], [`Effect`] |
//! | what may go wrong, and until when | [`Mix`], [`Cut`] |
//! | what outlives a crash | [`Disk`] |
//! | all of it together | [`World`] |
//!
//! [`World`] shows an algorithm of one's own.

mod clock;
mod cut;
mod disk;
mod effect;
mod event;
mod mix;
mod network;
mod node;
mod place;
mod running;
mod whole;

pub use clock::Clock;
pub use cut::Cut;
pub use disk::Disk;
pub use effect::Effect;
pub use mix::Mix;
pub use node::{Input, Node};
pub use whole::World;

pub(crate) use event::mark;
