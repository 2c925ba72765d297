//! The side that begins an exchange.

use moai_core::{Envelope, Outgoing, StateKey};

use super::message::kinds;
use super::outbox::Outbox;
use super::{Exchange, Refusal};
use crate::reconcile::{Asked, Asker};

/// One exchange, seen by who began it.
pub(super) enum Asking {
    /// It finds out what differs.
    Deciding(Asker),
    /// It is known what the peer lacks.
    Giving(Outbox),
    /// Too much differs: it goes through all keys.
    Paging {
        /// What the peer lacks, up to where the pages have come.
        outbox: Outbox,
        place: Place,
    },
}

/// Where the pages of an exchange have come to.
pub(super) enum Place {
    /// The page from here on, up to there, is under way.
    Asked { after: Option<StateKey>, through: Option<StateKey> },
    /// What the peer lacks up to here is on its way; then goes the next page.
    Giving { through: Option<StateKey> },
}

impl Exchange {
    /// A message of [`reconcile`](crate::reconcile) from an answerer.
    pub(super) fn told(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        let Some(Asking::Deciding(asker)) = self.asking.get(from, about) else {
            return Err("it answers nothing that is asked".into());
        };
        let asked = match asker.receive(&mut self.ids.set, envelope.payload()) {
            Ok(asked) => asked,
            Err(why) => {
                self.asking.end(from, about);
                // Under another key it may be better.
                self.key = None;
                return Err(why.to_string());
            }
        };
        let ask = |bytes: Vec<u8>| self.message(from, about, kinds::ASK, bytes);
        match asked {
            Asked::Send(question) => Ok(vec![ask(question)]),
            Asked::Same => {
                self.asking.end(from, about);
                self.counts.same += 1;
                Ok(Vec::new())
            }
            Asked::Differ { offer, send, .. } => {
                let mut outgoing = vec![ask(send)];
                if let Some(asking) = self.asking.get(from, about) {
                    *asking = Asking::Giving(Outbox::of(offer));
                }
                outgoing.extend(self.give_more(from, about));
                Ok(outgoing)
            }
            Asked::TooDifferent { send } => {
                let mut outgoing: Vec<Outgoing> = send.map(ask).into_iter().collect();
                self.counts.paged += 1;
                self.key = None;
                outgoing.extend(self.page(from, about, None));
                Ok(outgoing)
            }
            Asked::Changed { send } => {
                let outgoing: Vec<Outgoing> = send.map(ask).into_iter().collect();
                self.asking.end(from, about);
                Ok(outgoing)
            }
        }
    }
}
