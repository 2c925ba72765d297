//! Agents that follow and push: nothing is asked, and everybody has it.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

mod faults;
mod flow;
mod lives;
mod rest;
mod story;
mod strangers;
mod world;
mod written;
