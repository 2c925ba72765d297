//! A vote counted by hand, from what was written down: integers and the definitions, and nothing of the code on trial.

use std::collections::BTreeMap;

use moai_consensus::{Choice, Decision};

use super::{Manner, Plan};

/// What was written down of one voter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Written {
    /// Its ballots, as they came.
    ballots: Vec<(u32, Choice)>,
    /// Whether an answer was no ballot.
    invalid: bool,
}

/// What was written down, voter by voter.
#[derive(Debug, Default)]
pub(super) struct Recount {
    by: BTreeMap<u32, Written>,
}

/// For, against and abstained, and whether it stands.
pub(super) type Counted = (Option<Decision>, [u64; 3]);

impl Recount {
    pub(super) fn ballot(&mut self, place: u32, round: u32, choice: Choice) {
        self.by.entry(place).or_default().ballots.push((round, choice));
    }

    pub(super) fn invalid(&mut self, place: u32) {
        self.by.entry(place).or_default().invalid = true;
    }

    /// What follows at this time from what is written down so far; nothing when it is open. Of a vote in rounds the counts
    /// are those that were confirmed.
    pub(super) fn decide(&self, plan: &Plan, now: i64) -> Counted {
        match plan.manner {
            Manner::Byzantine { faults, rounds } => self.in_rounds(plan, faults, rounds, now),
            _ => self.plain(plan, now),
        }
    }

    fn plain(&self, plan: &Plan, now: i64) -> Counted {
        let (mut heads, mut weights, mut open) = ([0; 3], [0; 3], (0, 0));
        for (place, weight) in (1..).zip(&plan.weights) {
            let written = self.by.get(&place).cloned().unwrap_or_default();
            let said = written.ballots.first().map(|(_, choice)| match choice {
                Choice::For => 0,
                Choice::Against => 1,
                Choice::Abstain => 2,
            });
            match said {
                Some(side) => {
                    if let (Some(head), Some(all)) = (heads.get_mut(side), weights.get_mut(side)) {
                        *head += 1;
                        *all += weight;
                    }
                }
                None if !written.invalid => open = (open.0 + 1, open.1 + weight),
                None => {}
            }
        }
        let (all, whole) = (plan.weights.len() as u64, plan.weights.iter().sum::<u64>());
        let passes = |more: (u64, u64)| match plan.manner {
            Manner::TwoThirds => 3 * (weights[0] + more.1) >= 2 * whole,
            Manner::Unanimous => heads[0] + more.0 == all,
            _ => 2 * (heads[0] + more.0) > all,
        };
        let decision = match (passes((0, 0)), passes(open)) {
            (true, _) => Some(Decision::Approved),
            (false, false) => Some(Decision::Rejected),
            (false, true) if now >= plan.deadline => Some(Decision::Timeout),
            (false, true) => None,
        };
        (decision, heads)
    }

    fn in_rounds(&self, plan: &Plan, faults: u64, rounds: u32, now: i64) -> Counted {
        let whole = plan.weights.iter().sum::<u64>();
        let quorum = (whole + faults) / 2 + 1;
        // Rounds whose time has passed; the last one ends with the vote.
        let over = |round: &u32| plan.deadline * i64::from(*round) / i64::from(rounds) <= now;
        let closed = (1..rounds).filter(over).count();
        let (mut confirmed, mut reach, mut votes) = (0, 0, [0; 3]);
        for (place, weight) in (1..).zip(&plan.weights) {
            let written = self.by.get(&place).cloned().unwrap_or_default();
            let first = written.ballots.first().map(|(_, choice)| *choice);
            let strayed = written.ballots.iter().any(|(_, choice)| Some(*choice) != first);
            let answered = (1..=rounds).take_while(|round| written.ballots.iter().any(|(of, _)| of == round)).count();
            let heard = !strayed && !written.invalid && answered >= closed;
            if heard && first.is_none_or(|choice| choice == Choice::For) {
                reach += weight;
                confirmed += if answered == rounds as usize { *weight } else { 0 };
            }
            // What is confirmed is what was said in the last round as well.
            let side = first.filter(|_| heard && answered == rounds as usize).map(|choice| match choice {
                Choice::For => 0,
                Choice::Against => 1,
                Choice::Abstain => 2,
            });
            if let Some(count) = side.and_then(|side| votes.get_mut(side)) {
                *count += 1;
            }
        }
        let decision = if confirmed >= quorum {
            Some(Decision::Approved)
        } else if reach < quorum {
            Some(Decision::Rejected)
        } else if now >= plan.deadline {
            Some(Decision::Timeout)
        } else {
            None
        };
        (decision, votes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Mix;

    fn plan(manner: Manner) -> Plan {
        let (weights, words, liars) = (vec![1; 4], Vec::new(), BTreeMap::new());
        Plan { manner, weights, words, liars, deadline: 300, mix: Mix::calm(0, 1) }
    }

    #[test]
    fn three_of_four_are_counted_as_less_than_half() {
        let mut recount = Recount::default();
        (1..=2).for_each(|place| recount.ballot(place, 1, Choice::For));
        assert_eq!(recount.decide(&plan(Manner::Half), 0), (None, [2, 0, 0]));
        recount.ballot(3, 1, Choice::For);
        assert_eq!(recount.decide(&plan(Manner::Half), 0), (Some(Decision::Approved), [3, 0, 0]));
        assert_eq!(recount.decide(&plan(Manner::Unanimous), 300).0, Some(Decision::Timeout));
    }

    #[test]
    fn a_voter_that_strays_is_confirmed() {
        let mut recount = Recount::default();
        for round in 1..=3 {
            (1..=3).for_each(|place| recount.ballot(place, round, Choice::For));
        }
        let byzantine = plan(Manner::Byzantine { faults: 1, rounds: 3 });
        assert_eq!(recount.decide(&byzantine, 0).0, Some(Decision::Approved));
        recount.ballot(3, 3, Choice::Against);
        assert_eq!(recount.decide(&byzantine, 0).0, None);
        assert_eq!(recount.decide(&byzantine, 100).0, Some(Decision::Rejected), "4 missed the first round");
    }
}
