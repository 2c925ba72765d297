//! The exam for memory providers.

mod atomicity;
mod changes;
mod compaction;
mod deletion;
mod examined;
mod limits;
mod listing;
mod looking;
mod model;
mod numbers;
mod preconditions;
mod reopening;
mod replica;
mod snapshot;
mod values;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Report, check};
use crate::{Limits, MemoryProvider};

/// Opens the memory providers that [`memory_provider`](memory_provider()) examines: what whoever writes one has to
/// supply.
///
/// ```no_run
/// use std::path::PathBuf;
/// use std::sync::Arc;
/// use moai_core::conformance::{self, MemoryProviderFixture};
/// use moai_core::{Limits, MemoryProvider};
/// # struct Store;
/// # impl Store {
/// #     fn open(_: PathBuf, _: Limits) -> Result<Arc<dyn MemoryProvider>, String> { Err("an example".to_owned()) }
/// # }
///
/// struct Stores(PathBuf);
///
/// #[async_trait::async_trait]
/// impl MemoryProviderFixture for Stores {
///     async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider> {
///         Store::open(self.0.join(place), limits).expect("the folder is there")
///     }
/// }
///
/// let new_and_empty = std::env::temp_dir().join("exam");
/// pollster::block_on(conformance::memory_provider(&Stores(new_and_empty))).assert();
/// ```
#[async_trait]
pub trait MemoryProviderFixture: Send + Sync + 'static {
    /// The provider that lives in `place`, and keeps to the `batch_changes`, `batch_bytes`, `page_items` and
    /// `page_bytes` of `limits`.
    ///
    /// A place is new, and empty, when it is opened for the first time. **A place that is opened again holds what it
    /// held**: the provider that had it open was dropped before, and that is all the warning it gets. Providers whose
    /// [`persistence`](MemoryProvider::persistence) is that of the process are never opened again.
    ///
    /// The name of a place fits as the name of a file. A fixture that cannot open one panics: it stands in a test.
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn MemoryProvider>;

    /// Runs all jobs at the same time, each on a thread of its own, returns once all are done, and says so with `true`.
    /// `false` means that it cannot, and the checks that need threads are skipped.
    ///
    /// A job drives its own futures and parks its thread while they wait. **Where they need a runtime around them, enter
    /// it in each thread**; and as this call blocks, what they wait for must not live on the thread that examines.
    ///
    /// ```
    /// fn together(jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
    ///     std::thread::scope(|threads| jobs.into_iter().for_each(|job| drop(threads.spawn(job))));
    ///     true
    /// }
    /// # let (tell, told) = std::sync::mpsc::channel();
    /// # assert!(together(vec![Box::new(move || tell.send(7).unwrap())]));
    /// # assert_eq!(told.recv(), Ok(7));
    /// ```
    fn together(&self, jobs: Vec<Box<dyn FnOnce() + Send>>) -> bool {
        let _ = jobs;
        false
    }

    /// Whether this check is wanted. All are, by default; a check that failed can be looked at alone.
    fn wants(&self, check: &str) -> bool {
        let _ = check;
        true
    }
}

/// Examines a memory provider: every promise of [`MemoryProvider`] that can be seen without pulling the plug.
///
/// See [`MemoryProviderFixture`] for an example.
pub async fn memory_provider(fixture: &impl MemoryProviderFixture) -> Report {
    let fixture: &dyn MemoryProviderFixture = fixture;
    let checks = [
        values::CHECKS,
        numbers::CHECKS,
        looking::CHECKS,
        preconditions::CHECKS,
        atomicity::CHECKS,
        deletion::CHECKS,
        listing::CHECKS,
        changes::CHECKS,
        compaction::CHECKS,
        snapshot::CHECKS,
        limits::CHECKS,
        reopening::CHECKS,
        model::CHECKS,
    ];
    check::run("memory provider", fixture, MemoryProviderFixture::wants, &checks).await
}
