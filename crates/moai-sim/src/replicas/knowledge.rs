//! All that happened in a world, and who of it saw whom.

use super::Happened;

/// All that happened in a world, and who of it saw whom: what a specification is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Knowledge<'a>(pub &'a [Happened]);

impl<'a> Knowledge<'a> {
    /// The `matching` changes that no other `matching` change saw: what is concurrent and last.
    pub fn unseen(self, matching: impl Fn(&Happened) -> bool + Copy + 'a) -> impl Iterator<Item = &'a Happened> + 'a {
        let saw = |later: &Happened, earlier: &Happened| later.knew >> earlier.turn.number & 1 == 1;
        let all = self.0;
        all.iter().filter(move |it| matching(it) && !all.iter().any(|later| matching(later) && saw(later, it)))
    }
}
