//! Area `sync`: state that several agents change.

mod reconcile;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    reconcile::run(report);
}
