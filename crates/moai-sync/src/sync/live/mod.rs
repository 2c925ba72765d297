//! What goes on between rounds: followers are told what changed, and what agents write unasked is settled.
//!
//! ```text
//!            written ┌───────┐ a window   ┌────────┐ commit  ┌────────┐ changes ┌──────────┐ followed
//!   agents ─────────▶│ inbox │───────────▶│ settle │────────▶│ memory │────────▶│ followers│─────────▶ agents
//!                    └───────┘            └────────┘         └────────┘         └──────────┘
//!                     bounded             as a round                       what each has room for
//! ```
//!
//! What is to be told is read from the memory when it is told, so a follower that is slow takes no room.

mod beside;
mod feed;
mod follower;
mod inbox;
mod pushes;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use moai_core::{AgentId, CorrelationId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::Shared;
use crate::{StateBegun, StateFollow, StateFollowed, Told, message_kinds};
use beside::Done;
use feed::{Kept, Next};
use follower::{Follower, Overdue};

pub(super) use inbox::Inbox;

/// How often it is looked at the most whether followers are there at all, when there are too many.
const BETWEEN_DOUBTS: Duration = Duration::from_secs(60);

/// The live task of a synchronizer, until it stops.
pub(super) async fn run(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let mut live = Live {
        shared,
        followers: BTreeMap::new(),
        due: BTreeSet::new(),
        ready: BTreeSet::new(),
        window: None,
        may_doubt: None,
        beside: JoinSet::new(),
    };
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = live.go_on() => {}
    }
}

impl Shared {
    /// Tells the members that it has begun: whoever followed somebody of its name, or waits for an answer, begins anew.
    pub(super) async fn greet(&self) {
        let greeting = async {
            let epoch = self.standing().await.map_err(|why| why.to_string())?.last.epoch;
            let correlation = CorrelationId::draw(self.options.chance.as_ref()).map_err(|why| why.to_string())?;
            let begun = self.envelope(correlation, message_kinds::BEGUN, StateBegun::new(epoch).to_bytes());
            self.coordinator.broadcast(begun, &[]).await.map_err(|why| why.to_string())
        };
        match timeout(self.options.timeout, greeting).await {
            Ok(Ok(delivered)) => {
                for (agent, cause) in delivered.refused {
                    tracing::debug!(%agent, %cause, "an agent is not told that the synchronizer has begun");
                }
            }
            Ok(Err(cause)) => tracing::warn!(%cause, "nobody is told that the synchronizer has begun"),
            Err(_) => tracing::warn!("it is not told in time that the synchronizer has begun"),
        }
    }
}

struct Live {
    shared: Arc<Shared>,
    followers: BTreeMap<AgentId, Follower>,
    /// When which of them is to be asked where it stands.
    due: BTreeSet<(Instant, AgentId)>,
    /// Who may have something to be told.
    ready: BTreeSet<AgentId>,
    /// When the window ends in which things are gathered, if one is open.
    window: Option<Instant>,
    /// Before that it is not looked again whether followers are there at all.
    may_doubt: Option<Instant>,
    /// What is being sent and does not end at once: it holds up nobody else.
    beside: JoinSet<Done>,
}

impl Live {
    async fn go_on(&mut self) {
        let shared = self.shared.clone();
        let mut changed = pin!(shared.changed.notified());
        changed.as_mut().enable();
        loop {
            self.hear_follows().await;
            if shared.inbox.has_pushes() {
                self.open_window();
            }
            let now = Instant::now();
            if self.window.is_some_and(|end| end <= now) {
                self.window = None;
                if self.settle().await {
                    self.window = Some(now);
                }
                self.ready.extend(self.followers.keys().cloned());
            }
            self.ask_overdue().await;
            self.tell_ready().await;
            let wake = self.window.into_iter().chain(self.due.first().map(|(due, _)| *due)).min();
            tokio::select! {
                biased;
                () = &mut changed => {
                    // First this, so that nothing is missed that is stored from here on.
                    changed.set(shared.changed.notified());
                    changed.as_mut().enable();
                    if !self.followers.is_empty() {
                        self.open_window();
                    }
                }
                () = shared.inbox.rings.notified() => {}
                Some(done) = self.beside.join_next(), if !self.beside.is_empty() => match done {
                    Ok(done) => self.note(done),
                    // A coordinator that panics: what it was doing for whom is not known.
                    Err(_) => return,
                },
                () = async { sleep_until(wake.unwrap_or_else(Instant::now)).await }, if wake.is_some() => {}
                () = tokio::task::yield_now(), if !self.ready.is_empty() => {}
            }
        }
    }

    fn open_window(&mut self) {
        self.window = self.window.or_else(|| Some(Instant::now() + self.shared.options.window));
    }

    async fn hear_follows(&mut self) {
        for (agent, (correlation, follow)) in self.shared.inbox.follows() {
            self.hear(agent, correlation, follow).await;
        }
    }

