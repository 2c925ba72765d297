//! A place at a vote: the desk, or a voter.

use std::sync::Arc;

use super::{Desk, Told, Voter};
use crate::Violation;
use crate::world::{Effect, Input, Node};

/// A place at a vote: the desk is at place 0, voters are at the others.
#[derive(Debug)]
pub enum Seat {
    /// Whoever runs it.
    Desk(Box<Desk>),
    /// Whoever votes.
    Voter(Box<Voter>),
}

impl Node for Seat {
    type Message = Arc<[u8]>;
    type Command = ();
    type News = Told;

    fn handle(&mut self, now: i64, input: Input<Arc<[u8]>, ()>, out: &mut Vec<Effect<Arc<[u8]>, Told>>) {
        match self {
            Self::Desk(desk) => desk.handle(now, input, out),
            Self::Voter(voter) => voter.handle(now, input, out),
        }
    }

    fn check(&self) -> Result<(), Violation> {
        match self {
            Self::Desk(desk) => desk.check(),
            Self::Voter(_) => Ok(()),
        }
    }
}
