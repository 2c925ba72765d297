//! The side that is asked; and what both sides do alike.

use moai_core::{AgentId, CorrelationId, Envelope, Outgoing};
use moai_crdt::{Digest, WireForm};

use super::asking::Asking;
use super::message::{Bytes, Item, States, kinds};
use super::outbox::{Job, Outbox};
use super::part::Part;
use super::{Exchange, Refusal};
use crate::reconcile::{Answered, Answerer, Message};
use crate::state_version::wire_limits;

/// One exchange, seen by who is asked.
pub(super) enum Answering {
    /// The asker finds out what differs. Its states may have come already, where messages overtake each other.
    Deciding { answerer: Answerer, has_all: bool },
    /// It is known what the asker lacks.
    Giving(Outbox),
}

impl Exchange {
    /// A message of [`reconcile`](crate::reconcile) from an asker.
    pub(super) fn asked(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        let limits = self.reconcile_limits();
        let (mut answerer, has_all, begins) = match self.answering.get(from, about) {
            Some(Answering::Giving(_)) => return Err("it comes behind what decided".into()),
            Some(Answering::Deciding { answerer, has_all }) => {
                (std::mem::replace(answerer, Answerer::new(limits)), *has_all, false)
            }
            None => {
                self.refresh();
                (Answerer::new(limits), false, true)
            }
        };
        let answered = match answerer.receive(&mut self.ids.set, envelope.payload()) {
            Ok(answered) => answered,
            Err(why) => {
                self.answering.end(from, about);
                return Err(why.to_string());
            }
        };
        if begins {
            // Whatever it asked before, it has given up.
            self.answering.end_with(from);
        }
        match answered {
            Answered::Send(bytes) => {
                if is_last(&bytes) {
                    self.answering.end(from, about);
                } else if begins {
                    let answering = Answering::Deciding { answerer, has_all };
                    self.answering.begin(from.clone(), about, answering, self.most);
                } else if let Some(answering) = self.answering.get(from, about) {
                    *answering = Answering::Deciding { answerer, has_all };
                }
                Ok(vec![self.message(from, about, kinds::TELL, bytes)])
            }
            Answered::Wanted { keys, .. } => {
                let mut outbox = Outbox::of(keys);
                outbox.has_all = has_all;
                if let Some(answering) = self.answering.get(from, about) {
                    *answering = Answering::Giving(outbox);
                }
                Ok(self.give_more(from, about).into_iter().collect())
            }
            // The pages that the asker sends need nothing that is kept here.
            Answered::TooDifferent | Answered::Changed => {
                self.answering.end(from, about);
                Ok(Vec::new())
            }
        }
    }

    /// The next message of states in an exchange, of whichever side. It ends with the last of both.
    pub(super) fn give_more(&mut self, to: &AgentId, about: CorrelationId) -> Option<Outgoing> {
        let outbox = match (self.asking.get(to, about), self.answering.get(to, about)) {
            (Some(Asking::Giving(outbox) | Asking::Paging { outbox, .. }), _)
            | (None, Some(Answering::Giving(outbox))) => outbox,
            _ => return None,
        };
        let states = outbox.next(&self.replica, &self.resolver, about, &mut self.counts.given);
        let bytes = states.to_bytes();
        self.end_if_over(to, about);
        Some(self.message(to, about, kinds::STATES, bytes))
    }

    fn end_if_over(&mut self, peer: &AgentId, about: CorrelationId) {
        if matches!(self.asking.get(peer, about), Some(Asking::Giving(outbox)) if outbox.is_over()) {
            self.asking.end(peer, about);
        }
        if matches!(self.answering.get(peer, about), Some(Answering::Giving(outbox)) if outbox.is_over()) {
            self.answering.end(peer, about);
        }
    }

    /// What is still to be sent in an exchange, of whichever side.
    fn outbox(&mut self, peer: &AgentId, about: CorrelationId) -> Option<&mut Outbox> {
        match (self.asking.get(peer, about), self.answering.get(peer, about)) {
            (Some(Asking::Giving(outbox) | Asking::Paging { outbox, .. }), _)
            | (None, Some(Answering::Giving(outbox))) => Some(outbox),
            _ => None,
        }
    }

    /// A peer's states. They count also when they come late: then the exchange that they belong to is over.
    pub(super) fn given_states(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        let States { more, items } = States::read(envelope.payload(), self.limits()).map_err(|why| why.to_string())?;
        let limit = self.limits().payload_bytes;
        for item in items {
            let (job, is_answer) = self.take_item(from, about, item);
            let Some(outbox) = self.outbox(from, about) else { continue };
            if is_answer {
                outbox.is_answered();
            }
            if let Some(job) = job {
                outbox.push(job, limit);
            }
        }
        let mut outgoing = Vec::new();
        if more {
            outgoing.push(self.message(from, about, kinds::NEXT, Vec::new()));
        } else if let Some(Answering::Deciding { has_all, .. }) = self.answering.get(from, about) {
            *has_all = true;
        } else if let Some(outbox) = self.outbox(from, about) {
            outbox.has_all = true;
        }
        if self.outbox(from, about).is_some_and(|outbox| !outbox.waits && !outbox.is_empty()) {
            outgoing.extend(self.give_more(from, about));
        }
        self.end_if_over(from, about);
        Ok(outgoing)
    }

    /// Takes in one item: what it asks for, and whether it answers a digest that was shown.
    fn take_item(&mut self, from: &AgentId, about: CorrelationId, item: Item) -> (Option<Job>, bool) {
        match item {
            Item::Whole(state) => {
                self.take(from, about, &[state]);
                (None, false)
            }
            Item::Part(Bytes(bytes)) => {
                let part = Part::read(&bytes, self.limits()).map_err(|why| why.to_string());
                let taken = part.and_then(|part| self.replica.merge_part_from_peer(part, about, &self.resolver));
                self.taken(from, taken);
                (None, true)
            }
            Item::Shown(key, _) if self.replica.digest_of_document(&key, &self.resolver).is_none() => {
                (Some(Job::Lacks(key)), false)
            }
            Item::Shown(key, Bytes(bytes)) => match Digest::from_bytes_within(&bytes, &wire_limits(self.limits())) {
                Ok(digest) => (Some(Job::Part(key, Box::new(digest), bytes.len())), false),
                Err(why) => {
                    self.refuse(from, &kinds::STATES, &why.to_string());
                    (None, false)
                }
            },
            Item::Lacks(key) => (Some(Job::Whole(key)), true),
        }
    }

    /// A peer has taken in a message of states, and takes the next.
    pub(super) fn asked_for_more(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        if !envelope.payload().is_empty() {
            return Err("something stands in it".into());
        }
        let outbox = self.outbox(from, about).ok_or("nothing more is under way")?;
        outbox.waits = false;
        if outbox.is_empty() {
            // It was repeated on its way.
            return Ok(Vec::new());
        }
        let mut outgoing: Vec<Outgoing> = self.give_more(from, about).into_iter().collect();
        outgoing.extend(self.page_on(from, about));
        Ok(outgoing)
    }
}

/// Whether nothing of the asker follows this answer.
fn is_last(answer: &[u8]) -> bool {
    [Message::Same, Message::TooDifferent, Message::Changed].iter().any(|last| last.to_bytes() == answer)
}
