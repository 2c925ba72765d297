//! What becomes of one write to a disk.

use std::future::pending;
use std::time::Duration;

use moai_core::{JournalError, StoreError};

use super::{Ground, Life};

/// What becomes of one write to a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    IsWritten,
    IsRefused,
    IsFull,
    /// Nobody knows whether it was written, and the disk answers no more.
    Fails {
        applied: bool,
    },
    Hangs,
    /// The process crashes around it.
    Crashes {
        applied: bool,
    },
}

/// The errors that a fault shows itself as.
pub(super) trait Failure {
    fn unavailable() -> Self;
    fn full() -> Self;
    fn failed() -> Self;
    fn poisoned() -> Self;
}

macro_rules! failure {
    ($error:ident) => {
        impl Failure for $error {
            fn unavailable() -> Self {
                Self::Unavailable { why: "the seed says so".to_owned() }
            }

            fn full() -> Self {
                Self::Full { what: "anything".to_owned() }
            }

            fn failed() -> Self {
                Self::Failed { why: "the seed says so".to_owned() }
            }

            fn poisoned() -> Self {
                Self::Poisoned { why: "the seed said so".to_owned() }
            }
        }
    };
}

failure!(JournalError);
failure!(StoreError);

/// Writes, as the seed says. Whoever waits behind it in `line` waits as long as it does.
pub(super) async fn write<T, E: Failure>(
    ground: &Ground,
    life: &Life,
    line: &tokio::sync::Mutex<()>,
    apply: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    life.goes_on().await;
    let _turn = line.lock().await;
    life.goes_on().await;
    if life.is_poisoned() {
        return Err(E::poisoned());
    }
    if ground.is_calm() {
        return apply();
    }
    let (fate, before, behind) = drawn(ground);
    pass(life, before).await;
    match fate {
        Fate::IsWritten => {}
        Fate::IsRefused => {
            ground.fault("a write was refused");
            return Err(E::unavailable());
        }
        Fate::IsFull => {
            ground.fault("a disk was full");
            return Err(E::full());
        }
        Fate::Hangs => {
            ground.fault("a write hung");
            ground.until(ground.heals()).await;
            life.goes_on().await;
        }
        Fate::Fails { applied } => {
            ground.fault(if applied { "a write failed and was written" } else { "a write failed" });
            if applied {
                apply()?;
            }
            life.poison();
            return Err(E::failed());
        }
        Fate::Crashes { applied } => {
            ground.fault(if applied { "a crash behind a write" } else { "a crash before a write" });
            if applied {
                apply()?;
            }
            life.crash();
            return pending().await;
        }
    }
    let written = apply();
    pass(life, behind).await;
    written
}

/// Lets so many milliseconds go by: what is written is written at once, what is told of it comes later.
async fn pass(life: &Life, millis: u64) {
    if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        life.goes_on().await;
    }
}

fn drawn(ground: &Ground) -> (Fate, u64, u64) {
    let chaos = ground.chaos();
    ground.draw_of_disks(|seeds| {
        let applied = seeds.chance(50);
        let fate = if seeds.chance(chaos.crashed) {
            Fate::Crashes { applied }
        } else if seeds.chance(chaos.failed) {
            Fate::Fails { applied }
        } else if seeds.below(1_000) < chaos.hung {
            Fate::Hangs
        } else if seeds.chance(chaos.refused) {
            if applied { Fate::IsRefused } else { Fate::IsFull }
        } else {
            Fate::IsWritten
        };
        // Mostly it is quick; where it is not, others have the time to write what it did not know of.
        let longest = if seeds.chance(50) { 60 } else { 4 };
        (fate, seeds.below(longest), seeds.below(3))
    })
}
