//! Area `sync`: state that several agents change.

mod bytes;
mod reconcile;
mod rounds;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    rounds::run(report);
    bytes::run(report);
    reconcile::run(report);
}

pub(crate) use rounds::plot;
