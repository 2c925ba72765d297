//! Area `consensus`: votes.

mod decide;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    decide::run(report);
}
