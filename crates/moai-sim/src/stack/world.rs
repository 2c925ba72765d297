//! A world of tasks in a time of its own.

use tokio::runtime::Builder;

use super::{Chaos, Ground};
use crate::{Ended, Violation};

/// Runs a world on one thread, in a time that goes on when everybody waits. It ends with its future, or with the first
/// invariant that is broken.
///
/// ```
/// use std::time::Duration;
/// use moai_sim::stack::{Chaos, in_virtual_time};
///
/// let ended = in_virtual_time(7, Chaos::NONE, async |ground| {
///     tokio::time::sleep(Duration::from_secs(3_600)).await; // at once
///     ground.reach("an hour later");
/// });
/// assert_eq!((ended.seen.times("an hour later"), ended.violation), (1, None));
/// ```
pub fn in_virtual_time(seed: u64, chaos: Chaos, world: impl AsyncFnOnce(Ground)) -> Ended {
    let runtime = match Builder::new_current_thread().enable_time().start_paused(true).build() {
        Ok(runtime) => runtime,
        Err(why) => {
            let ground = Ground::new(seed, chaos);
            ground.broke(Violation::new("a world has a runtime", why.to_string()));
            return ground.ended();
        }
    };
    runtime.block_on(async {
        let ground = Ground::new(seed, chaos);
        tokio::select! {
            biased;
            () = ground.broken() => {}
            () = world(ground.clone()) => {}
        }
        ground.ended()
    })
}
