//! What happens in a world, one event after the other.

use super::disk::Written;
use super::event::{Event, mark};
use super::place::Place;
use super::whole::clock;
use super::{Effect, Input, Node, World};
use crate::Violation;
use crate::adversary::Scene;

/// How often a liar is woken.
const WAKES: i64 = 40;

impl<N: Node> World<N> {
    pub(super) fn happen(&mut self, event: Event<N::Message, N::Command>) {
        let (kind, place, what) = match &event {
            Event::Hear { to, mark, .. } => (1, *to, *mark),
            Event::Do { place, .. } => (2, *place, 0),
            Event::Tick { place, life } => (3, *place, u64::from(*life)),
            Event::Restart { place } => (4, *place, 0),
            Event::AllCrash => (5, 0, 0),
        };
        self.history.word(self.now.cast_unsigned());
        self.history.word(kind << 32 | u64::from(place));
        self.history.word(what);
        match event {
            Event::Hear { to, from, message, .. } => {
                if self.heard.is_some() && self.node(to).is_some() {
                    self.heard.get_or_insert_default().push((from, message.clone()));
                }
                self.input(to, Input::Hear { from, message });
            }
            Event::Do { place, command } => self.input(place, Input::Do(command)),
            Event::Tick { place, life } => {
                if self.rings(place, life) {
                    self.input(place, Input::Tick);
                }
            }
            Event::Restart { place } => self.restart(place),
            Event::AllCrash => (0..self.members()).for_each(|place| self.crash(place, "all crashed at once")),
        }
    }

    /// Whether a timer is of the life that a node has now; it is no longer armed then. Liars have one life.
    fn rings(&mut self, place: u32, asked: u32) -> bool {
        match self.places.get_mut(place as usize) {
            Some(Place::Honest(honest)) => {
                honest.armed = i64::MIN;
                honest.life == asked
            }
            _ => true,
        }
    }

    fn restart(&mut self, place: u32) {
        let Some(here) = self.places.get_mut(place as usize) else { return };
        match here {
            Place::Honest(honest) if honest.node.is_none() => {
                if honest.life > 0 && self.now < self.mix.heals_at {
                    honest.clock = clock(&self.mix, &mut self.luck);
                }
                match (self.make)(place, honest.life, honest.disk.records()) {
                    Ok(node) => honest.node = Some(node),
                    Err(why) => {
                        let what = format!("{place} does not start: {why}");
                        self.violation = Some(Violation::new("a node starts from what its disk has kept", what));
                        return;
                    }
                }
            }
            Place::Honest(_) => return,
            Place::Liar(_) => {
                let delta = self.mix.delta;
                for wake in 1..=WAKES {
                    self.push(self.now + wake * delta * 2, Event::Tick { place, life: 0 });
                }
            }
        }
        self.input(place, Input::Start);
    }

    fn input(&mut self, place: u32, input: Input<N::Message, N::Command>) {
        let members = self.members();
        let Some(here) = self.places.get_mut(place as usize) else { return };
        match here {
            Place::Honest(honest) => {
                let Some(node) = &mut honest.node else { return };
                let mut effects = std::mem::take(&mut self.outbox);
                node.handle(honest.clock.shows(self.now), input, &mut effects);
                if let Err(violation) = node.check() {
                    self.violation = Some(violation);
                }
                let mut left = effects.drain(..);
                while left.next().is_some_and(|effect| self.carry_out(place, effect)) {}
                drop(left);
                self.outbox = effects;
            }
            Place::Liar(liar) => {
                let mut sends = Vec::new();
                let mut scene = Scene::new(self.now, place, members, &mut self.whim, &mut self.seen, &mut sends);
                liar.act(&mut scene, input);
                for (to, message) in sends {
                    self.send(place, Some(to), &message);
                }
            }
        }
    }

    /// Whether the node goes on after it.
    fn carry_out(&mut self, place: u32, effect: Effect<N::Message, N::News>) -> bool {
        let chaos = self.now < self.mix.heals_at;
        if chaos && self.mix.crash > 0 && self.luck.below(1_000) < self.mix.crash {
            self.crash(place, "crashed");
            return false;
        }
        match effect {
            Effect::Persist(record) => {
                let Some(Place::Honest(honest)) = self.places.get_mut(place as usize) else { return false };
                if chaos {
                    let written = honest.disk.persist(record, &self.mix, &mut self.luck, &mut self.seen);
                    if written == Written::Down {
                        self.down(place);
                        return false;
                    }
                } else {
                    honest.disk.write(record);
                    honest.disk.sync();
                }
            }
            Effect::Write(record) => {
                if let Some(Place::Honest(honest)) = self.places.get_mut(place as usize) {
                    honest.disk.write(record);
                }
            }
            Effect::Send { to, message } => self.send(place, to, &message),
            Effect::Arm(time) => self.arm(place, time),
            Effect::Tell(news) => self.news.push_back((place, news)),
        }
        true
    }

    fn arm(&mut self, place: u32, time: i64) {
        let Some(Place::Honest(honest)) = self.places.get_mut(place as usize) else { return };
        if honest.armed != time {
            honest.armed = time;
            let (life, when) = (honest.life, honest.clock.when(time));
            self.push(when, Event::Tick { place, life });
        }
    }

    fn send(&mut self, from: u32, to: Option<u32>, message: &N::Message) {
        let mark = mark(message);
        let receivers = match to {
            Some(to) => to..to + 1,
            None => 0..self.members(),
        };
        for to in receivers.filter(|to| *to != from) {
            let arrivals = self.network.carry(self.now, from, to, &self.mix, &mut self.seen);
            for time in arrivals.into_iter().flatten() {
                self.push(time, Event::Hear { to, from, mark, message: message.clone() });
            }
        }
    }

    fn crash(&mut self, place: u32, fault: &'static str) {
        if self.node(place).is_some() {
            self.seen.fault(fault);
            self.down(place);
        }
    }

    /// A node goes down, and comes back some time later.
    fn down(&mut self, place: u32) {
        let Some(Place::Honest(honest)) = self.places.get_mut(place as usize) else { return };
        honest.node = None;
        honest.life += 1;
        honest.armed = i64::MIN;
        honest.disk.crash(&mut self.luck, &mut self.seen);
        let longest = self.mix.delta.unsigned_abs().saturating_mul(8);
        let back = self.now.saturating_add(i64::try_from(self.luck.below(longest)).unwrap_or_default());
        self.push(back, Event::Restart { place });
    }
}
