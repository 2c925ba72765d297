//! Pages of what a swarm holds: of changes, and of everything.

use std::ops::Bound;

use moai_core::planted::planted;
use moai_core::{Changes, Cursor, Entry, Epoch, Namespace, SnapshotPage, SnapshotPlace, StateKey, StoreError, Version};

use super::edge::Edge;
use super::swarm::Swarm;
use crate::room::Room;

/// The changes behind a cursor, as many as there is room for, and whole batches only.
pub(super) fn changes(
    swarm: &Swarm,
    epoch: Epoch,
    since: Option<Cursor>,
    mut room: Room,
) -> Result<Changes, StoreError> {
    let since = swarm.reader(epoch, since)?;
    let since = if planted("reading_one_too_few") { since.plus(1).unwrap_or(since) } else { since };
    let told = swarm.feed.after(since).filter_map(|link| {
        let space = swarm.spaces.get(&*link.namespace)?;
        Some((link.batch_end, space.tell(link)?))
    });
    let page = |happened, version: Version, more| Changes::new(happened, Cursor { epoch, version }, more);

    let mut happened = Vec::new();
    let mut batch_end = since;
    for (its_batch_end, one) in told {
        if room.is_full() && one.version() > batch_end {
            return Ok(page(happened, batch_end, true));
        }
        room.take(one.bytes());
        happened.push(one);
        batch_end = its_batch_end;
    }
    Ok(page(happened, swarm.last, false))
}

/// A stretch of everything, as many entries as there is room for.
pub(super) fn snapshot(
    swarm: &Swarm,
    epoch: Epoch,
    place: Option<SnapshotPlace>,
    room: Room,
) -> Result<SnapshotPage, StoreError> {
    let as_of = Cursor { epoch, version: swarm.last };
    let (start, after) = match place {
        Some(SnapshotPlace { start, .. }) if start.epoch != epoch => {
            return Err(StoreError::TooOld { since: start, oldest: Cursor { epoch, version: swarm.horizon } });
        }
        Some(SnapshotPlace { start, after, .. }) => (start, Some(after)),
        None => (as_of, None),
    };
    let mut rest = entries(swarm, after.as_ref());
    let entries = room.fill(&mut rest, Entry::bytes);
    let more = rest.next().is_some();
    drop(rest);
    Ok(SnapshotPage::new(after, entries, as_of, start, more))
}

/// All entries behind a key, in the order of namespace and key.
fn entries(swarm: &Swarm, after: Option<&(Namespace, StateKey)>) -> impl Iterator<Item = Entry> {
    let first = after.map_or(Bound::Unbounded, |(namespace, _)| Bound::Included(namespace));
    swarm.spaces.range::<Namespace, _>((first, Bound::Unbounded)).flat_map(move |(name, space)| {
        let from = match after {
            Some((namespace, key)) if namespace == name => Edge::Behind(key.clone()),
            _ => Edge::Start,
        };
        space.rows(from).map(move |(key, row)| row.entry(name, key))
    })
}
