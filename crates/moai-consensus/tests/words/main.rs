//! The plain words of a vote: shares, electorates, tallies, rules, proposals, ballots and messages, without a clock and
//! without anybody who votes.

mod electorates;
mod messages;
mod proposals;
mod ratios;
mod round_trips;
mod rules;
mod tallies;
