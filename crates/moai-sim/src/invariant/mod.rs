//! What must hold in every world, one file each. Each comes with a broken world in which it says so.
//!
//! | invariant | what it says |
//! | --- | --- |
//! | [`agreement`] | nobody honest has another outcome than the others |
//! | [`validity`] | what was counted of an honest voter is what it said |
//! | [`exact_tally`] | what was decided follows from what was counted, worked out anew |
//! | [`no_double_vote`] | nobody honest said two different things where it may say one |
//! | [`persisted_first`] | nothing leaves a node before what it depends on is durable |
//! | [`durability`] | what was acknowledged is there after every crash |
//! | [`evidence_sound`] | nobody honest is accused, and what accuses proves itself |
//! | [`evidence_complete`] | where two outcomes are final, enough liars are proven to be |
//! | [`evidence_kept`] | who is refused because it contradicts itself stands in the record with the proof |
//! | [`convergence`] | when all is well again, everybody has the same |
//! | [`unique_dots`] | no replica gives one number to two changes |
//! | [`an_end`] | when all is well again, everybody decides |
//! | [`bounded_memory`] | nobody holds more than it should, whatever liars send |
//! | [`ToldOutcomes`] | what was told stays decided |
//! | [`closed_is_closed`] | what is decided takes no more ballots |
//! | [`fair_count`] | votes of the stack are counted by hand, once more |
//! | [`OneWord`] | who votes gives one word for one question |
//! | [`ShownAndSigned`] | who votes signs for what it was shown |
//! | [`NobodyAccused`] | nothing that somebody honest signed can be held against it |
//! | [`CertificatesHold`] | certificates prove what their ballots carry, and do not contradict each other |
//! | [`TaskLedger`] | no task is lost, and none is done twice |
//! | [`MonotoneVersions`] | versions only grow |
//! | [`CursorReader`] | who reads by cursor misses nothing |

mod agreement;
mod an_end;
mod bounded_memory;
mod certificates_hold;
mod closed_is_closed;
mod convergence;
mod cursor_completeness;
mod durability;
mod evidence_complete;
mod evidence_kept;
mod evidence_sound;
mod exact_tally;
mod fair_count;
mod monotone_versions;
mod no_double_vote;
mod nobody_accused;
mod one_word;
mod persisted_first;
mod shown_and_signed;
mod task_ledger;
mod told_outcome;
mod unique_dots;
mod validity;

pub use agreement::agreement;
pub use an_end::an_end;
pub use bounded_memory::bounded_memory;
pub use certificates_hold::CertificatesHold;
pub use closed_is_closed::closed_is_closed;
pub use convergence::convergence;
pub use cursor_completeness::CursorReader;
pub use durability::durability;
pub use evidence_complete::evidence_complete;
pub use evidence_kept::evidence_kept;
pub use evidence_sound::evidence_sound;
pub use exact_tally::exact_tally;
pub use fair_count::{Counted, fair_count};
pub use monotone_versions::MonotoneVersions;
pub use no_double_vote::no_double_vote;
pub use nobody_accused::NobodyAccused;
pub use one_word::OneWord;
pub use persisted_first::persisted_first;
pub use shown_and_signed::ShownAndSigned;
pub use task_ledger::TaskLedger;
pub use told_outcome::ToldOutcomes;
pub use unique_dots::unique_dots;
pub use validity::validity;
