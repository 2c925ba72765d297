//! What has been said, held against counting the slow way.

mod finding;
mod slow;
mod tally;
mod words;
