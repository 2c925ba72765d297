//! Measures moai beside the crates that do the same: `cargo xtask bench`.
//!
//! A row is one line, see [`row`]; how to read it stands in `docs/performance.md`.

mod allocator;
mod consensus;
mod contest;
mod crdt;
mod gauge;
mod inputs;
mod map_side;
mod ours;
mod peers;
mod plot;
mod report;
mod resolve;
mod row;
mod store;
mod swarm;
mod sync;
mod unit;

use std::process::ExitCode;

use report::Report;

/// A part of the project with rows of its own.
struct Area {
    name: &'static str,
    run: fn(&mut Report),
    /// How cost grows with size, as a picture.
    plot: Option<fn() -> String>,
}

const AREAS: &[Area] = &[
    Area { name: "consensus", run: consensus::run, plot: None },
    Area { name: "crdt", run: crdt::run, plot: Some(crdt::plot) },
    Area { name: "resolve", run: resolve::run, plot: None },
    Area { name: "store", run: store::run, plot: None },
    Area { name: "swarm", run: swarm::run, plot: None },
    Area { name: "sync", run: sync::run, plot: Some(sync::plot) },
];

const USAGE: &str = "[area] [--quick] [--json] [--only PART-OF-A-ROW'S-NAME] [--plot FILE.svg]";

fn main() -> ExitCode {
    match ask(std::env::args().skip(1)).and_then(|asked| asked.answer()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    areas: Vec<&'static Area>,
    report: Report,
    plot: Option<String>,
}

fn ask(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value: {USAGE}"));
        match arg.as_str() {
            "--quick" => asked.report.quick = true,
            "--json" => asked.report.json = true,
            "--only" => asked.report.only = Some(value()?),
            "--plot" => asked.plot = Some(value()?),
            name => match AREAS.iter().find(|area| area.name == name) {
                Some(area) => asked.areas.push(area),
                None => {
                    let names: Vec<&str> = AREAS.iter().map(|area| area.name).collect();
                    return Err(format!("no area is called `{name}`: there is {}. Usage: {USAGE}", names.join(", ")));
                }
            },
        }
    }
    if asked.plot.is_some() && !matches!(asked.areas[..], [Area { plot: Some(_), .. }]) {
        return Err("--plot draws one area: name one that has a picture".into());
    }
    if asked.areas.is_empty() {
        asked.areas = AREAS.iter().collect();
    }
    Ok(asked)
}

impl Asked {
    fn answer(mut self) -> Result<(), String> {
        if let (Some(file), [Area { plot: Some(plot), .. }]) = (&self.plot, &self.areas[..]) {
            return std::fs::write(file, plot()).map_err(|error| format!("{file} cannot be written: {error}"));
        }
        for area in &self.areas {
            self.report.area = area.name;
            (area.run)(&mut self.report);
        }
        self.report.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> String {
        ask(words.iter().map(ToString::to_string)).err().unwrap_or_default()
    }

    #[test]
    fn an_unknown_area_is_named_beside_the_known_ones() {
        assert!(
            refused(&["crtd"])
                .contains("no area is called `crtd`: there is consensus, crdt, resolve, store, swarm, sync")
        );
        assert!(refused(&["crdt", "--plot"]).contains("--plot needs a value"));
        assert!(refused(&["--plot", "x.svg"]).contains("draws one area"));
        assert_eq!(refused(&["crdt", "--quick", "--json"]), "");
    }
}
