//! Who is alive, and who gets on: beats, leases with epochs, and what follows from silence.

mod errand;
mod error;
mod event;
mod handler;
mod input;
mod inquiry;
mod lateness;
mod leases;
mod monitor;
mod options;
mod outbox;
mod progress;
mod rhythm;
mod rounds;
mod service;
mod states;
mod strangers;
mod stream;
mod watch;
mod watched;
mod wire;

pub use error::HeartbeatError;
pub use event::{AgentHealth, Health, HealthEvent, LeaseEpoch, Reason};
pub use handler::HeartbeatHandler;
pub use input::Input;
pub use monitor::Monitor;
pub use options::{HeartbeatOptions, Lease};
pub use progress::Progress;
pub use service::HeartbeatMonitor;
pub use stream::{HealthEvents, Lagged};
