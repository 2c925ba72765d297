//! What the story hands to whoever shows it.

use moai_flow::Head;

use super::fact::Fact;
use super::picture::Picture;

/// What the story hands to whoever shows it, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Beat {
    /// A scene begins.
    Scene(Title),
    /// Who is there, and what they say.
    Look(Picture),
    /// A line.
    Fact(Fact),
    /// It is over.
    End(Verdict),
}

/// What a scene is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Title {
    /// Which one, from 1 on.
    pub(super) number: usize,
    /// How many there are.
    pub(super) of: usize,
    /// In a few words.
    pub(super) title: &'static str,
    /// What it shows, in one line.
    pub(super) shows: &'static str,
    /// Who is there.
    pub(super) picture: Picture,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Verdict {
    /// How many facts had to hold.
    pub(super) checked: u64,
    /// How many of them did not.
    pub(super) failed: u64,
    /// The end of the journal, if it was verified.
    pub(super) head: Option<Head>,
}

impl Verdict {
    /// Whether all is as it must be.
    pub(super) fn holds(&self) -> bool {
        self.failed == 0 && self.checked > 0 && self.head.is_some()
    }

    /// The same in words.
    pub(super) fn words(&self) -> String {
        match self.failed {
            0 if self.holds() => format!("{} facts were checked, and all of them hold.", self.checked),
            0 => "The story did not come to its end: nothing is shown by it.".to_owned(),
            failed => format!("{failed} of {} facts do NOT hold. This is a bug: please report it.", self.checked),
        }
    }
}
