//! Kills a program in which a swarm synchronizes over a file, again and again, and looks at what it has left.
//!
//! It is its own child: with `--child` three agents write, a synchronizer settles and clears what they wrote, and says each
//! report once it has it; without, it starts such a child, kills it at some instant (`kill -9`), opens the file with a new
//! synchronizer and holds what that tells against what was said. `MOAI_SYNC_KILLS` says how often (20),
//! `MOAI_CRASH_SEED` repeats a run's choices; the instants themselves are the machine's.

#[path = "../../../moai-store/tests/folder/mod.rs"]
mod folder;

mod check;
mod child;
mod kills;
mod ledger;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "--child") {
        return child::run(&words[1..]);
    }
    // Asked which tests there are, it has none of the usual kind.
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let count = kills::run(asked("MOAI_SYNC_KILLS", 20), asked("MOAI_CRASH_SEED", 1));
    for sentence in &count.lost {
        println!("LOST: {sentence}");
    }
    println!("kills={} acknowledged={} lost={}", count.kills, count.acknowledged, count.lost.len());
    if count.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A number from the environment.
fn asked(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}
