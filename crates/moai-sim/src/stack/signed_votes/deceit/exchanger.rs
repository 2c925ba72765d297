//! Shows one thing, and asks for a ballot on another: another proposal, another rule, another electorate, a round that there
//! is not.

use moai_consensus::{Request, Ruling};

use super::super::ballot_box::twin;
use super::{Deceiver, Questions};
use crate::Seeds;

pub(super) fn questions(me: &Deceiver, seeds: &mut Seeds) -> Questions {
    let ballots = &me.notes.ballots;
    let (number, until) = (me.number(seeds), me.soon(seeds));
    let Some((proposal, counted, terms)) = ballots.questions.get(number) else { return Vec::new() };
    let mut request = ballots.request(proposal.clone(), *counted, 1, until);
    match seeds.below(4) {
        0 => {
            let Ok(other) = twin(number as u64) else { return Vec::new() };
            let shown = ballots.request(other, *counted, 1, until);
            let names = std::mem::replace(&mut request, shown).instance;
            request.instance = names;
        }
        1 => request.rule = Ruling::new("whoever asks decides").over(request.rule.rounds()),
        2 => request.electorate = terms.electorate().in_epoch(7).digest(),
        _ => request.round = if seeds.chance(50) { 0 } else { request.rule.rounds() + 1 },
    }
    let put = |to| {
        me.notes.ground.fault("a question asked for a ballot on something else");
        (to, Request::clone(&request))
    };
    me.voters().map(put).collect()
}
