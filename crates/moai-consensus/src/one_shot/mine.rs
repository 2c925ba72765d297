//! What an agent itself has said: it is never unsaid, and never said in two ways.

use std::collections::BTreeMap;

use super::{Kind, Said};

/// What an agent itself has said, by kind and view; its statement is in view 0.
#[derive(Clone, Default, Hash)]
pub(super) struct Mine(BTreeMap<(u64, Kind), Said>);

impl Mine {
    pub(super) fn has(&self, kind: Kind, view: u64) -> bool {
        self.0.contains_key(&(view, kind))
    }

    pub(super) fn add(&mut self, view: u64, said: Said) {
        self.0.insert((view, said.kind()), said);
    }

    /// What was said before, that nobody honest says beside this.
    pub(super) fn contradicting(&self, view: u64, said: &Said) -> Option<&Said> {
        let other = match said.kind() {
            Kind::Nullify => Some(Kind::Finalize),
            Kind::Finalize => Some(Kind::Nullify),
            Kind::Statement | Kind::Propose | Kind::Notarize => None,
        };
        let same = self.0.get(&(view, said.kind())).filter(|before| !before.repeats(said));
        same.or_else(|| self.0.get(&(view, other?)))
    }

    /// What was said in views from this one on.
    pub(super) fn since(&self, view: u64) -> impl Iterator<Item = &Said> {
        self.0.range((view.max(1), Kind::Statement)..).map(|(_, said)| said)
    }

    /// The highest view in which anything was said.
    pub(super) fn last_view(&self) -> u64 {
        self.0.last_key_value().map_or(0, |((view, _), _)| *view)
    }

    /// Forgets views in which nothing will be said any more; the statement stays.
    pub(super) fn forget_before(&mut self, view: u64) {
        self.0.retain(|(said_in, _), _| *said_in == 0 || *said_in >= view);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
