//! Who is alive, and who gets on: beats, leases with epochs, and what follows from silence.

mod error;
mod event;
mod handler;
mod monitor;
mod options;
mod rhythm;
mod service;
mod stream;
mod wire;

pub use error::HeartbeatError;
pub use event::{AgentHealth, Epoch, Health, HealthEvent, Reason};
pub use handler::{HeartbeatHandler, Progress};
pub use monitor::{Input, Monitor};
pub use options::{HeartbeatOptions, Lease};
pub use service::HeartbeatMonitor;
pub use stream::{HealthEvents, Lagged};
