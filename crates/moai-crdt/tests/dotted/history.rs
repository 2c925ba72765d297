//! What happened, and who knew of what when: all that a specification may look at.

/// At most so many events: their sets are bits of a number.
pub(crate) const MOST: usize = 64;

/// Something that a replica did.
#[derive(Debug, Clone)]
pub(crate) enum Act<O> {
    Do(O),
    /// Took back all that it knew: a removal of the key under which the type lies.
    Wipe,
}

#[derive(Debug, Clone)]
pub(crate) struct Event<O> {
    pub id: usize,
    pub replica: usize,
    pub act: Act<O>,
    /// What had been delivered to the replica by then.
    pub saw: u64,
}

/// Events in the order in which they happened, all of them at one place.
#[derive(Debug, Clone)]
pub(crate) struct History<O>(pub Vec<Event<O>>);

impl<O: Clone> History<O> {
    /// Those that `known` holds.
    pub(crate) fn known(&self, known: u64) -> Self {
        Self(self.0.iter().filter(|event| known >> event.id & 1 == 1).cloned().collect())
    }

    /// Those at one place: what `there` translates, and every wipe.
    pub(crate) fn at<P: Clone>(&self, there: impl Fn(&O) -> Option<Act<P>>) -> History<P> {
        let events = self.0.iter().filter_map(|event| {
            let act = match &event.act {
                Act::Do(op) => there(op)?,
                Act::Wipe => Act::Wipe,
            };
            Some(Event { id: event.id, replica: event.replica, act, saw: event.saw })
        });
        History(events.collect())
    }

    /// The operations to which nothing has happened since that `undoes` them; with their replica.
    ///
    /// One event is since another when it saw it, or saw something that is since it.
    pub(crate) fn standing<'a>(
        &'a self,
        undoes: impl Fn(&Act<O>) -> bool + 'a,
    ) -> impl Iterator<Item = (usize, &'a O)> {
        let mut past = [0_u64; MOST];
        for event in &self.0 {
            for earlier in &self.0 {
                if event.saw >> earlier.id & 1 == 1 {
                    past[event.id] |= past[earlier.id] | 1 << earlier.id;
                }
            }
        }
        let undone = move |id: usize| self.0.iter().any(|later| past[later.id] >> id & 1 == 1 && undoes(&later.act));
        self.0.iter().filter_map(move |event| match &event.act {
            Act::Do(op) if !undone(event.id) => Some((event.replica, op)),
            _ => None,
        })
    }
}
