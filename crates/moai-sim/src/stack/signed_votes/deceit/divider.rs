//! Asks some this and others that under one name, and each in another round.

use super::super::ballot_box::twin;
use super::{Deceiver, Questions};
use crate::Seeds;

pub(super) fn questions(me: &Deceiver, seeds: &mut Seeds) -> Questions {
    let ballots = &me.notes.ballots;
    let (number, until) = (me.number(seeds), me.soon(seeds));
    let Some((proposal, counted, _)) = ballots.questions.get(number) else { return Vec::new() };
    let Ok(other) = twin(number as u64) else { return Vec::new() };
    let rounds = ballots.ruling(*counted).rounds();
    let mut put = |to| {
        let about = if seeds.chance(50) { proposal } else { &other };
        let round = 1 + u32::try_from(seeds.below(rounds.into())).unwrap_or(0);
        me.notes.ground.fault("some were asked something else");
        (to, ballots.request(about.clone(), *counted, round, until))
    };
    let voters: Vec<_> = me.voters().collect();
    voters.into_iter().map(&mut put).collect()
}
