//! State that several agents change: versions, conflict resolution without order, synchronization without loss.

#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod reconcile;
