//! Everyone reaches the hub: the oldest member that lives.

use super::Roster;
use super::route::{Cut, Relays, Route};

/// Where the hub sits.
pub(super) fn hub(roster: &Roster) -> usize {
    // Where nobody lives, nobody relays, and the oldest is as good as any.
    roster.of_rank(0).unwrap_or(0)
}

pub(super) fn route(roster: &Roster, from: usize, to: usize) -> Result<Route, Cut> {
    let hub = hub(roster);
    if from == hub || to == hub {
        return Ok(Route::DIRECT);
    }
    if roster.has_failed(hub) {
        return Err(Cut { one: hub, other: hub });
    }
    Ok(Route { hops: 2, relays: Relays::One(hub) })
}
