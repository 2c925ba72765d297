//! What the half of an agent says and hears between rounds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::{AgentId, Chance, CorrelationId, Envelope, Handled, KeyRange, MessageKind, Outgoing, StateKey};

use super::ReplicaHandler;
use super::inner::Stretch;
use super::renewal::Renewal;
use super::retry::Retry;
use crate::message::MOST_KEYS;
use crate::{StateBegun, StateChange, StateFollow, StateFollowed, StateVersion, StateWritten, Told, message_kinds};

/// How many bytes stand around what is written: its header, and what stands around each state.
const AROUND: usize = 256;
const AROUND_ONE: usize = 16;

/// What goes on between rounds.
#[derive(Clone)]
pub(super) struct Live {
    /// Which of the synchronizers.
    pub(super) whom: AgentId,
    pub(super) following: Option<Box<Following>>,
    pub(super) pushing: Option<Box<Pushing>>,
    pub(super) credit: u32,
    /// For about how long it hears nothing before it says again where it stands.
    pub(super) renews_after: Duration,
    pub(super) chance: Arc<dyn Chance>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { whom, following, pushing, .. } = self;
        f.debug_struct("Live").field("whom", whom).field("following", following).field("pushing", pushing).finish()
    }
}

/// The agent follows.
#[derive(Debug, Clone)]
pub(super) struct Following {
    range: KeyRange,
    /// Under which number it began; none before it has.
    stream: Option<CorrelationId>,
    /// The number of the last message that it has received, in a row.
    received: u64,
    /// Whether so many follow that it was refused.
    is_refused: bool,
    /// Whether what is waited for is the answer to a renewal.
    renews: bool,
    renewal: Renewal,
    retry: Retry,
}

/// What the agent writes is pushed.
#[derive(Debug, Clone, Default)]
pub(super) struct Pushing {
    /// What is not answered yet, and under which number it was sent.
    under_way: Option<(CorrelationId, BTreeSet<StateKey>)>,
    retry: Retry,
}

impl Following {
    pub(super) fn new(range: KeyRange) -> Self {
        let (renewal, retry) = (Renewal::default(), Retry::default());
        Self { range, stream: None, received: 0, is_refused: false, renews: false, renewal, retry }
    }
}

impl ReplicaHandler {
    /// Shows it a message of these kinds.
    pub(super) fn hear(&mut self, envelope: &Envelope) -> Handled {
        let (agent, from, kind) = (self.replica.agent(), envelope.sender(), envelope.kind());
        if !self.synchronizers.contains(from) {
            tracing::warn!(%agent, %from, %kind, "a message by somebody who is no synchronizer is refused");
            return Handled::NOTHING;
        }
        let limits = &self.replica.limits;
        let outgoing = if *kind == message_kinds::BEGUN {
            StateBegun::from_bytes(envelope.payload(), limits).map(|begun| self.hear_begun(envelope, begun))
        } else {
            StateFollowed::from_bytes(envelope.payload(), limits)
                .map(|followed| self.hear_followed(envelope, followed).into_iter().collect())
        };
        match outgoing {
            Ok(outgoing) => Handled::Done(outgoing),
            Err(cause) => {
                let agent = self.replica.agent();
                tracing::warn!(%agent, %from, %kind, %cause, "a message is refused");
                Handled::NOTHING
            }
        }
    }

    /// A synchronizer has begun, and knows nothing of what was said before.
    fn hear_begun(&mut self, envelope: &Envelope, begun: StateBegun) -> Vec<Outgoing> {
        let number = envelope.correlation();
        let under_way = self.live.pushing.as_ref().and_then(|pushing| pushing.under_way.as_ref());
        let mut inner = self.replica.inner();
        if let Some((_, keys)) = under_way.filter(|(under_way, _)| *under_way == number) {
            // It says so in answer to what was pushed, and has left that.
            for key in keys {
                inner.states.get_mut(key).into_iter().for_each(|held| held.take_back(number));
            }
        }
        inner.in_epoch(begun.epoch);
        drop(inner);
        self.live.whom = envelope.sender().clone();
        let asked = self.ask();
        self.give_up();
        asked.into_iter().chain(self.push()).collect()
    }

