//! Rules: when a vote has passed.
//!
//! A rule judges a *final* tally, and nothing else. When a vote is decided early is not its business: [`determine`]
//! derives that, so no rule can decide too early.

mod all;
mod any;
mod determine;
mod diversity;
mod extremes;
mod not;
mod threshold;
mod turnout;
mod unanimous;
mod veto;
mod why;

use std::fmt;
use std::sync::Arc;

use crate::{Electorate, FinalTally, Ratio};

pub use all::All;
pub use any::Any;
pub use determine::{Determined, Status, determine};
pub use diversity::Diversity;
pub use extremes::Extremes;
pub use not::Not;
pub use threshold::{Base, Measure, Threshold};
pub use turnout::Turnout;
pub use unanimous::Unanimous;
pub use veto::Veto;
pub use why::Why;

/// A rule that several proposals, and several parts of a composition, share.
pub type SharedRule = Arc<dyn Rule>;

/// Says whether a final tally passes.
///
/// # What an implementation promises
///
/// - [`holds`](Rule::holds) depends on the tally alone: the same tally, the same answer.
/// - [`words`](Rule::words) tell it from every other rule: voters are shown them, and they stand in ballots as a digest: see
///   [`Ruling`](crate::Ruling).
/// - What [`extremes`](Rule::extremes) claims is true. Claiming nothing is always right; then early decisions are found
///   by trying what can still happen, as long as that is at most 10,000 tallies.
///
/// A rule of one's own, in the place of the documents' `UnanimousAlgorithm`:
///
/// ```
/// use moai_consensus::{FinalTally, Rule, Why};
///
/// struct Everyone;
///
/// impl Rule for Everyone {
///     fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
///         let everyone = tally.in_favour() == tally.members();
///         everyone.then_some(()).ok_or(Why::Other("somebody is not for it"))
///     }
///     fn words(&self) -> String {
///         "everyone is for it".into()
///     }
/// }
/// ```
pub trait Rule: Send + Sync {
    /// Whether it has passed.
    ///
    /// # Errors
    ///
    /// What was missing.
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why>;

    /// The rule in words, such as "more than 1/2 of members".
    fn words(&self) -> String;

    /// The rule in words where it is known who may vote, such as "more than 1/2 of members: 2 of 3".
    fn words_for(&self, electorate: &Electorate) -> String {
        let _ = electorate;
        self.words()
    }

    /// The one share that is needed, where there is one: it is shown beside the outcome.
    fn threshold(&self) -> Option<Ratio> {
        None
    }

    /// By what it counts, for whoever tells how a vote went: by weight if any part of it does.
    fn measure(&self) -> Measure {
        match self.parts() {
            Parts::None => Measure::Heads,
            Parts::Not(part) => part.measure(),
            Parts::All(parts) | Parts::Any(parts) => {
                let by_weight = parts.iter().any(|part| part.measure() == Measure::Weight);
                if by_weight { Measure::Weight } else { Measure::Heads }
            }
        }
    }

    /// What a voter can do best and worst for it, if that is always the same.
    fn extremes(&self) -> Extremes {
        Extremes::UNKNOWN
    }

    /// What it is composed of.
    fn parts(&self) -> Parts<'_> {
        Parts::None
    }

    /// The same rule, to be a part of others.
    fn shared(self) -> SharedRule
    where
        Self: Sized + 'static,
    {
        Arc::new(self)
    }
}

/// Shows its words.
impl fmt::Debug for dyn Rule + '_ {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.words())
    }
}

/// A rule that was chosen at run time is one as well: a vote is bound to its words, as to those of the rule itself.
impl<R: Rule + ?Sized> Rule for Arc<R> {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        self.as_ref().holds(tally)
    }

    fn words(&self) -> String {
        self.as_ref().words()
    }

    fn words_for(&self, electorate: &Electorate) -> String {
        self.as_ref().words_for(electorate)
    }

    fn threshold(&self) -> Option<Ratio> {
        self.as_ref().threshold()
    }

    fn measure(&self) -> Measure {
        self.as_ref().measure()
    }

    fn extremes(&self) -> Extremes {
        self.as_ref().extremes()
    }

    fn parts(&self) -> Parts<'_> {
        self.as_ref().parts()
    }
}

/// How a rule is composed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Parts<'a> {
    /// It is not.
    None,
    /// All of these must hold.
    All(&'a [SharedRule]),
    /// One of these must hold.
    Any(&'a [SharedRule]),
    /// This must not hold.
    Not(&'a dyn Rule),
}

/// Joins the words of parts: `(a) and (b)`.
fn joined(parts: &[SharedRule], between: &str, words: impl Fn(&dyn Rule) -> String) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("({})", words(part.as_ref()))).collect();
    parts.join(between)
}
