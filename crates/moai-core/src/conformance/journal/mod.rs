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
    /// The journal that lives in `place`, and keeps to the `record_bytes`, `append_records` and `page_items` of
    /// `limits`.
    ///
    /// A place is new, and empty, when it is opened for the first time. **A place that is opened again holds what it
    /// held**: the journal that had it open was dropped before, and that is all the warning it gets. Journals whose
    /// [`persistence`](Journal::persistence) is that of the process are never opened again.
    ///
    /// The name of a place fits as the name of a file. A fixture that cannot open one panics: it stands in a test.
    async fn open(&self, place: &str, limits: Limits) -> Arc<dyn Journal>;

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