    fn hear_followed(
        &mut self,
        envelope: &Envelope,
        StateFollowed { number, told }: StateFollowed,
    ) -> Option<Outgoing> {
        let agent = self.replica.agent().clone();
        let following = self.live.following.as_mut().filter(|_| *envelope.sender() == self.live.whom);
        let Some(following) = following else {
            // It takes this agent for a follower: it is none any more.
            let no_more = StateFollow::new(KeyRange::ALL, None, 0).to_bytes();
            return Some(Outgoing::reply(envelope, agent, message_kinds::FOLLOW, no_more));
        };
        if following.stream != Some(envelope.correlation()) {
            // What comes late of a former following is nothing new. But who asks waits for another following than this.
            return if told == Told::Stands && !following.retry.waits() { self.ask() } else { None };
        }
        following.renewal.hear();
        let is_next = number == following.received.saturating_add(1);
        let is_known = number <= following.received;
        match told {
            Told::Full { most } => {
                tracing::warn!(%agent, by = %envelope.sender(), most, "so many follow that this agent is refused");
                following.is_refused = true;
                return None;
            }
            Told::Stands if number == following.received && following.renews => {
                // So it is: nothing was lost.
                following.renews = false;
                following.retry.end();
                return None;
            }
            Told::Stands if number == following.received => {}
            // It leads further than what was received under this number: that was told by somebody who knew less.
            Told::Changes { next: to, .. } | Told::Page { start: to, .. }
                if is_known && self.replica.inner().stands_before(to) =>
            {
                return self.ask();
            }
            Told::Changes { .. } | Told::Page { .. } if is_known => {}
            Told::Changes { since, next, changes } if is_next => {
                let mut inner = self.replica.inner();
                if inner.followed.as_ref().is_none_or(|(range, at)| *range != following.range || *at != since) {
                    drop(inner);
                    return self.ask();
                }
                let fits = |change: &StateChange| match change {
                    StateChange::Put(state) => state.check(&self.replica.limits).is_ok(),
                    _ => true,
                };
                changes.into_iter().filter(fits).for_each(|change| inner.apply(change, None, &agent));
                inner.followed = Some((following.range.clone(), next));
            }
            Told::Page { start, after, through, states } if is_next => {
                let mut inner = self.replica.inner();
                inner.in_epoch(start.epoch);
                inner.followed = None;
                let is_last = through.is_none();
                let fits = |state: &StateVersion| state.check(&self.replica.limits).is_ok();
                let states = states.into_iter().filter(fits).collect();
                let range = following.range.clone();
                inner.replace(&Stretch { range, after, through, version: start.version }, states, &agent);
                if is_last {
                    inner.stand(&following.range, start);
                }
            }
            // Something in between was lost, or overtaken: it asks again, from where it stands.
            Told::Stands | Told::Changes { .. } | Told::Page { .. } => return self.ask(),
        }
        following.received = following.received.max(number);
        (following.is_refused, following.renews) = (false, false);
        following.retry.end();
        let at = self.replica.inner().followed.as_ref().map(|(_, at)| *at);
        let follow = StateFollow::new(following.range.clone(), at, self.live.credit).received(following.received);
        Some(Outgoing::reply(envelope, agent, message_kinds::FOLLOW, follow.to_bytes()))
    }

    /// Begins to follow, from where it stands.
    fn ask(&mut self) -> Option<Outgoing> {
        let following = self.live.following.as_mut()?;
        following.retry.begin();
        let number = draw(self.live.chance.as_ref(), self.replica.agent())?;
        (following.stream, following.received, following.renews) = (Some(number), 0, false);
        let at =
            self.replica.inner().followed.as_ref().filter(|(range, _)| *range == following.range).map(|(_, at)| *at);
        let follow = StateFollow::new(following.range.clone(), at, self.live.credit);
        Some(self.to_synchronizer(message_kinds::FOLLOW, number, follow.to_bytes()))
    }

    /// It has heard nothing for a while, and says again where it stands: so it finds out what it does not know to be lost.
    fn renew(&mut self) -> Option<Outgoing> {
        let following = self.live.following.as_mut()?;
        let number = following.stream?;
        following.retry.begin();
        following.renews = true;
        let at = self.replica.inner().followed.as_ref().map(|(_, at)| *at);
        let follow = StateFollow::new(following.range.clone(), at, self.live.credit);
        let follow = follow.received(following.received).renewing();
        Some(self.to_synchronizer(message_kinds::FOLLOW, number, follow.to_bytes()))
    }

    /// An update has come: it may answer what was pushed. Gives what is to be pushed next.
    pub(super) fn is_answered(&mut self, number: CorrelationId) -> Option<Outgoing> {
        let pushing = self.live.pushing.as_mut()?;
        pushing.under_way.take_if(|(under_way, _)| *under_way == number)?;
        pushing.retry.end();
        self.push()
    }

    /// What is not answered is to be pushed once more.
    fn give_up(&mut self) {
        let under_way = self.live.pushing.as_mut().and_then(|pushing| pushing.under_way.take());
        self.replica.inner().unpushed.extend(under_way.into_iter().flat_map(|(_, keys)| keys));
    }

