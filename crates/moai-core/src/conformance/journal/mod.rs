//! The exam for journals.

mod crowding;
mod examined;
mod keeping;
mod limits;
mod numbering;
mod reading;
mod reopening;

use std::sync::Arc;

use async_trait::async_trait;

use super::{Report, check};
use crate::{Journal, Limits};

/// Opens the journals that [`journal`](journal()) examines: what whoever writes one has to supply.
///
/// ```no_run
/// use std::path::PathBuf;
/// use std::sync::Arc;
/// use moai_core::conformance::{self, JournalFixture};
/// use moai_core::{Journal, Limits};
/// # struct File;
/// # impl File {
/// #     fn open(_: PathBuf, _: Limits) -> Result<Arc<dyn Journal>, String> { Err("an example".to_owned()) }
/// # }
///
/// struct Files(PathBuf);
///
/// #[async_trait::async_trait]
/// impl JournalFixture for Files {
///     async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal> {
///         File::open(self.0.join(place), limits).expect("the folder is there")
///     }
/// }
///
/// let new_and_empty = std::env::temp_dir().join("exam");
/// pollster::block_on(conformance::journal(&Files(new_and_empty))).assert();
/// ```
#[async_trait]
pub trait JournalFixture: Send + Sync + 'static {
    /// The journal that lives in `place`, and keeps to the `record_bytes`, `append_records`, `page_items` and
    /// `page_bytes` of `limits`.
    ///
    /// A place is new, and empty, when it is opened for the first time. **A place that is opened again holds what it
    /// held**: the journal that had it open was dropped before, and that is all the warning it gets. Journals whose
    /// [`persistence`](Journal::persistence) is that of the process are never opened again.
    ///
    /// The name of a place fits as the name of a file. A fixture that cannot open one panics: it stands in a test.
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal>;

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

/// Examines a journal: every promise of [`Journal`] that can be seen without pulling the plug.
///
/// See [`JournalFixture`] for an example.
pub async fn journal(fixture: &impl JournalFixture) -> Report {
    let fixture: &dyn JournalFixture = fixture;
    let checks =
        [numbering::CHECKS, reading::CHECKS, keeping::CHECKS, limits::CHECKS, crowding::CHECKS, reopening::CHECKS];
    check::run("journal", fixture, JournalFixture::wants, &checks).await
}
