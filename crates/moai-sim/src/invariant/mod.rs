//! What must hold in every world, one file each. Each comes with a broken world in which it says so.

mod closed_is_closed;
mod cursor_completeness;
mod fair_count;
mod monotone_versions;
mod one_word;
mod task_ledger;
mod told_outcome;

pub use closed_is_closed::closed_is_closed;
pub use cursor_completeness::CursorReader;
pub use fair_count::{Counted, fair_count};
pub use monotone_versions::MonotoneVersions;
pub use one_word::OneWord;
pub use task_ledger::TaskLedger;
pub use told_outcome::ToldOutcomes;
