//! Where too much differs: all keys, page by page. Who answers keeps nothing between two pages.

use std::cmp::Ordering;

use moai_core::{AgentId, CorrelationId, Envelope, Outgoing, StateKey};

use super::asking::{Asking, Place};
use super::message::{Item, MOST_ENTRIES, Page, Paged, Room, Short, kinds};
use super::outbox::{Gives, Outbox, give};
use super::{Exchange, Refusal};

impl Exchange {
    /// Sends the page behind a key.
    pub(super) fn page(&mut self, to: &AgentId, about: CorrelationId, after: Option<StateKey>) -> Option<Outgoing> {
        self.refresh();
        let mut room = Room::of(self.limits());
        let (mut entries, mut through): (Vec<(StateKey, Short)>, Option<StateKey>) = (Vec::new(), None);
        for (key, digest) in self.ids.behind(after.as_ref()) {
            if entries.len() >= MOST_ENTRIES || !room.take(key.as_str().len() + Short::BYTES) {
                through = entries.last().map(|(last, _)| last.clone());
                break;
            }
            entries.push((key.clone(), Short::of(digest)));
        }
        let place = Place::Asked { after: after.clone(), through: through.clone() };
        *self.asking.get(to, about)? = Asking::Paging { outbox: Outbox::default(), place };
        Some(self.message(to, about, kinds::PAGE, Page { after, through, entries }.to_bytes()))
    }

    /// A page from an asker: what it lacks or holds otherwise goes back, as far as it fits.
    pub(super) fn asked_for_page(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        let page = Page::read(envelope.payload(), self.limits()).map_err(|why| why.to_string())?;
        page.check().map_err(|why| why.to_string())?;
        self.refresh();
        let is_in = |key: &StateKey| page.through.as_ref().is_none_or(|through| key <= through);
        let mut ours = self.ids.behind(page.after.as_ref()).take_while(|(key, _)| is_in(key)).peekable();
        let mut theirs = page.entries.iter().peekable();
        let mut room = Room::of(self.limits());
        let (mut wanted, mut states): (Vec<StateKey>, Vec<_>) = (Vec::new(), Vec::new());
        let (mut last, mut is_full) = (None, false);
        loop {
            let (key, is_ours, is_theirs) = match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some((key, _)), None) => (*key, true, false),
                (None, Some((key, _))) => (key, false, true),
                (Some((key, digest)), Some((other, known))) => match (*key).cmp(other) {
                    Ordering::Less => (*key, true, false),
                    Ordering::Greater => (other, false, true),
                    Ordering::Equal if Short::of(digest) == *known => (*key, false, false),
                    Ordering::Equal => (*key, true, true),
                },
            };
            if is_theirs && !room.take(key.as_str().len()) {
                is_full = true;
                break;
            }
            let state = if is_ours { give(&self.replica, key, about, &mut room) } else { Gives::Nothing };
            match state {
                Gives::Item(Item::Whole(state)) => states.push(state),
                Gives::Item(_) | Gives::Nothing => {}
                Gives::Full => {
                    is_full = true;
                    break;
                }
            }
            if is_theirs {
                wanted.push(key.clone());
            }
            last = Some(key.clone());
            ours.next_if(|(our, _)| *our == key);
            theirs.next_if(|(their, _)| their == key);
        }
        drop(ours);
        self.counts.given += states.len() as u64;
        let through = if is_full { last } else { page.through };
        if is_full && through.is_none() {
            return Err("nothing of it fits into a message".into());
        }
        Ok(vec![self.message(from, about, kinds::PAGED, Paged { through, wanted, states }.to_bytes())])
    }

    /// The answer to a page.
    pub(super) fn told_page(&mut self, envelope: &Envelope) -> Result<Vec<Outgoing>, Refusal> {
        let (from, about) = (envelope.sender(), envelope.correlation());
        let Some(Asking::Paging { place: Place::Asked { after, through }, .. }) = self.asking.get(from, about) else {
            return Err("it answers no page that is asked for".into());
        };
        let (after, end) = (after.clone(), through.clone());
        let Paged { through, wanted, states } =
            Paged::read(envelope.payload(), self.limits()).map_err(|why| why.to_string())?;
        let moves = through.is_none() || through > after;
        let is_within = match (&through, &end) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(through), Some(end)) => through <= end,
        };
        if wanted.len() > MOST_ENTRIES || !moves || !is_within {
            self.asking.end(from, about);
            return Err("it is not of the page that was asked for".into());
        }
        self.take(from, about, &states);
        let lacks = !wanted.is_empty();
        if let Some(Asking::Paging { outbox, place }) = self.asking.get(from, about) {
            *outbox = Outbox::whole(wanted);
            *place = Place::Giving { through };
        }
        let given = if lacks { self.give_more(from, about) } else { None };
        Ok(given.into_iter().chain(self.page_on(from, about)).collect())
    }

    /// The next page, once all that the peer lacks of the one before is on its way. Behind the last the exchange is
    /// over.
    pub(super) fn page_on(&mut self, to: &AgentId, about: CorrelationId) -> Option<Outgoing> {
        let Some(Asking::Paging { outbox, place: Place::Giving { through } }) = self.asking.get(to, about) else {
            return None;
        };
        if !outbox.is_empty() {
            return None;
        }
        match through.take() {
            Some(through) => self.page(to, about, Some(through)),
            None => {
                self.asking.end(to, about);
                None
            }
        }
    }
}
