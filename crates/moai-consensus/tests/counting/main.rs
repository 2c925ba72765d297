//! What rules are made of: shares, who may vote, and what has been said.

mod electorate;
mod finding;
mod ratio;
mod slow;
mod tally;
mod words;
