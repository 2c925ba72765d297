//! Everyone reaches the hub: the oldest member that lives.

use super::Roster;
use super::route::{Relays, Route};

/// Where the hub sits.
pub(super) fn hub(roster: &Roster) -> usize {
    // Where nobody lives, nobody relays, and the oldest is as good as any.
    roster.of_rank(0).unwrap_or(0)
}

pub(super) fn route(roster: &Roster, from: usize, to: usize) -> Route {
    let hub = hub(roster);
    if from == hub || to == hub { Route::DIRECT } else { Route { hops: 2, relays: Relays::These(vec![hub]) } }
}
