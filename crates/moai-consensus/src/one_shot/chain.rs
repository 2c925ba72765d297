//! What accounts for the views so far: the highest notarization, and the nullifications behind it.

use std::collections::BTreeMap;

use super::{Certificate, Justification, Kind};

/// What accounts for the views so far.
#[derive(Clone, Default, Hash)]
pub(super) struct Chain {
    best: Option<Certificate>,
    /// Of views behind that of the best.
    nullified: BTreeMap<u64, Certificate>,
}

impl Chain {
    pub(super) const fn best(&self) -> Option<&Certificate> {
        self.best.as_ref()
    }

    fn best_view(&self) -> u64 {
        self.best.as_ref().map_or(0, |best| best.view)
    }

    /// Whether a certificate would add anything.
    pub(super) fn lacks(&self, kind: Kind, view: u64) -> bool {
        match kind {
            Kind::Notarize => view > self.best_view(),
            Kind::Nullify => view > self.best_view() && !self.nullified.contains_key(&view),
            _ => false,
        }
    }

    /// Takes a certificate that is genuine; whether it added anything.
    pub(super) fn take(&mut self, certificate: &Certificate) -> bool {
        let (kind, view) = (certificate.kind, certificate.view);
        if !self.lacks(kind, view) {
            return false;
        }
        if kind == Kind::Notarize {
            // Holding both a Notarization and a Nullification for a view, it prefers the Notarization.
            self.best = Some(certificate.clone());
            self.nullified.retain(|nullified, _| *nullified > view);
        } else {
            self.nullified.insert(view, certificate.clone());
        }
        true
    }

    /// Notarization(u, x) for the highest u < v and Nullifications for every view in (u, v); `None` while one is missing.
    pub(super) fn justification(&self, view: u64) -> Option<Justification> {
        let due = self.best_view() + 1..view;
        let nullified: Vec<Certificate> = self.nullified.range(due.clone()).map(|(_, it)| it.clone()).collect();
        let complete = nullified.len() as u64 == due.end.saturating_sub(due.start);
        complete.then(|| Justification::new(self.best.clone(), nullified))
    }

    /// All that is known of it.
    pub(super) fn all(&self) -> impl Iterator<Item = &Certificate> {
        self.best.iter().chain(self.nullified.values())
    }
}
