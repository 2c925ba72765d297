//! `moai sim`: seeded worlds of faults.

use clap::Args;
use moai_flow::sim::lanes::{LANES, Lane, Order};
use moai_flow::sim::{History, Report};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Style};

/// Seeded worlds of faults, for researchers
///
/// Worlds that lie, lose, delay, cut and crash, around the protocol code that this program itself runs.
///
/// One seed makes a world, and makes it again. What breaks an invariant is made smaller, and printed with the command that
/// repeats it. The last line is worlds=… faults=… violations=… hash=…
#[derive(Debug, Args)]
pub(crate) struct SimArgs {
    /// The first seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many seeds for each kind of world; costly kinds take a share of them
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// One kind of world, or a group of them: core, stack
    #[arg(long)]
    lane: Option<String>,
}

/// A kind of world, for programs.
#[derive(Serialize)]
struct Row {
    lane: &'static str,
    worlds: u64,
    faults: u64,
    violations: Vec<Violation>,
    hash: String,
}

/// All of them, for programs: the last line.
#[derive(Serialize)]
struct Total {
    worlds: u64,
    faults: u64,
    violations: usize,
    hash: String,
}

#[derive(Serialize)]
struct Violation {
    seed: u64,
    what: String,
    smallest: String,
}

pub(crate) fn run(common: &Common, args: SimArgs) -> Result<Exit, Failure> {
    let output = Output::new(common);
    let wanted = |lane: &&Lane| args.lane.as_ref().is_none_or(|name| lane.name == *name || lane.group == *name);
    let lanes: Vec<&Lane> = LANES.iter().filter(wanted).collect();
    if lanes.is_empty() {
        let names: Vec<_> = LANES.iter().map(|lane| lane.name).collect();
        let what = format!("no kind of world is called {:?}; nothing was run", args.lane.unwrap_or_default());
        return Err(Failure::usage("sim.lane", what).and_then(format!("there are: core, stack, {}", names.join(", "))));
    }
    // A panic in a world is reported with it.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut worlds, mut faults, mut violations, mut history) = (0, 0, 0, History::default());
    for lane in lanes {
        if output.is_lost() {
            break;
        }
        // A seed that is asked for is run, also in a lane that takes a share of many.
        let runs = if args.runs < lane.share { args.runs } else { args.runs / lane.share };
        let end = args.seed.checked_add(runs);
        let seeds = args.seed..end.ok_or_else(|| {
            let what = format!(
                "there are no {runs} seeds from {} on: the last is {}; nothing was run",
                args.seed,
                u64::MAX - 1
            );
            Failure::usage("sim.seed", what).and_then("take a smaller --seed, or fewer --runs")
        })?;
        let report = lane.run(&Order { seeds, stop_after: 3, only_find: false });
        tell(output, lane, &report)?;
        worlds += report.worlds;
        faults += report.seen.faults();
        violations += report.failures.len();
        history.follow(report.history);
    }
    if output.is_json() {
        output.json(&Total { worlds, faults, violations, hash: history.to_string() })?;
    }
    output.answer(format!("worlds={worlds} faults={faults} violations={violations} hash={history}"));
    Ok(if violations == 0 { Exit::Done } else { Exit::DoesNotHold })
}

fn tell(output: Output, lane: &Lane, report: &Report) -> Result<(), Failure> {
    if output.is_json() {
        let of = |failure: &moai_flow::sim::Failure| Violation {
            seed: failure.seed,
            what: failure.violation.to_string(),
            smallest: failure.smallest.clone(),
        };
        let violations = report.failures.iter().map(of).collect();
        let (worlds, faults, hash) = (report.worlds, report.seen.faults(), report.history.to_string());
        return output.json(&Row { lane: lane.name, worlds, faults, violations, hash });
    }
    output.line(format!("{:<16} {report}", lane.name));
    for failure in &report.failures {
        output.answer(output.paint(Style::Bad, format!("  {} (seed {})", failure.violation, failure.seed)));
        output.answer(format!("  the smallest world found: {}", failure.smallest.replace('\n', "\n  ")));
        output.answer(format!("  repeat: moai sim --lane {} --seed {} --runs 1", lane.name, failure.seed));
    }
    Ok(())
}
