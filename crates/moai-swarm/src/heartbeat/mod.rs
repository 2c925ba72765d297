//! Who is alive, and who gets on: beats, leases with epochs, and what follows from silence.

mod error;
mod event;
mod monitor;
mod options;
mod rhythm;

pub use error::HeartbeatError;
pub use event::{AgentHealth, Epoch, Health, HealthEvent, Reason};
pub use monitor::{Input, Monitor};
pub use options::{HeartbeatOptions, Lease};
