//! Us and the peers at the same work, in turns.

use std::time::{Duration, Instant};

use crate::gauge::Gauge;
use crate::report::Report;
use crate::row::Row;
use crate::unit::Unit;

/// Work that we and the peers do in turns: ours, theirs, ours, theirs. The median of each counts, so that a slow moment
/// of the machine hits all of them or none.
pub(crate) struct Contest<'a> {
    name: &'static str,
    unit: Unit,
    ours: Side<'a>,
    peers: Vec<(&'static str, Option<f64>, Side<'a>)>,
}

/// One round of one side: it tells the gauge what counts.
type Side<'a> = Box<dyn FnMut(&mut Gauge) + 'a>;

/// After this much time a contest ends early: a slow peer must not keep everybody waiting.
const LONG: Duration = Duration::from_secs(10);

impl<'a> Contest<'a> {
    /// A row, and how we do the work.
    pub(crate) fn new<T>(name: &'static str, unit: Unit, ours: impl FnMut(&mut Gauge) -> T + 'a) -> Self {
        Self { name, unit, ours: side(ours), peers: Vec::new() }
    }

    /// How a peer does it, and how many times better we want to be, if that was ever said.
    pub(crate) fn peer<T>(
        mut self,
        name: &'static str,
        bar: impl Into<Option<f64>>,
        theirs: impl FnMut(&mut Gauge) -> T + 'a,
    ) -> Self {
        self.peers.push((name, bar.into(), side(theirs)));
        self
    }

    /// Runs all sides, and reports a row for each peer.
    #[expect(clippy::disallowed_methods, reason = "only says when to stop waiting")]
    pub(crate) fn run(mut self, report: &mut Report) {
        if !report.wants(self.name) {
            return;
        }
        let mut ours = Vec::new();
        let mut theirs = vec![Vec::new(); self.peers.len()];
        let start = Instant::now();
        for round in 0..report.rounds(self.unit) {
            if round >= 3 && start.elapsed() > LONG {
                break;
            }
            ours.push(measured(&mut self.ours));
            for ((_, _, side), figures) in self.peers.iter_mut().zip(&mut theirs) {
                figures.push(measured(side));
            }
        }
        let ours = median(ours);
        let row = |theirs, bar| Row { area: report.area, name: self.name, unit: self.unit, ours, theirs, bar };
        let mut rows: Vec<Row> = self
            .peers
            .iter()
            .zip(theirs)
            .map(|((peer, bar, _), theirs)| row(Some((*peer, median(theirs))), *bar))
            .collect();
        if rows.is_empty() {
            rows.push(row(None, None));
        }
        rows.iter().for_each(|row| report.print(row));
    }
}

fn side<'a, T>(mut side: impl FnMut(&mut Gauge) -> T + 'a) -> Side<'a> {
    Box::new(move |gauge| drop(side(gauge)))
}

fn measured(side: &mut Side<'_>) -> f64 {
    let mut gauge = Gauge::default();
    side(&mut gauge);
    gauge.per_operation()
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_round_changes_nothing() {
        assert_eq!(median(vec![3.0, 900.0, 2.0]), 3.0);
    }
}
