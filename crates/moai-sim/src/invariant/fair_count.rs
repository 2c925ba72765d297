//! Votes are counted by hand, once more.

use std::collections::{BTreeMap, BTreeSet};

use moai_consensus::{Ballot, Basis, Choice, Decision, Entry, Outcome};
use moai_core::{AgentId, Record};

use crate::Violation;

/// By what a vote is decided, in words that share nothing with the library's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// More than this share of the members, above and below the line.
    MoreThan(u64, u64),
    /// Every member.
    Everybody,
    /// Who says the same in so many rounds, where so many may lie.
    Confirmed {
        /// How many may lie.
        faults: u64,
        /// How many rounds there are.
        rounds: u32,
    },
}

/// **A vote is decided by the ballots in its record, each voter's first one, and by no others**, at the vote at which it is
/// certain and never before; and no ballot is in the record that its voter did not give.
///
/// # Errors
///
/// What does not add up. `gave` says whether a voter gave a ballot.
pub fn fair_count(
    counted: Counted,
    outcome: &Outcome,
    durable: &[Record],
    gave: impl Fn(&Ballot) -> bool,
) -> Result<(), Violation> {
    let wrong = |what: String| Err(Violation::new("a fair count", format!("{}: {what}", outcome.proposal)));
    let Some(heard) = Heard::of(outcome, durable) else { return wrong("it was decided without a record".into()) };
    for ballot in heard.ballots.values() {
        if ballot.instance != outcome.instance || outcome.electorate.index_of(&ballot.voter).is_none() {
            return wrong(format!("a ballot of {} counts that is of another question", ballot.voter));
        }
        if !gave(ballot) {
            return wrong(format!("{} never gave the ballot that counts", ballot.voter));
        }
    }
    // Where ballots are confirmed round by round a second one is written down to be held against its voter.
    if let Some(voter) = heard.twice.first().filter(|_| !matches!(counted, Counted::Confirmed { .. })) {
        return wrong(format!("{voter} is in the record twice"));
    }
    if outcome.electorate.is_empty() || matches!(outcome.basis, Basis::Error | Basis::Cancelled) {
        return Ok(());
    }
    let members = outcome.electorate.len() as u64;
    match counted {
        Counted::Confirmed { faults, rounds } => {
            let confirmed = heard.confirmed(rounds);
            let quorum = (members + faults) / 2 + 1;
            if outcome.decision == Decision::Approved && (confirmed < quorum || outcome.votes_for != confirmed) {
                return wrong(format!("approved by {}, confirmed are {confirmed} of {quorum}", outcome.votes_for));
            }
            Ok(())
        }
        Counted::MoreThan(..) | Counted::Everybody => {
            let [in_favour, against, aside] = heard.choices();
            if [outcome.votes_for, outcome.votes_against, outcome.votes_abstain] != [in_favour, against, aside] {
                let told = (outcome.votes_for, outcome.votes_against, outcome.votes_abstain);
                return wrong(format!("{told:?} are told, {:?} are in the record", (in_favour, against, aside)));
            }
            let still = members - in_favour - against - aside - heard.invalid.len() as u64;
            let passes = |votes: u64| match counted {
                Counted::MoreThan(above, below) => votes * below > above * members,
                _ => votes == members,
            };
            let due = match (passes(in_favour), passes(in_favour + still)) {
                (true, _) => Decision::Approved,
                (false, false) => Decision::Rejected,
                (false, true) => Decision::Timeout,
            };
            if due != outcome.decision {
                let what =
                    format!("{in_favour} for, {still} open, of {members}: {due} is due, not {}", outcome.decision);
                return wrong(what);
            }
            Ok(())
        }
    }
}

/// What the record says of one vote.
#[derive(Default)]
struct Heard {
    /// By voter and round.
    ballots: BTreeMap<(AgentId, u32), Ballot>,
    invalid: BTreeSet<AgentId>,
    twice: BTreeSet<AgentId>,
}

impl Heard {
    /// What it says between the opening and this outcome.
    fn of(outcome: &Outcome, durable: &[Record]) -> Option<Self> {
        let mut heard = None;
        for record in durable {
            match Entry::from_payload(&record.kind, &record.payload).ok().flatten() {
                Some(Entry::Opened(opening)) if *opening.proposal.id() == outcome.proposal => {
                    heard = Some(Self::default());
                }
                Some(Entry::Decided(decided)) if decided.proposal == outcome.proposal => {
                    return if *decided == *outcome { heard } else { None };
                }
                Some(Entry::Ballot(ballot)) if ballot.proposal == outcome.proposal => heard.as_mut()?.take(&ballot),
                Some(Entry::Invalid { proposal, invalid, .. }) if proposal == outcome.proposal => {
                    heard.as_mut()?.invalid.insert(invalid.voter);
                }
                _ => {}
            }
        }
        None
    }

    fn take(&mut self, ballot: &Ballot) {
        let place = (ballot.voter.clone(), ballot.round);
        if self.ballots.insert(place, ballot.clone()).is_some() {
            self.twice.insert(ballot.voter.clone());
        }
    }

    fn choices(&self) -> [u64; 3] {
        let count = |choice| self.ballots.values().filter(|ballot| ballot.choice == choice).count() as u64;
        [count(Choice::For), count(Choice::Against), count(Choice::Abstain)]
    }

    fn confirmed(&self, rounds: u32) -> u64 {
        let voters = self.ballots.keys().map(|(voter, _)| voter).filter(|voter| !self.twice.contains(*voter));
        let voters: BTreeSet<&AgentId> = voters.collect();
        let says = |voter: &AgentId, round| self.ballots.get(&(voter.clone(), round)).map(|ballot| ballot.choice);
        let confirms = |voter: &&&AgentId| (1..=rounds).all(|round| says(voter, round) == Some(Choice::For));
        voters.iter().filter(confirms).count() as u64
    }
}
