//! Area `swarm`: messages through mailboxes, and what a large swarm costs.

mod crowd;
mod messages;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    messages::run(report);
    crowd::run(report);
}
