//! Who does what: one queue from which agents pull under leases.

mod agents;
mod allocator;
mod drained;
mod error;
mod leases;
mod notes;
mod offer;
mod options;
mod places;
mod queue;
mod record;
mod recovery;
mod state;
mod statistics;
mod take_back;
mod task;
mod task_id;
mod value;
mod waiters;
mod waiting;
mod watching;
mod work;
mod writer;

pub use allocator::TaskAllocator;
pub use error::TaskError;
pub use offer::OfferPolicy;
pub use options::TaskOptions;
pub use queue::TaskQueue;
pub(crate) use record::is_task;
pub use statistics::TaskStatistics;
pub use task::{Leased, NewTask, TaskLease, Worker};
pub use task_id::TaskId;
