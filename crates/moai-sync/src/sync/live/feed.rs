//! What is to be told to a follower next, read from the memory.

use std::sync::Arc;

use moai_core::{KeyRange, StateKey, StoreError, Version};

use super::follower::{Follower, Place};
use crate::message::MOST_KEYS;
use crate::sync::{Shared, SyncError, stored};
use crate::{StateChange, StateVersion, Told};

/// How many pages are read in search of something that concerns one follower, before it is the turn of the others.
const PAGES: usize = 16;

/// How many bytes stand around the states in a message at the most: two keys, cursors and lengths.
const AROUND: usize = 1_280;

/// How many bytes stand around one state.
const AROUND_ONE: usize = 64;

/// For how many followers that stand at different places what was read is kept, until the next have their turn.
const KEPT: usize = 4;

/// What is to become of a follower.
#[derive(Clone)]
pub(super) enum Next {
    /// It is told this, packed, and stands there then.
    Tell(Arc<Vec<u8>>, Place),
    /// There is more to be read from there.
    ReadOn(Place),
    /// There is nothing new behind there.
    Rest(Place),
}

/// What was read for followers that stand at the same place: most do.
#[derive(Default)]
pub(super) struct Kept(Vec<(KeyRange, Place, Next)>);

impl Kept {
    fn find(&self, follower: &Follower) -> Option<Next> {
        let same = |(range, place, _): &&(KeyRange, Place, Next)| *range == follower.range && *place == follower.place;
        self.0.iter().find(same).map(|(.., next)| next.clone())
    }

    fn keep(&mut self, follower: &Follower, next: &Next) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push((follower.range.clone(), follower.place.clone(), next.clone()));
    }
}

impl Shared {
    /// What a follower is to be told next.
    pub(super) async fn next(&self, follower: &Follower, kept: &mut Kept) -> Result<Next, SyncError> {
        if !follower.is_new
            && let Some(next) = kept.find(follower)
        {
            return Ok(next);
        }
        let mut place = follower.place.clone();
        for _ in 0..PAGES {
            let next = match place {
                Place::Anew => Next::ReadOn(Place::Within { start: self.standing().await?.last, after: None }),
                Place::Within { start, after } => self.page(&follower.range, start, after).await?,
                Place::Behind { told, read } => match self.changed_since(&follower.range, told, read).await {
                    Err(SyncError::Store(StoreError::TooOld { .. } | StoreError::CursorAhead { .. })) => {
                        Next::ReadOn(Place::Anew)
                    }
                    next => next?,
                },
            };
            match next {
                Next::ReadOn(on) => place = on,
                Next::Rest(Place::Behind { told, read }) if follower.is_new => {
                    let nothing = Told::Changes { since: told, next: read, changes: Vec::new() };
                    return Ok(Next::Tell(Arc::new(nothing.to_packed()), Place::Behind { told: read, read }));
                }
                next => {
                    if !follower.is_new {
                        kept.keep(follower, &next);
                    }
                    return Ok(next);
                }
            }
        }
        Ok(Next::ReadOn(place))
    }

    /// What changed behind `read`, for one who was told what changed up to `told`.
    async fn changed_since(
        &self,
        range: &KeyRange,
        told: moai_core::Cursor,
        read: moai_core::Cursor,
    ) -> Result<Next, SyncError> {
        let page = self.memory.changes(self.coordinator.swarm_id(), Some(read), MOST_KEYS).await?;
        let mut room = Room::new(self.options.limits.payload_bytes);
        let (mut changes, mut behind) = (Vec::new(), None);
        for happened in &page.happened {
            let change = match stored::change_of(happened, &self.options.limits) {
                Ok(change) => change.filter(|change| concerns(change, range)),
                Err(cause) => {
                    tracing::warn!(version = %happened.version(), %cause, "a change cannot be read, and is not told");
                    None
                }
            };
            let Some(change) = change else { continue };
            match room.take(happened.bytes()) {
                Fits::Now => changes.push(change),
                Fits::Never => {
                    tracing::warn!(version = %change.version(), "a change does not fit into a message, and is not told");
                }
                Fits::Later => {
                    // What stands before it in the order of versions is told.
                    behind = Some(before(change.version()));
                    break;
                }
            }
        }
        let next = behind.map_or(page.next, |version| moai_core::Cursor { version, ..page.next });
        if !changes.is_empty() {
            let changes = Told::Changes { since: told, next, changes };
            return Ok(Next::Tell(Arc::new(changes.to_packed()), Place::Behind { told: next, read: next }));
        }
        let place = Place::Behind { told, read: next };
        Ok(if page.more || behind.is_some() { Next::ReadOn(place) } else { Next::Rest(place) })
    }

