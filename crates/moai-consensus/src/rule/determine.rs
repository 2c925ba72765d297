//! When a vote is decided: at the earliest vote at which the outcome is certain, and never before.
//!
//! A *completion* is anything that those can do who are outstanding, silence included. A vote has passed when every
//! completion passes, has failed when every completion fails, and is open otherwise.
//!
//! Three ways lead there, the cheapest first:
//!
//! 1. A rule that knows its [extremes](super::Extremes) is asked about the best completion and the worst.
//! 2. "Every completion passes" goes through `All` part by part, and "every completion fails" through `Any`; `Not` turns
//!    one into the other. Nothing else may be taken apart: of "more than half" and "not more than half" one always holds,
//!    though neither does in every completion.
//! 3. What is left is tried, completion by completion, as long as there are at most [`LIMIT`]: voters of one class are
//!    alike, so only their numbers count. Beyond that the vote stays open, and the answer says that it is not exact.

use super::{Parts, Rule};
use crate::{Standing, Tally};

/// How many completions are tried at most.
const LIMIT: u64 = 10_000;

/// Where a vote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Both can still happen.
    Open,
    /// It has passed, whatever those do who are outstanding.
    Pass,
    /// It has failed, whatever those do who are outstanding.
    Fail,
}

/// Where a vote stands, and whether that is all that could be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Determined {
    /// Where it stands.
    pub status: Status,
    /// Whether it is as early as possible: false only for [`Status::Open`] under a rule that knows no extremes, while
    /// more can happen than is tried.
    pub exact: bool,
}

impl Determined {
    /// Where a vote stands, and whether that is as early as possible.
    #[must_use]
    pub const fn new(status: Status, exact: bool) -> Self {
        Self { status, exact }
    }
}

/// Whether something is so in every completion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unsure,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Where a vote stands under a rule.
///
/// ```
/// use moai_consensus::{Electorate, Ratio, Standing, Status, Tally, Threshold, determine};
/// use moai_core::agent_id;
///
/// let majority = Threshold::more_than(Ratio::HALF)?;
/// let mut tally = Tally::new(Electorate::of([agent_id!("a"), agent_id!("b"), agent_id!("c")])?);
/// tally.record(0, Standing::For);
/// assert_eq!(determine(&majority, &tally).status, Status::Open);
/// tally.record(2, Standing::For);
/// assert_eq!(determine(&majority, &tally).status, Status::Pass, "the third cannot change it");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[must_use]
pub fn determine(rule: &dyn Rule, tally: &Tally) -> Determined {
    let exact = |status| Determined { status, exact: true };
    let passes = always(rule, tally, true);
    if passes == Answer::Yes {
        return exact(Status::Pass);
    }
    let fails = always(rule, tally, false);
    match (passes, fails) {
        (_, Answer::Yes) => exact(Status::Fail),
        (Answer::No, Answer::No) => exact(Status::Open),
        _ => tried(rule, tally),
    }
}

/// Whether in every completion the rule holds, or in every one it does not.
fn always(rule: &dyn Rule, tally: &Tally, holds: bool) -> Answer {
    let extremes = rule.extremes();
    // If it passes at its worst it always does, if it fails at its best it always does.
    let extreme = if holds { extremes.worst() } else { extremes.best() };
    let extreme = if tally.count(Standing::Outstanding).heads == 0 { Some(Standing::Silent) } else { extreme };
    if let Some(extreme) = extreme {
        return (rule.holds(&tally.completed(extreme)).is_ok() == holds).into();
    }
    match rule.parts() {
        Parts::None => Answer::Unsure,
        Parts::Not(part) => always(part, tally, !holds),
        // Each part always does what is asked: so does the whole, and only then.
        Parts::All(parts) if holds => each(parts.iter().map(|part| always(part.as_ref(), tally, holds))),
        Parts::Any(parts) if !holds => each(parts.iter().map(|part| always(part.as_ref(), tally, holds))),
        // One part that always does what is asked is enough; without one, parts may do it in turns.
        Parts::All(parts) | Parts::Any(parts) => {
            let one = parts.iter().any(|part| always(part.as_ref(), tally, holds) == Answer::Yes);
            if one { Answer::Yes } else { Answer::Unsure }
        }
    }
}

/// All of them: one no is a no, whatever is unsure.
fn each(answers: impl Iterator<Item = Answer>) -> Answer {
    let mut all = Answer::Yes;
    for answer in answers {
        match answer {
            Answer::No => return Answer::No,
            Answer::Unsure => all = Answer::Unsure,
            Answer::Yes => {}
        }
    }
    all
}

/// Tries every completion, if they are not too many.
fn tried(rule: &dyn Rule, tally: &Tally) -> Determined {
    let open = |exact| Determined { status: Status::Open, exact };
    let outstanding: Vec<u64> = tally.outstanding_of_classes().collect();
    if completions(&outstanding).is_none_or(|count| count > LIMIT) {
        return open(false);
    }
    let mut choices = vec![[0; 3]; outstanding.len()];
    let mut first = None;
    loop {
        let holds = rule.holds(&tally.completed_with(&choices)).is_ok();
        if *first.get_or_insert(holds) != holds {
            return open(true);
        }
        if !advance(&mut choices, &outstanding) {
            let status = if holds { Status::Pass } else { Status::Fail };
            return Determined { status, exact: true };
        }
    }
}

/// In how many ways classes of these sizes can divide into for, against, abstain and silent.
fn completions(outstanding: &[u64]) -> Option<u64> {
    outstanding.iter().try_fold(1_u64, |product, &heads| {
        // Ways to write `heads` as a sum of four.
        let ways = (heads + 1).checked_mul(heads + 2)?.checked_mul(heads + 3)? / 6;
        product.checked_mul(ways)
    })
}

/// The next way in which classes can divide; false after the last.
fn advance(choices: &mut [[u64; 3]], outstanding: &[u64]) -> bool {
    for (class, &heads) in choices.iter_mut().zip(outstanding) {
        let mut used: u64 = class.iter().sum();
        for place in class.iter_mut() {
            if used < heads {
                *place += 1;
                return true;
            }
            used -= *place;
            *place = 0;
        }
    }
    false
}
