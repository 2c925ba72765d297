//! Kills a program that writes, again and again, and looks at what it has left.
//!
//! It is its own child: with `--child` it opens a store, writes, and acknowledges over its output; without, it starts
//! such a child, kills it at some instant (`kill -9`), opens the file and holds what is there against what was
//! acknowledged. `MOAI_KILLS` says how often (100), `MOAI_CRASH_SEED` repeats a run's choices; the instants themselves
//! are the machine's. Where `strace` is, a child is also killed at each system call, one after another (the first
//! `MOAI_SYSTEM_CALLS` of each kind), and a sync fails (each of the first `MOAI_FAILING_SYNCS`). Whoever may mount disks also fills
//! one, and cuts its power `MOAI_POWER_CUTS` times. What a machine cannot do is skipped, and says so.

#[path = "../folder/mod.rs"]
mod folder;

mod child;
mod disk_full;
mod failing_sync;
mod kills;
mod ledger;
mod power_cuts;
mod strace;
mod system_calls;

use std::env;
use std::process::ExitCode;

/// What was done, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) kills: usize,
    pub(crate) cuts: usize,
    pub(crate) acknowledged: u64,
    /// Sentences about what was lost, or stood there by halves.
    pub(crate) lost: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "--child") {
        return child::run(&words[1..]);
    }
    // Asked which tests there are, it has none of the usual kind.
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let mut count = Count::default();
    kills::run(&mut count);
    system_calls::run(&mut count);
    failing_sync::run(&mut count);
    disk_full::run(&mut count);
    power_cuts::run(&mut count);
    for sentence in &count.lost {
        println!("LOST: {sentence}");
    }
    println!("kills={} cuts={} acknowledged={} lost={}", count.kills, count.cuts, count.acknowledged, count.lost.len());
    if count.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A number from the environment.
pub(crate) fn asked(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}
