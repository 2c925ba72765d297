//! Plain votes: one ballot from each, judged by a rule.

mod deadlines;
mod decisions;
mod order;
mod record;
mod refusals;
mod wire;
mod world;
