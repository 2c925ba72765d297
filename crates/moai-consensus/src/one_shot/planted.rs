//! Bugs that a simulator must find.

#[cfg(moai_planted)]
pub use moai_core::planted::plant;
pub(super) use moai_core::planted::planted;
