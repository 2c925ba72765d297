//! The words that everyone in a swarm shares, and the ports to the world.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod canonical;
mod coded;
mod digest;
mod invalid_input;
mod limits;
mod value;

pub use coded::{Aftermath, Coded};
pub use digest::{Digest, DigestBuilder};
pub use invalid_input::InvalidInput;
pub use limits::Limits;
pub use value::{Array, Map, Number, Value};

#[doc(hidden)]
pub use value::literal as __literal;
