//! What must hold in every world, one file each. Each comes with a broken world in which it says so.

mod fair_count;
mod one_word;
mod told_outcome;

pub use fair_count::{Counted, fair_count};
pub use one_word::OneWord;
pub use told_outcome::ToldOutcomes;
