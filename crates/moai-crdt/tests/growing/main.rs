//! The types that only grow, and the clocks.

mod bounded_counter;
mod clocks;
mod contributions;
mod counters;
mod sets_and_extremes;
mod swarm;
