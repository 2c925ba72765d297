//! The driver of agreements: from the state machine to a swarm, a journal and a voter.
//!
//! ```text
//!              handle    ┌───────┐  fair     ┌──────────────┐ Persist  ┌─────────┐
//!  mailbox ─────────────▶│ inbox │──────────▶│ Agent::handle│─────────▶│ journal │
//!                        └───────┘  voter ──▶│              │  then    └─────────┘
//!                                   timer ──▶└──────┬───────┘  Send ──▶ coordinator
//!                                                   └──▶ outcome, evidence
//! ```

mod agreement;
mod agreement_error;
mod agreements;
mod counts;
mod desk;
mod handler;
mod inbox;
mod index;
mod recorded;
mod run;

pub use agreement::Agreement;
pub use agreement_error::AgreementError;
pub use agreements::Agreements;
pub use counts::AgreementCounts;
