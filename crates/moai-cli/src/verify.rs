//! `moai verify`: whether the records hold.

use std::path::PathBuf;

use clap::Args;
use moai_flow::Head;
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::interrupts::Interrupts;
use crate::output::{Output, Style, counted, harmless_lines};
use crate::records::{Flaw, Line, Source, Verified, verified};
use crate::runtime;

/// Verify the records: hashes, signatures, tallies, and that nothing ran unapproved.
///
/// Everything is recomputed from the first record on, and the first that does not hold is named. A journal that its owner has
/// cut or rewritten as a whole is found out against a head that was written down elsewhere: each gate prints one.
///
/// It ends with 1 where something does not hold, and with 125 where nothing could be read. A FILE is left as it is, and nothing
/// beside it: its journal is read from a copy that is taken away again.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A journal, or what `moai export` wrote, `-` for one that comes in; without it the records of this folder
    file: Option<PathBuf>,
    /// A head that was written down: the records must go through it; may be given several times
    #[arg(long = "head", value_name = "SEQ:HASH")]
    heads: Vec<Head>,
}

/// What is told to programs.
#[derive(Serialize)]
struct Found {
    holds: bool,
    complete: bool,
    records: u64,
    /// What is only known where all of it holds.
    #[serde(flatten)]
    all: Option<All>,
    head: Head,
    #[serde(skip_serializing_if = "Option::is_none")]
    flaw: Option<Told>,
}

#[derive(Serialize)]
struct All {
    gates: u64,
    ran: u64,
    decisions: u64,
    recomputed: u64,
    not_recomputed: u64,
    signed_ballots: u64,
}

#[derive(Serialize)]
struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    code: &'static str,
    what: String,
}

pub(crate) fn run(common: &Common, args: VerifyArgs) -> Result<Exit, Failure> {
    runtime::run(async {
        // Nothing is left of a copy.
        let mut interrupts = Interrupts::listen()?;
        tokio::select! {
            biased;
            signal = interrupts.next() => Ok(Exit::Interrupted(signal)),
            verified = verify(common, args) => verified,
        }
    })
}

async fn verify(common: &Common, args: VerifyArgs) -> Result<Exit, Failure> {
    let output = Output::new(common);
    let mut signed = 0;
    let mut last = Head::EMPTY;
    let found = look(common, &args, |line| {
        signed += u64::from(line.is_signed_ballot());
        last = line.record.head();
        if common.verbose {
            output.answer(format!("{} {} {}", line.record.seq, line.record.time, harmless_lines(&line.told())));
        }
    })
    .await?;
    match found {
        Ok(found) => tell(output, &found, signed),
        Err(flaw) if flaw.is_found() && output.is_json() => {
            output.json(&broken(&flaw, last))?;
            Ok(Exit::DoesNotHold)
        }
        Err(flaw) => Err(flaw.into()),
    }
}

/// Looks at what was named. Of a copy nothing is left when it returns.
async fn look(
    common: &Common,
    args: &VerifyArgs,
    told: impl FnMut(&Line<'_>),
) -> Result<Result<Verified, Flaw>, Failure> {
    let source = match &args.file {
        Some(file) => Source::file(file).await,
        None => {
            let home = Home::find(common.store.as_deref())?;
            let missing = || {
                Failure::failed("records.none", format!("nothing was ever recorded in {}", home.folder().display()))
                    .and_then("name the records: moai verify FILE, --store FOLDER, or MOAI_STORE")
            };
            match Source::of(&home).await {
                Ok(source) => Ok(source.ok_or_else(missing)?),
                Err(flaw) => Err(flaw),
            }
        }
    };
    Ok(match source {
        Ok(source) => verified(&source, &args.heads, told).await,
        Err(flaw) => Err(flaw),
    })
}

fn broken(flaw: &Flaw, last: Head) -> Found {
    let told = Told { record: flaw.seq(), code: flaw.code(), what: flaw.said() };
    Found { holds: false, complete: false, records: last.seq, all: None, head: last, flaw: Some(told) }
}

fn tell(output: Output, Verified { report, gates }: &Verified, signed: u64) -> Result<Exit, Failure> {
    let ran = gates.all().iter().filter(|gate| gate.ran()).count() as u64;
    let votes = &report.votes;
    let unknown: u64 = votes.not_recomputed.values().sum();
    let complete = unknown == 0 && report.unknown.is_empty();
    if output.is_json() {
        output.json(&Found {
            holds: true,
            complete,
            records: votes.head.seq,
            all: Some(All {
                gates: gates.all().len() as u64,
                ran,
                decisions: votes.recomputed + unknown,
                recomputed: votes.recomputed,
                not_recomputed: unknown,
                signed_ballots: signed,
            }),
            head: votes.head,
            flaw: None,
        })?;
    } else {
        output.line(format!(
            "{}: {}, {} recomputed, {}, {} of which {ran} ran what was approved",
            if complete {
                output.paint(Style::Good, "it holds")
            } else {
                output.paint(Style::Warn, "it holds in part")
            },
            counted(votes.head.seq, "record"),
            counted(votes.recomputed, "decision"),
            counted(signed, "signed ballot"),
            counted(gates.all().len() as u64, "gate"),
        ));
        if unknown > 0 {
            output
                .answer(format!("  {} by rules that are not known here: not recomputed", counted(unknown, "decision")));
        }
        output.answer(format!("head {}", votes.head));
        output.line(
            "  write it down where nobody can reach it who writes the records; later: moai verify --head SEQ:HASH",
        );
    }
    Ok(if complete { Exit::Done } else { Exit::DoesNotHold })
}
