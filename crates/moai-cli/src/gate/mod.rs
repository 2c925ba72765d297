//! `moai gate`: a command, and those who must approve it.
//!
//! ```text
//!   command line, moai.toml ─▶ plan ─▶ snapshot, program ─▶ binding ─▶ vote ─▶ time for a veto ─▶ the command
//!                                      (sealed, hashed)     (ballots     │            │
//!                                                            bind to it) └─ rejected ─┴─ vetoed ─▶ nothing runs
//! ```

mod args;
mod ballot_paper;
mod binding;
mod config;
mod decide;
mod died;
mod duration;
mod end;
mod endings;
mod gate_folder;
mod gate_record;
mod groups;
mod keeper;
mod kinship;
mod open_gate;
mod output;
mod people;
mod placeholder;
mod plan;
mod process_tree;
mod program;
mod program_voter;
mod progress;
mod prompt;
mod rule;
mod running_command;
mod sealed;
mod signals;
mod snapshot;
mod socket;
mod status;
mod terms;
mod voter;
mod witness;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use moai_flow::{Coded as _, Journal as _, JournalError, SystemChance};

use crate::cli::{Common, tell};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::{CONFIG, Home};
use crate::shared_journal::{SharedJournal, WITNESS, beside};

pub(crate) use args::GateArgs;
pub(crate) use ballot_paper::BallotPaper;
pub(crate) use binding::{Binding, hex};
pub(crate) use gate_record::{Ended, Finished, GateRecord, Left, Refused, Started, is_zero};
pub(crate) use keeper::{KEEP, keep};
pub(crate) use people::Word;
pub(crate) use rule::WrittenRule;
pub(crate) use socket::{Call, Reaction, Seen, find as find_socket, is_a_voters};
pub(crate) use terms::{Terms, check_expiry, earliest_start, held_by, hold_content};

use config::NamedGate;
use gate_folder::GateFolder;
use open_gate::OpenGate;
use plan::Plan;
use program::Program;
use snapshot::Snapshot;
use status::{Status, StatusFile};

/// Puts a command to voters, and runs it if they approve it.
pub(crate) fn run(common: &Common, args: &GateArgs) -> Result<Exit, Failure> {
    let path = args.status_file.as_ref();
    let path = path.map(|path| env::current_dir().map_or_else(|_| path.clone(), |here| here.join(path)));
    let mut status = Some(StatusFile(path));
    let ended = attempt(common, args, &mut status);
    // Once it is open, the gate itself tells how it ended.
    if let (Some(status), Err(failure)) = (status, &ended) {
        let (why, exit) = (failure.what.clone(), Some(failure.exit.number()));
        let failed = Status { decision: "failed".into(), why, exit, ..Status::default() };
        // What went wrong may have done so before it was known whether that may be replaced.
        if !status.may_be_replaced() {
            return ended;
        }
        if let Err(why) = status.write(&failed) {
            tell(common, &why);
        }
    }
    ended
}

/// What fails here has opened nothing.
fn attempt(common: &Common, args: &GateArgs, status: &mut Option<StatusFile>) -> Result<Exit, Failure> {
    // Before a named gate goes to the folder of its file.
    let typed_in = env::current_dir().map_err(|why| Failure::failed("gate.cwd", format!("{why}; nothing was done")))?;
    let home = Home::find(common.store.as_deref())?;
    let named = args.name.as_deref().map(NamedGate::find).transpose()?;
    if let Some((_, folder)) = &named {
        env::set_current_dir(folder)
            .map_err(|why| Failure::failed("gate.folder", format!("{}: {why}", folder.display())))?;
    }
    let plan = Plan::of(args, named.map(|(gate, _)| gate), &typed_in)?;
    let home = home.made()?;
    let program = plan.argv.first().and_then(|typed| program::locate(typed));
    let config = args.name.as_ref().map(|_| PathBuf::from(CONFIG));
    let needed = plan.files.iter().map(|(_, path)| path).chain(&program).chain(&config);
    if let Some(Err(failure)) = status.as_ref().map(|file| file.check(home.folder(), needed.map(PathBuf::as_path))) {
        // Nor is it put there to say so.
        *status = None;
        return Err(failure);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| Failure::failed("gate.runtime", why))?;
    let ended = runtime.block_on(put(common, plan, &home, status));
    // A journal that hangs holds nobody up.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Puts it to the voters, where the records are ready for that.
async fn put(common: &Common, plan: Plan, home: &Home, status: &mut Option<StatusFile>) -> Result<Exit, Failure> {
    signals::take_over().map_err(|why| Failure::failed("gate.signals", why))?;
    process_tree::are_ours().map_err(|why| {
        Failure::failed("gate.processes", format!("processes cannot be looked at: {why}; nothing was done"))
            .and_then("a container has a /proc of its own: unshare --mount-proc")
    })?;
    kinship::be_known();
    let journal = SharedJournal::of(home);
    if let Some(file) = status.as_ref()
        && let Err(why) = file.write(&Status { decision: "open".into(), ..Status::default() })
    {
        // It is said once.
        *status = None;
        return Err(why.leaving("nothing was done"));
    }
    let unready = |why: JournalError| {
        let what =
            format!("the records in {} cannot be gone on with: {why}; nothing was done", home.folder().display());
        Failure::failed(why.code(), what).and_then("moai verify says more; --store FOLDER takes other records")
    };
    if home.journal().exists() || beside(&home.journal(), WITNESS).exists() {
        journal.head().await.map_err(unready)?;
    }
    died::bury(common, home, &journal).await?;

    let folder = GateFolder::make(home, &SystemChance)?;
    let sealed = Snapshot::take(&plan.files, &folder.path).and_then(|snapshot| {
        let typed = plan.argv.first().map(|typed| typed.as_os_str()).unwrap_or_default();
        Program::find(typed, plan.placing, snapshot.left, &folder.path).map(|program| (snapshot, program))
    });
    let (snapshot, program) = match sealed {
        Ok(sealed) => sealed,
        Err(failure) => {
            folder.remove();
            return Err(failure);
        }
    };
    let Some(status) = status.take() else { return Ok(Exit::Failed) };
    OpenGate::run(common, plan, snapshot, program, folder, journal, status).await
}
