//! A model check of one-shot agreement: the real step function, `Agent::handle`, in every order of what can happen to four
//! agents, of which some lie, on a network that loses, repeats and reorders.
//!
//! It goes as deep as some seconds allow; with `MOAI_MODEL=full` it goes over some millions of states.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

mod checks;
mod lies;
mod node;
#[path = "../one_shot/scheme.rs"]
mod scheme;
mod table;
