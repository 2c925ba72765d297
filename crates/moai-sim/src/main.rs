//! `moai-sim`: seeded worlds from the command line. `cargo xtask test sim` builds and runs it.

#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;

use moai_sim::lanes::{LANES, Lane, Order};
use moai_sim::{History, Report};

const USAGE: &str = "moai-sim [--lane NAME|GROUP] [--seed N] [--runs M] [--faults K] [--plant NAME | --planted]

  --lane NAME   one kind of world, or a group of them (core, stack); all of them without it
  --seed N      the first seed (0)
  --runs M      how many seeds for each kind; costly kinds take a share of them (1000)
  --faults K    how many faults there must be at the least (0)
  --plant NAME  with a bug by intention, in a build with RUSTFLAGS=\"--cfg moai_planted\"
  --planted     with each of these bugs in turn: each must be caught within a thousand seeds";

/// What stands on the command line.
struct Asked {
    lane: Option<String>,
    seed: u64,
    runs: u64,
    faults: u64,
    plant: Option<String>,
    planted: bool,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { lane: None, seed: 0, runs: 1_000, faults: 0, plant: None, planted: false };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--planted" {
            asked.planted = true;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} takes a value\n\n{USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{word} takes a number, and not {value}"));
        match word.as_str() {
            "--lane" => asked.lane = Some(value),
            "--seed" => asked.seed = number()?,
            "--runs" => asked.runs = number()?,
            "--faults" => asked.faults = number()?,
            "--plant" => asked.plant = Some(value),
            _ => return Err(format!("{word} is not known\n\n{USAGE}")),
        }
    }
    let known = |name: &String| LANES.iter().any(|lane| lane.name == *name || lane.group == *name);
    match &asked.lane {
        Some(name) if !known(name) => {
            let names: Vec<_> = LANES.iter().map(|lane| lane.name).collect();
            Err(format!("no lane is called {name}; there are: core, stack, {}", names.join(", ")))
        }
        _ => Ok(asked),
    }
}

fn main() -> ExitCode {
    let done = asked().and_then(|asked| {
        // A panic is reported with its world.
        std::panic::set_hook(Box::new(|_| {}));
        if asked.planted {
            return planted::campaign(asked.lane.as_deref());
        }
        planted::plant(asked.plant.as_deref())?;
        Ok(run(&asked))
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was broken, and everything was reached.
fn run(asked: &Asked) -> bool {
    let (mut worlds, mut faults, mut violations, mut history, mut reached) = (0, 0, 0, History::default(), true);
    let wanted = |lane: &&Lane| asked.lane.as_ref().is_none_or(|name| lane.name == *name || lane.group == *name);
    for lane in LANES.iter().filter(wanted) {
        // A seed that is asked for by name of the lane is run.
        let runs = if asked.runs < lane.share { asked.runs } else { asked.runs / lane.share };
        let report =
            lane.run(&Order { seeds: asked.seed..asked.seed.saturating_add(runs), stop_after: 3, only_find: false });
        tell(lane, &report, asked);
        worlds += report.worlds;
        faults += report.seen.faults();
        violations += report.failures.len();
        history.follow(report.history);
        reached &= report.never_reached().is_empty();
    }
    if faults < asked.faults {
        println!("{faults} faults are fewer than {}", asked.faults);
    }
    println!("worlds={worlds} faults={faults} violations={violations} hash={history}");
    violations == 0 && reached && faults >= asked.faults
}

fn tell(lane: &Lane, report: &Report, asked: &Asked) {
    println!("{:<16} {report}", lane.name);
    for name in report.never_reached() {
        println!("  never happened: {name}");
    }
    for failure in &report.failures {
        let plant = asked.plant.as_ref().map_or(String::new(), |name| format!(" --plant {name}"));
        println!("  {} (seed {})", failure.violation, failure.seed);
        println!("  the smallest world found: {}", failure.smallest.replace('\n', "\n  "));
        println!("  repeat: cargo xtask test sim --lane {} --seed {} --runs 1{plant}", lane.name, failure.seed);
    }
    if env::var_os("MOAI_SIM_COUNTS").is_some() {
        for (name, times) in report.seen.each_fault().chain(report.seen.each_point()) {
            println!("  {times:>12} {name}");
        }
    }
}

#[cfg(not(moai_planted))]
mod planted {
    const WHY: &str = "this build has no bugs by intention: build with RUSTFLAGS=\"--cfg moai_planted\"";

    pub(super) fn plant(name: Option<&str>) -> Result<(), String> {
        name.map_or(Ok(()), |_| Err(WHY.into()))
    }

    pub(super) fn campaign(_lane: Option<&str>) -> Result<bool, String> {
        Err(WHY.into())
    }
}

#[cfg(moai_planted)]
mod planted {
    use moai_core::planted::plant as put;
    use moai_sim::lanes::{LANES, Order};
    use moai_sim::planted::PLANTED;

    /// How many seeds each bug may survive.
    const MOST: u64 = 1_000;

    pub(super) fn plant(name: Option<&str>) -> Result<(), String> {
        let Some(name) = name else { return Ok(()) };
        let (known, _) = PLANTED.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            let names: Vec<_> = PLANTED.iter().map(|(name, _)| *name).collect();
            format!("no bug is called {name}; there are: {}", names.join(", "))
        })?;
        put(known);
        Ok(())
    }

    pub(super) fn campaign(only: Option<&str>) -> Result<bool, String> {
        let (mut tried, mut survived) = (0, 0);
        let wanted = PLANTED.iter().filter(|(name, lane)| only.is_none_or(|only| only == *lane || only == *name));
        for (name, lane) in wanted {
            let lane =
                LANES.iter().find(|known| known.name == *lane).ok_or_else(|| format!("no lane is called {lane}"))?;
            put(name);
            tried += 1;
            let report = lane.run(&Order { seeds: 0..MOST, stop_after: 1, only_find: true });
            put("");
            match report.failures.first() {
                Some(failure) => {
                    println!("{name:<44} {:<12} seed {:<4} {}", lane.name, failure.seed, failure.violation.invariant);
                }
                None => {
                    survived += 1;
                    println!("{name:<44} {:<12} SURVIVED {MOST} seeds", lane.name);
                }
            }
        }
        if let (0, Some(only)) = (tried, only) {
            return Err(format!("no bug is called {only}, and no lane that must catch one"));
        }
        println!("planted={tried} caught={}", tried - survived);
        Ok(survived == 0)
    }
}
