//! `moai log`: what was asked, decided and run.

use std::path::PathBuf;

use clap::Args;
use moai_flow::Timestamp;
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate_row::GateRow;
use crate::home::Home;
use crate::output::{Output, Style, harmless, harmless_lines};
use crate::records::{Fate, Gate, Source, verified};
use crate::runtime;

/// What was asked, said, decided and run
///
/// The newest is the last. The records are verified on the way, and the log ends at the first that does not hold.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// A journal, or what `moai export` wrote; without it the records of this folder
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Only the last so many
    #[arg(short, value_name = "N")]
    n: Option<usize>,
    /// Every record in words, and not only the gates
    #[arg(long)]
    all: bool,
}

/// A record in words, for programs.
#[derive(Serialize)]
struct Words {
    seq: u64,
    time: Timestamp,
    kind: String,
    words: String,
}

pub(crate) fn run(common: &Common, args: LogArgs) -> Result<Exit, Failure> {
    runtime::run(log(common, args))
}

async fn log(common: &Common, args: LogArgs) -> Result<Exit, Failure> {
    let output = Output::new(common);
    let home = Home::find(common.store.as_deref())?;
    let Some(source) = Source::named(args.from.as_deref(), &home).await? else {
        output.line(format!("nothing was ever recorded in {}", harmless(&home.folder().display().to_string())));
        return Ok(Exit::Done);
    };
    let mut words = Vec::new();
    let found = verified(&source, &[], |line| {
        if args.all {
            let told = line.told();
            words.push(Words {
                seq: line.record.seq,
                time: line.record.time,
                kind: line.record.kind.to_string(),
                words: told,
            });
        }
    })
    .await?;
    let from = |all: usize| args.n.map_or(0, |n| all.saturating_sub(n));
    if args.all {
        for row in words.iter().skip(from(words.len())) {
            if output.is_json() {
                output.json(row)?;
            } else {
                output.answer(format!("{} {} {}", row.seq, row.time, harmless_lines(&row.words)));
            }
        }
        return Ok(Exit::Done);
    }
    let gates = found.gates.all();
    if gates.is_empty() {
        output.line("no gate was opened yet");
    }
    for gate in gates.iter().skip(from(gates.len())) {
        if output.is_json() {
            output.json(&GateRow::of(gate, &home))?;
        } else {
            output.answer(line(output, gate, &home));
            if common.verbose {
                output.answer(format!("            {}", harmless(gate.why())));
            }
        }
    }
    Ok(Exit::Done)
}

fn line(output: Output, gate: &Gate, home: &Home) -> String {
    let fate = gate.fate();
    let style = match &fate {
        Fate::Ran(0) => Style::Good,
        Fate::Ran(_) | Fate::Killed(_) | Fate::NotStarted(_) | Fate::Unknown => Style::Warn,
        Fate::Open | Fate::Started => Style::Bold,
        Fate::Stopped(why) if why.is_empty() => Style::Dim,
        Fate::Stopped(_) => Style::Bad,
    };
    let fate = output.paint(style, format!("{:<16}", fate.words(gate.lives(home))));
    let time = gate.opening.opened_at.to_utc().format("%Y-%m-%d %H:%M:%SZ");
    format!("{}  {time}  {:<12}  {fate}  {}", gate.id(), harmless(gate.decision()), harmless(&gate.binding.command()))
}
