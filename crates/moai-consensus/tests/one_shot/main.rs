//! One-shot agreement: worlds that lose, delay, repeat and crash, with agents that lie; and what it costs when all is well.

mod good;
mod late_ballot;
mod liars;
mod proofs;
mod scheme;
mod seeds;
mod world;
mod worlds;
