//! Memory and journals that fail on command.

mod failure;
mod fault;
mod faults;
mod gate;
mod journal;
mod store;

pub use fault::Fault;
pub use faults::Faults;
pub use gate::Gate;
pub use journal::FaultyJournal;
pub use store::FaultyStore;
