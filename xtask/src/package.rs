//! What would be published: packed, unpacked, and built from nothing else.

use crate::cargo;
use crate::step::Step;

pub(crate) fn campaign() -> Vec<Step> {
    let command = &["package", "--workspace", "--locked", "--allow-dirty", "--target-dir", "target/package"];
    vec![cargo::step(
        "packages",
        command,
        "a crate does not build from its package alone: see which file or version it misses",
    )]
}
