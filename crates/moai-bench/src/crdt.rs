//! Area `crdt`: clocks, and data that merges.

mod clock;
mod map;
mod set;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    set::run(report);
    map::run(report);
    clock::run(report);
}

pub(crate) fn plot() -> String {
    String::new()
}
