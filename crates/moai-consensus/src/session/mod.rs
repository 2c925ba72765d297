//! A vote as a state machine: input goes in with the time, what to do comes out.
//!
//! ```text
//!              Start, Ballot, Failed, Tick,            Persist, Send, Arm, Answer,
//!              Veto, Evidence, Cancel, Broken          Evidence, Decided, Release
//!   driver ───────────────────────────────▶ Session ───────────────────────────────▶ driver
//!                 with the time                        in this order
//! ```
//!
//! **The driver carries outputs out in their order, and a [`Persist`](Output::Persist) durably before anything behind
//! it.** So nobody is told what a crash could take back.

mod byzantine;
mod closing;
mod contradictions;
mod entry;
mod ledger;
mod shares;
mod vote;
mod vote_error;

use std::sync::Arc;

use moai_core::{AgentId, Digest, ProposalId, Timestamp};

use crate::{Ballot, Certificate, Decision, Evidence, Outcome, Request, Tally};

pub(crate) use byzantine::{Bound, ByzantineSession};
pub use entry::Entry;
pub(crate) use ledger::Ledger;
pub(crate) use vote::{Manner, VoteSession};
pub use vote_error::VoteError;

/// One open vote.
///
/// # What an implementation promises
///
/// - It decides once: what comes later is answered, and changes nothing.
/// - The same inputs give the same outputs.
/// - With [`Input::Tick`] at or behind its deadline it is decided.
///
/// Nobody has to write one for a plain vote: a [`Rule`](crate::Rule) is enough.
pub trait Session: Send {
    /// Takes in what happened, and says what to do.
    fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output>;

    /// Which proposal it is about.
    fn proposal(&self) -> &ProposalId;

    /// What was decided, once it is.
    fn outcome(&self) -> Option<&Arc<Outcome>>;

    /// What its ballots are bound to. Where it does not say, that is what its first question says.
    fn instance(&self) -> Option<Digest> {
        None
    }

    /// Which round is at hand; the first is 1.
    fn round(&self) -> u32 {
        1
    }

    /// What proves the outcome to others, once it is decided and where voters sign.
    fn certificate(&self) -> Option<Arc<Certificate>> {
        None
    }

    /// How it stands, for whoever looks on; nothing where that would say nothing.
    fn tally(&self) -> Option<&Tally> {
        None
    }
}

/// What can happen to a vote.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Input {
    /// Begin: it comes first, and once.
    Start,
    /// A voter has answered. Who carried the ballot has made sure that it is that voter's; where the voter has a key, its
    /// signature says so.
    Ballot(Arc<Ballot>),
    /// A voter's answer is no ballot, or the voter failed while it thought.
    Failed {
        /// Who.
        voter: AgentId,
        /// In which round.
        round: u32,
        /// What was wrong.
        cause: String,
    },
    /// Time has passed.
    Tick,
    /// Somebody with a veto stops it, whatever the rule.
    Veto {
        /// Who.
        by: AgentId,
        /// Why.
        reason: String,
    },
    /// Two ballots that contradict each other were found elsewhere. Against a voter that has a key it is checked before it
    /// counts.
    Evidence(Arc<Evidence>),
    /// Whoever asked takes the question back.
    Cancel {
        /// Why.
        reason: String,
    },
    /// The question cannot be put to anybody.
    Broken {
        /// Why.
        why: String,
    },
}

/// What a driver has to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Output {
    /// Make this durable before anything behind it.
    Persist(Entry),
    /// Put the question to everybody who may vote.
    Send(Arc<Request>),
    /// Come back with a [`Input::Tick`] at this time.
    Arm(Timestamp),
    /// What became of the ballot, veto or evidence that was handed in.
    Answer(Result<Receipt, VoteError>),
    /// A voter has contradicted itself.
    Evidence(Arc<Evidence>),
    /// It is decided: wake whoever waits.
    Decided(Arc<Outcome>),
    /// These need not answer any more: tell them.
    Release(Vec<AgentId>),
}

/// What became of a ballot that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// How it was taken.
    pub taken: Taken,
    /// What was decided by it, or had been.
    pub decided: Option<Decision>,
}

/// How a ballot was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Taken {
    /// It counts.
    Counted,
    /// The very same one had come before: nothing changed.
    Again,
    /// It counts in place of an earlier one.
    Replaced,
    /// It is written down and does not count.
    Noted,
}
