//! The audit trail of a swarm: one journal that anyone can verify who was not there.
//!
//! ```text
//!   ConsensusManager ─▶ questions, ballots, vetoes, decisions ─┐
//!   AuditedMemory ────▶ what is to be committed, what was ─────┼─▶ journal ─▶ verify ─▶ report
//!   TaskAllocator ────▶ tasks ─────────────────────────────────┘                   └──▶ the first bad record
//! ```
//!
//! [`verify`] recomputes the chain, the votes ([`moai_consensus::audit`]) and the sequence of commits; with a memory
//! provider it also holds against the journal what the store has now. **Write the head of its report down where nobody can
//! reach it who writes the journal**: a journal that was cut or rewritten afterwards no longer holds it.

mod audited_memory;
mod candidates;
mod change;
mod commit;
mod commits;
mod flaw;
mod report;
mod state;
mod trail;
mod verify;

pub use audited_memory::AuditedMemory;
pub use change::AuditedChange;
pub use commit::CommitRecord;
pub use flaw::{Flaw, Flawed};
pub use report::Report;
pub use trail::{Step, Trail};
pub use verify::{VerifyError, tell, verify};
