//! Area `store`: state in a file, beside bare SQLite with the same tables and promises.

mod bare;
mod place;
mod read;
mod reopen;
mod write;

use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    write::run(report);
    read::run(report);
    reopen::run(report);
}