    /// A page of all that there is.
    async fn page(
        &self,
        range: &KeyRange,
        start: moai_core::Cursor,
        after: Option<StateKey>,
    ) -> Result<Next, SyncError> {
        let (swarm, namespace) = (self.coordinator.swarm_id(), &stored::NAMESPACE);
        let listing = self.memory.list(swarm, namespace, range, after.as_ref(), MOST_KEYS).await?;
        let mut room = Room::new(self.options.limits.payload_bytes);
        let (mut states, mut through, mut is_cut) = (Vec::<StateVersion>::new(), after.clone(), None);
        for entry in &listing.entries {
            let state = stored::state_of(entry, &self.options.limits);
            if let Err(cause) = &state {
                tracing::warn!(key = %entry.key, %cause, "a state cannot be read, and is not told");
            }
            let fits = room.take(entry.bytes());
            match state.ok().filter(|_| matches!(fits, Fits::Now)) {
                Some(state) => states.push(state),
                None if matches!(fits, Fits::Later) => {
                    is_cut = Some(through.clone());
                    break;
                }
                // A page says of what is not in it that it is gone: so none has this key.
                None if !states.is_empty() => {
                    is_cut = Some(through.clone());
                    break;
                }
                None => return Ok(Next::ReadOn(Place::Within { start, after: Some(entry.key.clone()) })),
            }
            through = Some(entry.key.clone());
        }
        let through = is_cut.unwrap_or(listing.next);
        let place = match through.clone() {
            Some(through) => Place::Within { start, after: Some(through) },
            None => Place::Behind { told: start, read: start },
        };
        let page = Told::Page { start, after, through, states };
        Ok(Next::Tell(Arc::new(page.to_packed()), place))
    }
}

/// The room in a message.
struct Room {
    whole: usize,
    left: usize,
}

enum Fits {
    Now,
    /// Into a message of its own.
    Later,
    Never,
}

impl Room {
    fn new(payload: usize) -> Self {
        let whole = payload.saturating_sub(AROUND);
        Self { whole, left: whole }
    }

    fn take(&mut self, bytes: usize) -> Fits {
        let bytes = bytes.saturating_add(AROUND_ONE);
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Fits::Now
            }
            None if bytes > self.whole => Fits::Never,
            None => Fits::Later,
        }
    }
}

fn before(version: Version) -> Version {
    version.get().checked_sub(1).and_then(|number| Version::new(number).ok()).unwrap_or(Version::ZERO)
}

/// Whether a change concerns whoever follows these keys.
fn concerns(change: &StateChange, followed: &KeyRange) -> bool {
    match change {
        StateChange::Put(state) => followed.contains(&state.state_key),
        StateChange::Cleared { state_key, .. } => followed.contains(state_key),
        StateChange::RangeCleared { range, .. } => {
            let begins_before = |from: &Option<StateKey>, to: &Option<StateKey>| match (from, to) {
                (Some(from), Some(to)) => from < to,
                _ => true,
            };
            begins_before(&range.from, &followed.to) && begins_before(&followed.from, &range.to)
        }
    }
}
