//! Puts an old question again, behind so many new ones that the word on it has left every memory.

use super::super::ballot_box::content;
use super::{Deceiver, Questions};
use crate::Seeds;
use crate::invariant::Counted;

/// More than a voter of these worlds holds in memory.
const BETWEEN: u64 = 3;

pub(super) fn questions(me: &Deceiver, seeds: &mut Seeds) -> Questions {
    let ballots = &me.notes.ballots;
    let (number, until) = (me.number(seeds), me.soon(seeds));
    let Some((proposal, counted, _)) = ballots.questions.get(number) else { return Vec::new() };
    let old = |round, until| ballots.request(proposal.clone(), *counted, round, until);
    let first = 1_000 + seeds.below(1_000_000) * BETWEEN;
    let between = (first..first + BETWEEN).filter_map(|number| content(number).ok());
    let between = between.map(|proposal| ballots.request(proposal, Counted::MoreThan(1, 2), 1, until));
    let rounds = old(1, until).rule.rounds();
    let again = old(1 + u32::try_from(seeds.below(rounds.into())).unwrap_or(0), me.soon(seeds));
    let asked: Vec<_> = std::iter::once(old(1, until)).chain(between).chain([again]).collect();
    me.notes.ground.fault("an old question was put again");
    me.voters().flat_map(|to| asked.iter().map(move |request| (to.clone(), request.clone()))).collect()
}
