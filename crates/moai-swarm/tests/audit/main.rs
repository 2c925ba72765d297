//! The audit trail of a swarm: commits beside votes, verified against the store, and forged.

#![allow(clippy::disallowed_methods, reason = "the exam is sat on threads too, and whoever asks is a task of its own")]

mod commits;
mod exam;
mod forged;
mod independent;
mod story;
