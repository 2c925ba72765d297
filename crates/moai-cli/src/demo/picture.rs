//! Who is on stage, and what they say.

/// Who is on stage, what they say, and who reaches whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Picture {
    pub(super) seats: Vec<Seat>,
    /// Behind how many of them the network is cut.
    pub(super) cut: Option<usize>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) mood: Mood,
    pub(super) says: String,
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// It has not said anything yet.
    Waits,
    /// For it, or well.
    For,
    /// Against it.
    Against,
    /// Proven to have lied.
    Lied,
    /// Nobody needs its word any more.
    Stopped,
    /// It is dead.
    Gone,
}

impl Mood {
    /// One sign for it, which says the same without colours.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Waits => "·",
            Self::For => "+",
            Self::Against => "-",
            Self::Lied => "!",
            Self::Stopped => "=",
            Self::Gone => "x",
        }
    }
}

impl Picture {
    /// They are there, and say nothing yet.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let seat = |name: &str| Seat { name: name.to_owned(), mood: Mood::Waits, says: String::new() };
        Self { seats: names.into_iter().map(seat).collect(), cut: None }
    }

    /// One of them says something; nothing happens if it is not there.
    pub(super) fn seat(&mut self, name: &str, mood: Mood, says: impl Into<String>) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.name == name) {
            (seat.mood, seat.says) = (mood, says.into());
        }
    }

    /// Whether these two reach each other.
    pub(super) fn reach(&self, one: usize, other: usize) -> bool {
        let gone = |at: usize| self.seats.get(at).is_none_or(|seat| seat.mood == Mood::Gone);
        let apart = self.cut.is_some_and(|cut| (one < cut) != (other < cut));
        !apart && !gone(one) && !gone(other)
    }
}
