//! Who does what: one queue from which agents pull under leases.

mod allocator;
mod error;
mod offer;
mod options;
mod places;
mod queue;
mod record;
mod statistics;
mod task;

pub use allocator::TaskAllocator;
pub use error::TaskError;
pub use offer::OfferPolicy;
pub use options::TaskOptions;
pub use queue::TaskQueue;
pub use statistics::TaskStatistics;
pub use task::{Lease, Leased, NewTask, Worker};