    /// Pushes what was written, as much as fits into a message, unless some is under way.
    fn push(&mut self) -> Option<Outgoing> {
        let pushing = self.live.pushing.as_mut().filter(|pushing| pushing.under_way.is_none())?;
        let (agent, limits) = (&self.replica.agent, &self.replica.limits);
        let mut inner = self.replica.inner();
        let knows_nothing = self.live.following.as_ref().is_some_and(|it| inner.followed.is_none() && !it.is_refused);
        // First it hears what there is: else what it writes looks as if it had not seen what was cleared long ago.
        if inner.unpushed.is_empty() || knows_nothing {
            return None;
        }
        pushing.retry.begin();
        let number = draw(self.live.chance.as_ref(), agent)?;
        let mut room = limits.payload_bytes.saturating_sub(AROUND);
        let (mut states, mut keys) = (Vec::new(), BTreeSet::new());
        while states.len() < MOST_KEYS
            && let Some(key) = inner.unpushed.pop_first()
        {
            // Of what the swarm has told there is nothing to tell.
            let Some(held) = inner.states.get_mut(&key).filter(|held| held.is_own()) else { continue };
            let size = held.state.to_bytes().len() + AROUND_ONE;
            if let Some(rest) = room.checked_sub(size) {
                room = rest;
                let (state, contains) = held.push(number);
                states.push((state.into_state(), contains));
                keys.insert(key);
            } else if keys.is_empty() {
                tracing::warn!(%agent, %key, "a state does not fit into a message, and is not pushed");
            } else {
                inner.unpushed.insert(key);
                break;
            }
        }
        if states.is_empty() {
            pushing.retry.end();
            return None;
        }
        let (epoch, follows) = (inner.epoch, self.live.following.is_some());
        drop(inner);
        pushing.under_way = Some((number, keys));
        let written = StateWritten { epoch, follows, states };
        Some(self.to_synchronizer(message_kinds::WRITTEN, number, written.to_bytes()))
    }

    /// Whether something that the agent wrote is on its way to the synchronizer, or has that before it.
    pub(super) fn has_to_push(&self) -> bool {
        let inner = self.replica.inner();
        let is_own = |key| inner.states.get(key).is_some_and(|held| held.is_own());
        self.live.pushing.as_ref().is_some_and(|it| it.under_way.is_some() || inner.unpushed.iter().any(is_own))
    }

    fn to_synchronizer(&self, kind: MessageKind, number: CorrelationId, payload: Vec<u8>) -> Outgoing {
        let envelope = Envelope::new(self.swarm.clone(), self.replica.agent().clone(), kind, number, payload);
        Outgoing::new(self.live.whom.clone(), envelope)
    }

    /// What it has to say unasked.
    pub(super) fn poll_live(&mut self, context: &mut Context<'_>) -> Poll<Vec<Outgoing>> {
        let follow = self.live.following.as_mut().is_some_and(|following| following.retry.poll(context).is_ready());
        let push = self.live.pushing.as_mut().is_some_and(|pushing| pushing.retry.poll(context).is_ready());
        if follow || push {
            self.move_on();
        }
        let mut outgoing = Vec::new();
        if self.live.following.as_ref().is_some_and(|it| follow || it.stream.is_none() && !it.retry.waits()) {
            outgoing.extend(self.ask());
        }
        let (every, chance) = (self.live.renews_after, self.live.chance.clone());
        let mut quiet = self.live.following.as_mut().filter(|following| !following.retry.waits());
        if quiet.as_mut().is_some_and(|following| following.renewal.poll(every, chance.as_ref(), context).is_ready()) {
            outgoing.extend(self.renew());
        }
        if push {
            self.give_up();
        }
        self.replica.inner().waiting = self.live.pushing.as_ref().map(|_| context.waker().clone());
        outgoing.extend(self.push());
        if !outgoing.is_empty() {
            return Poll::Ready(outgoing);
        }
        let following = self.live.following.as_ref().map(|following| &following.retry);
        let pushing = self.live.pushing.as_ref().map(|pushing| &pushing.retry);
        if following.into_iter().chain(pushing).any(Retry::is_unseen) {
            // What could not be said for want of chance: its time is set up by the next poll.
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// A synchronizer does not answer: where there are others, the next one is asked, and told.
    fn move_on(&mut self) {
        let next = self.synchronizers.iter().find(|other| **other > self.live.whom).or(self.synchronizers.first());
        let Some(next) = next.filter(|next| **next != self.live.whom).cloned() else { return };
        self.live.whom = next;
        if let Some(following) = &mut self.live.following {
            (following.stream, following.received) = (None, 0);
            following.retry.pause();
        }
    }
}

fn draw(chance: &dyn Chance, agent: &AgentId) -> Option<CorrelationId> {
    match CorrelationId::draw(chance) {
        Ok(number) => Some(number),
        Err(cause) => {
            // It is tried again, as what is not answered.
            tracing::warn!(%agent, %cause, "nothing can be said for want of chance");
            None
        }
    }
}
