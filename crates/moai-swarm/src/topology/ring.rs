//! Everyone reaches two neighbours: whoever joined before and after. Messages go the shorter way, or the other one where that is
//! cut.

use super::Roster;
use super::route::{Cut, Relays, Route};

pub(super) fn route(roster: &Roster, from: usize, to: usize) -> Result<Route, Cut> {
    let len = roster.len();
    let up = (to + len - from) % len;
    let down = len - up;
    let going_up = Route { hops: up, relays: relays(up, Relays::Up) };
    let going_down = Route { hops: down, relays: relays(down, Relays::Down) };
    match (roster.failed_between(from, to), roster.failed_between(to, from)) {
        (None, None) if up <= down => Ok(going_up),
        (None, None) | (Some(_), None) => Ok(going_down),
        (None, Some(_)) => Ok(going_up),
        (Some(one), Some(other)) => Err(Cut { one, other }),
    }
}

fn relays(hops: usize, way: fn(usize) -> Relays) -> Relays {
    if hops > 1 { way(hops - 1) } else { Relays::None }
}

/// The greatest number of hops between two that reach each other.
pub(super) fn widest(roster: &Roster) -> usize {
    let len = roster.len();
    match roster.failed() {
        [] => len / 2,
        failed => runs(len, failed).map(|run| run.saturating_sub(1)).max().unwrap_or(0),
    }
}

/// Whether all that live reach each other.
pub(super) fn is_whole(roster: &Roster) -> bool {
    runs(roster.len(), roster.failed()).filter(|run| *run > 0).count() <= 1
}

/// How many live between one that has failed and the next.
fn runs(len: usize, failed: &[usize]) -> impl Iterator<Item = usize> {
    let next = failed.iter().skip(1).copied().chain(failed.first().map(|first| first + len));
    failed.iter().zip(next).map(|(one, next)| next - one - 1)
}
