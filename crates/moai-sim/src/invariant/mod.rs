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
//! | [`convergence`] | when all is well again, everybody has the same |
//! | [`unique_dots`] | no replica gives one number to two changes |
//! | [`an_end`] | when all is well again, everybody decides |
//! | [`bounded_memory`] | nobody holds more than it should, whatever liars send |

mod agreement;
mod an_end;
mod bounded_memory;
mod convergence;
mod durability;
mod evidence_complete;
mod evidence_sound;
mod exact_tally;
mod no_double_vote;
mod persisted_first;
mod unique_dots;
mod validity;

pub use agreement::agreement;
pub use an_end::an_end;
pub use bounded_memory::bounded_memory;
pub use convergence::convergence;
pub use durability::durability;
pub use evidence_complete::evidence_complete;
pub use evidence_sound::evidence_sound;
pub use exact_tally::exact_tally;
pub use no_double_vote::no_double_vote;
pub use persisted_first::persisted_first;
pub use unique_dots::unique_dots;
pub use validity::validity;
