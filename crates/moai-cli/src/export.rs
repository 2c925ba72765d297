//! `moai export`: the records, for other programs.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output::Output;
use crate::records::Source;
use crate::runtime;

/// The records, for other programs
///
/// Every record as a line of JSON, in order: its number, kind, time and payload, the digest of the record before it, and its own.
/// Nothing is left out, so that `moai verify FILE` can verify it elsewhere, and so can a program that was written by somebody
/// else. With --json it is the same.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Only what stands behind this record, to go on with an earlier export
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// A journal, which is left as it is; without it the records of this folder
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

pub(crate) fn run(common: &Common, args: ExportArgs) -> Result<Exit, Failure> {
    runtime::run(export(common, args))
}

async fn export(common: &Common, args: ExportArgs) -> Result<Exit, Failure> {
    let output = Output::new(common);
    let home = Home::find(common.store.as_deref())?;
    let Some(source) = Source::named(args.from.as_deref(), &home).await? else { return Ok(Exit::Done) };
    let mut walk = source.walk_behind(args.after)?;
    while let Some(record) = walk.next().await? {
        output.json(&record)?;
        if output.is_lost() {
            break;
        }
    }
    Ok(Exit::Done)
}
