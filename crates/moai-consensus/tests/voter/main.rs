//! The agent's side of a vote: asked once, written down before it is given, and unharmed by its own voter.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

mod asker;
mod bad_voters;
mod closing;
mod codes;
mod events;
mod foreign_messages;
mod log;
mod recording;
mod repeating;
mod serving;
