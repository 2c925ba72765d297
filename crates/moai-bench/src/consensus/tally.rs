//! One ballot into the tally, and the look whether that decides the vote: ten thousand voters, who come in no order.

use std::hint::black_box;

use moai_consensus::{Elector, Electorate, Rule, Standing, Tally, Threshold, determine};
use moai_core::AgentId;

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::inputs::numbers;
use crate::report::Report;
use crate::unit::Unit;

const VOTERS: usize = 10_000;

/// Ballots of one round: whole passes over the voters, each of whom votes anew in each.
const PASSES: usize = 10;

pub(super) fn run(report: &mut Report) {
    Contest::new("tally-by-handle", Unit::Time, by_handle(Threshold::MAJORITY))
        .peer("limit-of-50-ns", 1.0, |gauge| gauge.recorded(50.0))
        .run(report);
    Contest::new("tally-by-id", Unit::Time, by_id(Threshold::MAJORITY))
        .peer("limit-of-200-ns", 1.0, |gauge| gauge.recorded(200.0))
        .run(report);
}

fn electorate() -> Electorate {
    let electors = (0..VOTERS).map(|number| {
        let id = AgentId::new(format!("agent-{number:05}")).expect("a name");
        Elector::new(id).weighing(1 + number as u64 % 5)
    });
    Electorate::new(electors).expect("an electorate")
}

/// Places of voters, in no order.
fn places() -> Vec<usize> {
    let mut places: Vec<(u64, usize)> = numbers(16, VOTERS).into_iter().zip(0..).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, place)| place).collect()
}

/// What a voter says in a pass: mostly for it, and something else each time.
fn said(place: usize, pass: usize) -> Standing {
    [Standing::For, Standing::Against, Standing::For, Standing::Abstain][(place + pass) % 4]
}

fn by_handle(rule: impl Rule) -> impl FnMut(&mut Gauge) {
    let (electorate, places) = (electorate(), places());
    move |gauge| {
        let mut tally = Tally::new(electorate.clone());
        gauge.time(PASSES * VOTERS, || {
            for pass in 0..PASSES {
                for &place in &places {
                    tally.record(place, said(place, pass));
                    black_box(determine(&rule, &tally));
                }
            }
        });
    }
}

fn by_id(rule: impl Rule) -> impl FnMut(&mut Gauge) {
    let (electorate, places) = (electorate(), places());
    // Names as they come in ballots: copies of their own, not the electorate's.
    let ids: Vec<(AgentId, usize)> = places
        .iter()
        .filter_map(|&place| Some((AgentId::new(electorate.get(place)?.id.as_str()).ok()?, place)))
        .collect();
    move |gauge| {
        let mut tally = Tally::new(electorate.clone());
        gauge.time(PASSES * VOTERS, || {
            for pass in 0..PASSES {
                for (id, place) in &ids {
                    let found = electorate.index_of(id).expect("a member");
                    tally.record(found, said(*place, pass));
                    black_box(determine(&rule, &tally));
                }
            }
        });
    }
}
