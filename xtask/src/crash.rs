//! `cargo xtask test crash`: stores that are killed, alone and under a swarm, and files that are damaged.
//!
//! The ordinary tests run stores a hundred times and swarms twenty times; the full ones a thousand times and two hundred
//! times, kill at every system call, and cut the power two hundred times.

use crate::cargo;
use crate::step::Step;

const KILLS: &[&str] = &["test", "--locked", "-p", "moai-store", "--features", "sqlite", "--test", "crash"];

const SWARM_KILLS: &[&str] = &["test", "--locked", "-p", "moai-sync", "--test", "crash"];

const CORRUPTIONS: &[&str] = &["test", "--locked", "-p", "moai-store", "--features", "sqlite", "--test", "corruption"];

const KILLS_ADVICE: &str =
    "each lost sentence says what was acknowledged and what is there; the seed repeats the choices";

const CORRUPTIONS_ADVICE: &str = "MOAI_CORRUPTION_SEED with the seed that is named, and MOAI_CORRUPTIONS=1, repeat it";

/// As often as the ordinary tests do, or as `MOAI_KILLS`, `MOAI_SYNC_KILLS` and `MOAI_CORRUPTIONS` say.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        cargo::step("damaged files", CORRUPTIONS, CORRUPTIONS_ADVICE),
        cargo::step("kills", KILLS, KILLS_ADVICE),
        cargo::step("killed swarms", SWARM_KILLS, KILLS_ADVICE),
    ]
}

pub(crate) fn campaign() -> Vec<Step> {
    let kills = &[
        ("MOAI_KILLS", "1000"),
        ("MOAI_SYSTEM_CALLS", "2000"),
        ("MOAI_FAILING_SYNCS", "40"),
        ("MOAI_POWER_CUTS", "200"),
    ];
    let corruptions = &[("MOAI_CORRUPTIONS", "1000")];
    vec![
        cargo::step_with("a thousand damaged files", CORRUPTIONS, corruptions, CORRUPTIONS_ADVICE),
        cargo::step_with("a thousand kills, one at each system call, power cuts", KILLS, kills, KILLS_ADVICE),
        cargo::step_with("two hundred killed swarms", SWARM_KILLS, &[("MOAI_SYNC_KILLS", "200")], KILLS_ADVICE),
    ]
}
