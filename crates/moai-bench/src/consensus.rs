//! Area `consensus`: votes, and swarms that come to agree.

mod decide;
mod gossip;
mod one_shot;
mod signed;
mod tally;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    decide::run(report);
    gossip::run(report);
    one_shot::run(report);
    signed::run(report);
    tally::run(report);
}
