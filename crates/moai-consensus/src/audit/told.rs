//! A record in words: who asked what, who said what and why, what was decided.

use std::fmt;

use moai_core::Value;

use crate::{Ballot, Basis, Choice, Elector, Entry, Opening, Outcome};

/// A record in words. What people wrote is quoted, with everything escaped that a terminal would take for a command.
///
/// ```
/// use moai_consensus::Entry;
/// use moai_core::{agent_id, proposal_id};
///
/// let (proposal, by) = (proposal_id!("drop-tables"), agent_id!("anna"));
/// let entry = Entry::Vetoed { proposal, by, reason: "not on a Friday".into() };
/// assert_eq!(entry.told().to_string(), r#"drop-tables: anna vetoes it: "not on a Friday""#);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Told<'a>(&'a Entry);

impl Entry {
    /// The same in words, for people: one line, and one more for each voter who did not get what they wanted.
    #[must_use]
    pub const fn told(&self) -> Told<'_> {
        Told(self)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.proposal())?;
        match self.0 {
            Entry::Opened(opening) => opened(f, opening),
            Entry::Ballot(its) => ballot(f, its),
            Entry::Late(its) => {
                ballot(f, its)?;
                f.write_str("; too late, it does not count")
            }
            Entry::Invalid { invalid, .. } => write!(f, "{} gives no ballot: {:?}", invalid.voter, invalid.cause),
            Entry::Evidence(evidence) => {
                let (first, second) = (&evidence.first, &evidence.second);
                write!(f, "{} contradicts itself: first ", evidence.voter())?;
                said(f, first)?;
                f.write_str(", then ")?;
                said(f, second)
            }
            Entry::Vetoed { by, reason, .. } => write!(f, "{by} vetoes it: {reason:?}"),
            Entry::Cancelled { why, .. } => write!(f, "the question is taken back: {why:?}"),
            Entry::Broken { why, .. } => write!(f, "the question cannot be put: {why:?}"),
            Entry::Decided(outcome) => decided(f, outcome),
            Entry::Ended { why, .. } => write!(f, "ends without an outcome: {why:?}"),
        }
    }
}

fn opened(f: &mut fmt::Formatter<'_>, opening: &Opening) -> fmt::Result {
    let Opening { proposal, electorate, algorithm, deadline, .. } = opening;
    let content = content(proposal.content());
    write!(f, "{} asks {} by {algorithm} until {deadline}: {content}", proposal.proposer(), electorate.len())?;
    let vetoes: Vec<_> = electorate.electors().iter().filter(|its| its.veto).map(Elector::name).collect();
    if vetoes.is_empty() { Ok(()) } else { write!(f, "; a veto have {}", vetoes.join(", ")) }
}

impl Elector {
    fn name(&self) -> &str {
        self.id.as_str()
    }
}

fn content(value: &Value) -> String {
    let json = value.to_json().unwrap_or_else(|why| why.to_string());
    // JSON escapes what commands a terminal but for the characters beyond ASCII that do.
    json.chars().map(|c| if c.is_ascii() { c.to_string() } else { c.escape_debug().to_string() }).collect()
}

fn ballot(f: &mut fmt::Formatter<'_>, ballot: &Ballot) -> fmt::Result {
    write!(f, "{} is ", ballot.voter)?;
    said(f, ballot)
}

fn said(f: &mut fmt::Formatter<'_>, ballot: &Ballot) -> fmt::Result {
    f.write_str(side(ballot.choice))?;
    if ballot.round > 1 {
        write!(f, " in round {}", ballot.round)?;
    }
    if ballot.reason.is_empty() { Ok(()) } else { write!(f, ": {:?}", ballot.reason) }
}

const fn side(choice: Choice) -> &'static str {
    match choice {
        Choice::For => "for it",
        Choice::Against => "against it",
        Choice::Abstain => "on no side",
    }
}

fn decided(f: &mut fmt::Formatter<'_>, outcome: &Outcome) -> fmt::Result {
    let Outcome { decision, basis, why, votes_for, votes_against, votes_abstain, electorate, .. } = outcome;
    write!(f, "{decision} {}: {why:?}; ", on(*basis))?;
    write!(f, "{votes_for} for, {votes_against} against, {votes_abstain} on no side, of {}", electorate.len())?;
    for dissent in &outcome.dissent {
        write!(f, "\n    in dissent: {} is {}", dissent.voter, side(dissent.choice))?;
        if !dissent.reason.is_empty() {
            write!(f, ": {:?}", dissent.reason)?;
        }
    }
    outcome.silent.iter().try_for_each(|voter| write!(f, "\n    silent: {voter}"))
}

const fn on(basis: Basis) -> &'static str {
    match basis {
        Basis::Votes => "by the votes",
        Basis::Deadline => "by the deadline",
        Basis::NoQuorum => "for want of a quorum",
        Basis::Vetoed => "by a veto",
        Basis::Cancelled => "for it was taken back",
        Basis::FaultBoundExceeded => "for too many lie",
        Basis::NotConverged => "for the swarm does not come to agree",
        Basis::Error => "for it could not be asked",
    }
}
