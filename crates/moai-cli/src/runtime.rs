//! The runtime in which a command works.

use crate::failure::Failure;

/// Runs a command's work to its end.
///
/// # Errors
///
/// What the work says; or that there is no runtime.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|why| Failure::failed("runtime", format!("no runtime: {why}; nothing was done")))?.block_on(work)
}
