//! Area `consensus`: votes, and swarms that come to agree.

mod decide;
mod gossip;
mod signed;
mod tally;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    decide::run(report);
    gossip::run(report);
    signed::run(report);
    tally::run(report);
}
