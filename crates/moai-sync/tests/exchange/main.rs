//! Replicas converge directly with each other: in few bytes, whatever is lost on the way, and whoever lies.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

mod cleared;
mod clearing_model;
mod codes;
mod documents;
mod hostile;
mod merging;
mod model;
mod pages;
mod story;
mod swarm;
mod world;