    async fn hear(&mut self, agent: AgentId, correlation: CorrelationId, follow: StateFollow) {
        let now = Instant::now();
        if follow.credit == 0 {
            return self.let_go(&agent);
        }
        let most = self.shared.options.followers;
        let is_full = self.followers.len() >= most;
        match self.followers.get_mut(&agent) {
            // It stands elsewhere than is known here: a word of it that came late was taken for its last. It begins anew.
            Some(follower) if follower.stream == correlation && follower.is_beside(&follow) => {
                self.let_go(&agent);
                self.followers.insert(agent.clone(), Follower::new(correlation, follow, now));
                self.note_due(&agent, None);
            }
            Some(follower) if follower.stream == correlation && follow.received > 0 => {
                let due = follower.due();
                follower.hear(&follow, now);
                self.note_due(&agent, Some(due));
            }
            // It has begun anew since.
            Some(_) if follow.received > 0 => return,
            None if is_full => {
                tracing::warn!(%agent, most, "so many agents follow that one more is refused");
                self.doubt(now);
                let full = StateFollowed::new(0, Told::Full { most: most as u64 }).to_bytes();
                let full = self.shared.envelope(correlation, message_kinds::FOLLOWED, full);
                return self.send(agent, full, None).await;
            }
            _ => {
                self.let_go(&agent);
                self.followers.insert(agent.clone(), Follower::new(correlation, follow, now));
                self.note_due(&agent, None);
            }
        }
        self.ready.insert(agent);
    }

    /// Asks all that were not heard of for a while where they stand, so that those who have gone are found out.
    fn doubt(&mut self, now: Instant) {
        if self.may_doubt.is_some_and(|then| now < then) {
            return;
        }
        self.may_doubt = Some(now + BETWEEN_DOUBTS);
        for (agent, follower) in &mut self.followers {
            let due = follower.due();
            follower.doubt(now);
            if follower.due() != due {
                self.due.remove(&(due, agent.clone()));
                self.due.insert((follower.due(), agent.clone()));
            }
        }
    }

    fn let_go(&mut self, agent: &AgentId) {
        if let Some(follower) = self.followers.remove(agent) {
            self.due.remove(&(follower.due(), agent.clone()));
        }
        self.ready.remove(agent);
    }

    /// When an agent is due may have changed.
    fn note_due(&mut self, agent: &AgentId, before: Option<Instant>) {
        let due = self.followers.get(agent).map(Follower::due);
        if due != before {
            before.map(|before| self.due.remove(&(before, agent.clone())));
            self.due.extend(due.map(|due| (due, agent.clone())));
        }
    }

    async fn ask_overdue(&mut self) {
        let now = Instant::now();
        while self.due.first().is_some_and(|(due, _)| *due <= now) {
            let Some((due, agent)) = self.due.pop_first() else { return };
            let Some(follower) = self.followers.get_mut(&agent) else { continue };
            match follower.overdue(now) {
                Overdue::Send => {
                    self.ready.insert(agent.clone());
                }
                Overdue::LetGo => {
                    tracing::warn!(%agent, "a follower says nothing, and is let go");
                    self.let_go(&agent);
                    continue;
                }
                Overdue::Ask => {
                    let (stream, sent) = (follower.stream, follower.sent);
                    self.say_stands(agent.clone(), stream, sent).await;
                }
            }
            self.note_due(&agent, Some(due));
        }
    }

    async fn say_stands(&mut self, agent: AgentId, stream: CorrelationId, sent: u64) {
        let stands = StateFollowed::new(sent, Told::Stands).to_bytes();
        let stands = self.shared.envelope(stream, message_kinds::FOLLOWED, stands);
        self.send(agent, stands, None).await;
    }

    /// Sends one message to each that may have something to be told, and has room for it.
    async fn tell_ready(&mut self) {
        let mut kept = Kept::default();
        let mut behind: Option<AgentId> = None;
        loop {
            let next = match &behind {
                None => self.ready.first(),
                Some(behind) => self
                    .ready
                    .range::<AgentId, _>((std::ops::Bound::Excluded(behind), std::ops::Bound::Unbounded))
                    .next(),
            };
            let Some(agent) = next.cloned() else { return };
            self.tell(&agent, &mut kept).await;
            behind = Some(agent);
        }
    }

    async fn tell(&mut self, agent: &AgentId, kept: &mut Kept) {
        let shared = self.shared.clone();
        let Some(follower) = self.followers.get_mut(agent).filter(|follower| follower.takes_more()) else {
            self.ready.remove(agent);
            return;
        };
        let due = follower.due();
        match shared.next(follower, kept).await {
            Ok(Next::Tell(packed, place)) => {
                let (stream, bytes) = (follower.stream, StateFollowed::numbered(follower.sent + 1, &packed));
                follower.is_being_sent = true;
                // One message after the other: it is looked at again when this one is sent.
                self.ready.remove(agent);
                let envelope = shared.envelope(stream, message_kinds::FOLLOWED, bytes);
                return self.send(agent.clone(), envelope, Some(place)).await;
            }
            Ok(Next::ReadOn(place)) => follower.place = place,
            Ok(Next::Rest(place)) => {
                follower.place = place;
                follower.rest();
                self.ready.remove(agent);
                if std::mem::take(&mut follower.renews) {
                    let (stream, sent) = (follower.stream, follower.sent);
                    self.note_due(agent, Some(due));
                    return self.say_stands(agent.clone(), stream, sent).await;
                }
            }
            Err(cause) => {
                tracing::warn!(%agent, %cause, "a follower is not told what changed");
                follower.put_off(Instant::now());
                follower.forgive();
                self.ready.remove(agent);
            }
        }
        self.note_due(agent, Some(due));
    }
}
