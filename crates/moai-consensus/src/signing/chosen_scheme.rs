//! Which scheme signatures are checked by.

use std::fmt;
use std::sync::Arc;

use crate::Verifier;

/// Which scheme signatures are checked by: the usual one, or another. It is no part of what a vote is about.
#[derive(Clone, Default)]
pub(crate) struct ChosenScheme(Option<Arc<dyn Verifier>>);

impl ChosenScheme {
    /// Ed25519 with feature `signing`; without it nothing.
    pub(crate) const USUAL: Self = Self(None);

    pub(crate) fn of(verifier: Arc<dyn Verifier>) -> Self {
        Self(Some(verifier))
    }

    pub(crate) fn verifier(&self) -> Option<&dyn Verifier> {
        #[cfg(feature = "signing")]
        const USUAL: Option<&dyn Verifier> = Some(&crate::Ed25519);
        #[cfg(not(feature = "signing"))]
        const USUAL: Option<&dyn Verifier> = None;
        self.0.as_deref().or(USUAL)
    }
}

impl PartialEq for ChosenScheme {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ChosenScheme {}

impl fmt::Debug for ChosenScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "ChosenScheme(another)" } else { "ChosenScheme(usual)" })
    }
}
