//! An algorithm without I/O, as a world runs it.

use std::hash::Hash;

use super::Effect;
use crate::Violation;

/// An algorithm without I/O: inputs and the time go in, effects come out. [`World`](super::World) shows one.
///
/// # What an implementation promises
///
/// - The same inputs give the same effects: no clock, no chance and no order of a hash table in it.
/// - Effects stand in the order in which they are to be carried out. A crash may fall between any two of them.
pub trait Node {
    /// What they say to each other. It is copied for each receiver: let a copy be cheap.
    type Message: Clone + Hash;
    /// What somebody outside asks of one of them.
    type Command;
    /// What an observer is told, to hold it against the invariants.
    type News;

    /// Takes in what happened, at this time of its own clock (in microseconds), and says what to do.
    fn handle(
        &mut self,
        now: i64,
        input: Input<Self::Message, Self::Command>,
        out: &mut Vec<Effect<Self::Message, Self::News>>,
    );

    /// What must hold of it alone, asked after each input.
    ///
    /// # Errors
    ///
    /// The first invariant that is broken.
    fn check(&self) -> Result<(), Violation> {
        Ok(())
    }
}

/// What can happen to a node.
#[derive(Debug, Clone)]
pub enum Input<M, C> {
    /// It begins, or goes on after a crash with what its disk has kept: it comes first.
    Start,
    /// Another one said this.
    Hear {
        /// Who.
        from: u32,
        /// What.
        message: M,
    },
    /// Somebody asks this of it.
    Do(C),
    /// A time has come for which it had asked. It may come for one that matters no more.
    Tick,
}
