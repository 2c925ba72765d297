//! One agent that follows, as the synchronizer knows it: as much for each, however slow it is.

use std::time::Duration;

use moai_core::{CorrelationId, Cursor, KeyRange, StateKey};
use tokio::time::Instant;

use crate::StateFollow;

/// For how long an agent that was sent something may say nothing, before it is asked where it stands: at first, and at the
/// most, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// How often it is asked, before it is let go: that is about six minutes.
const TRIES: u32 = 10;

/// For how long nothing is heard of an agent that was sent nothing either, before it is asked. Mostly it says so itself,
/// every minute.
const QUIET: Duration = Duration::from_secs(300);

/// One agent that follows.
pub(super) struct Follower {
    /// Under which number it follows.
    pub(super) stream: CorrelationId,
    pub(super) range: KeyRange,
    /// The number of the last message that was sent to it, and of the last that it has received.
    pub(super) sent: u64,
    received: u64,
    /// The number of the last message that it takes.
    granted: u64,
    pub(super) place: Place,
    /// Whether it is to be sent something, also if there is nothing new: that it is followed.
    pub(super) is_new: bool,
    /// Whether a message is on its way to it, and it is not known what becomes of that.
    pub(super) is_being_sent: bool,
    /// Whether it renews, and is to be answered, also if there is nothing new.
    pub(super) renews: bool,
    /// When something was heard of it.
    heard: Instant,
    /// When it is to be asked where it stands, because something is under way or could not be.
    due: Option<Instant>,
    tries: u32,
    /// Whether it is to be found out if it is there at all: that ends when something is heard of it.
    is_doubted: bool,
    /// Whether what it is to be sent could not be.
    is_put_off: bool,
}

/// Where a follower is to be told on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// From the beginning, by pages of all that there is.
    Anew,
    /// In the pages that began there, behind this key.
    Within { start: Cursor, after: Option<StateKey> },
    /// Behind `told`; up to `read` nothing happened that concerns it.
    Behind { told: Cursor, read: Cursor },
}

/// What becomes of a follower of which nothing was heard.
pub(super) enum Overdue {
    /// It is asked where it stands.
    Ask,
    /// It is tried once more to send to it.
    Send,
    /// It is let go.
    LetGo,
}

impl Follower {
    pub(super) fn new(stream: CorrelationId, follow: StateFollow, heard: Instant) -> Self {
        let place = follow.at.map_or(Place::Anew, |at| Place::Behind { told: at, read: at });
        let (sent, granted) = (follow.received, follow.received.saturating_add(u64::from(follow.credit)));
        let range = follow.range;
        Self {
            stream,
            range,
            sent,
            received: sent,
            granted,
            place,
            is_new: true,
            is_being_sent: false,
            renews: false,
            heard,
            due: None,
            tries: 0,
            is_doubted: false,
            is_put_off: false,
        }
    }

    /// It says how far it has come. What it says late changes nothing.
    pub(super) fn hear(&mut self, follow: &StateFollow, now: Instant) {
        self.heard = now;
        self.renews |= follow.renews;
        let received = follow.received.min(self.sent);
        if received < self.received {
            return;
        }
        self.received = received;
        self.granted = received.saturating_add(u64::from(follow.credit));
        (self.tries, self.is_doubted) = (0, false);
        self.due = (received < self.sent).then(|| now + FIRST_PAUSE);
    }

    /// Whether it says of its own accord that it stands elsewhere than where it was told last. While a message is on its way,
    /// it may say so because it does not have that yet.
    pub(super) fn is_beside(&self, follow: &StateFollow) -> bool {
        let is_elsewhere = match &self.place {
            Place::Behind { told, .. } => follow.at != Some(*told),
            _ => false,
        };
        let is_ahead = follow.received > self.sent;
        follow.renews && !self.is_being_sent && (is_ahead || follow.received == self.sent && is_elsewhere)
    }

    /// Whether it takes one more message now.
    pub(super) fn takes_more(&self) -> bool {
        self.sent < self.granted && !self.is_being_sent
    }

    /// It was sent one more message, behind which it stands there.
    pub(super) fn sent(&mut self, place: Place, now: Instant) {
        self.sent += 1;
        (self.place, self.is_new, self.renews) = (place, false, false);
        self.is_put_off = false;
        self.wait(now);
    }

    /// It has been told all that there is.
    pub(super) fn rest(&mut self) {
        self.is_put_off = false;
        if self.received >= self.sent && !self.is_doubted {
            (self.due, self.tries) = (None, 0);
        }
    }

    fn wait(&mut self, now: Instant) {
        self.due = self.due.or(Some(now + FIRST_PAUSE));
    }

    /// It could not be sent to, or there was nothing to read: later.
    pub(super) fn put_off(&mut self, now: Instant) {
        self.is_put_off = true;
        self.wait(now);
    }

    /// Whether it is there at all is to be found out now, unless that is under way.
    pub(super) fn doubt(&mut self, now: Instant) {
        if self.due.is_none() {
            (self.due, self.is_doubted) = (Some(now), true);
        }
    }

    /// When it is its turn, if nothing is heard of it before.
    pub(super) fn due(&self) -> Instant {
        self.due.unwrap_or(self.heard + QUIET)
    }

    /// Nothing was heard of it until it was due.
    pub(super) fn overdue(&mut self, now: Instant) -> Overdue {
        self.tries += 1;
        if self.tries > TRIES {
            return Overdue::LetGo;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.tries.min(TRIES)).min(LONGEST_PAUSE);
        self.due = Some(now + pause);
        if std::mem::take(&mut self.is_put_off) {
            return Overdue::Send;
        }
        self.is_doubted = true;
        Overdue::Ask
    }

    /// The memory did not tell: that is not its fault.
    pub(super) fn forgive(&mut self) {
        self.tries = 0;
    }
}
