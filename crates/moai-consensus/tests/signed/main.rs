//! Votes whose voters sign: adversaries, what proves their lies, and what proves an outcome to others.

#![allow(clippy::disallowed_methods, reason = "agents, and whoever asks, are tasks of their own")]

mod causes;
mod certificates;
mod conduct;
mod evidence;
mod golden;
mod journals;
mod keys;
mod liars;
mod long_memory;
mod lying_manager;
mod sessions;
mod swarm;
