//! The runtime in which a command works.

use std::time::Duration;

use crate::failure::Failure;

/// How long what waits for a disk or a lock holds up the end.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command's work to its end.
///
/// # Errors
///
/// What the work says; or that there is no runtime.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|why| Failure::failed("runtime", format!("no runtime: {why}; nothing was done")))?;
    let worked = runtime.block_on(work);
    runtime.shutdown_timeout(GRACE);
    worked
}
