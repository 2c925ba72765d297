//! Votes over several rounds: they bear liars, and call nobody a liar who is not.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

mod bounds;
mod documents;
mod oracle;
mod replay;
mod rounds;
#[cfg(feature = "manager")]
mod swarm;
mod world;
