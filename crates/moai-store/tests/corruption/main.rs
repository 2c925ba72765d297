//! Damages the files of a store, again and again, and looks at what is made of it.
//!
//! **Wrong** is a value that was never committed under its key, or one that is missing or stale while `verify` finds
//! nothing. `MOAI_CORRUPTIONS` says how often (100), `MOAI_CORRUPTION_SEED` where the seeds begin; each damage is the
//! choice of its seed, and `MOAI_CORRUPTIONS=1` with the seed that a failure names repeats it.

#[path = "../folder/mod.rs"]
mod folder;

mod damage;
mod kept;
mod look;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use folder::Folder;
use kept::Kept;
use look::Seen;
use moai_core::SeededChance;

fn main() -> ExitCode {
    if env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let (corruptions, first) = (asked("MOAI_CORRUPTIONS", 100), asked("MOAI_CORRUPTION_SEED", 1));
    let (closed, crashed) = (Kept::closed(), Kept::crashed());
    let (mut harmless, mut refused, mut found, mut wrong, mut panics) = (0, 0, 0, 0, 0);
    for seed in first..first + corruptions {
        let chance = SeededChance::new(seed);
        let kept = if seed % 2 == 0 { &closed } else { &crashed };
        let folder = Folder::new("corruption");
        let path = kept.put_back(&folder);
        let what = damage::one(&folder, &chance);
        match catch_unwind(AssertUnwindSafe(|| look::at(&path, kept))) {
            Ok(Ok(Seen::Whole)) => harmless += 1,
            Ok(Ok(Seen::Refused)) => refused += 1,
            Ok(Ok(Seen::Found)) => found += 1,
            Ok(Err(why)) => {
                println!("WRONG: seed {seed}, {what}: {why}");
                wrong += 1;
            }
            Err(_) => {
                println!("PANIC: seed {seed}, {what}");
                panics += 1;
            }
        }
    }
    println!(
        "corruptions={corruptions} harmless={harmless} refused={refused} found={found} wrong={wrong} panics={panics}"
    );
    // Damage that is never found was none.
    let tried = corruptions < 100 || refused > 0 && found > 0;
    if wrong + panics == 0 && tried { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// The files that lie there, by name.
fn files(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}
