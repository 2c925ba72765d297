//! What can be wrong with what the other side says.

use moai_core::{Aftermath, Coded, InvalidInput};

/// A message of the other side was refused. The sets are as they were; the exchange is over.
///
/// ```
/// use moai_core::Coded;
/// use moai_sync::reconcile::{Answerer, ReconcileLimits, ReconcileSet};
///
/// let mut set = ReconcileSet::<String>::new();
/// let refused = Answerer::new(ReconcileLimits::default()).receive(&mut set, &[1, 99]).unwrap_err();
/// assert_eq!(refused.code(), "input.malformed");
/// assert_eq!(refused.to_string(), "message kind does not parse: 99 is not known; nothing changed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// A message does not parse, or is over a limit.
    #[error(transparent)]
    Input(#[from] InvalidInput),
    /// A message that may not come here.
    #[error("the message `{kind}` may not come {here}; nothing changed")]
    Unexpected {
        /// What came.
        kind: &'static str,
        /// Where the exchange stood.
        here: &'static str,
    },
    /// Symbols that no set has, or that contradict what was said before.
    #[error("{field} cannot be true: {why}; nothing changed")]
    Nonsense {
        /// What contradicts.
        field: &'static str,
        /// What it contradicts.
        why: &'static str,
    },
}

impl ReconcileError {
    /// The codes of its own; what does not fit has that of [`InvalidInput`].
    ///
    /// ```
    /// use moai_sync::reconcile::ReconcileError;
    /// assert_eq!(ReconcileError::CODES, ["reconcile.unexpected", "reconcile.nonsense"]);
    /// ```
    pub const CODES: &'static [&'static str] = &["reconcile.unexpected", "reconcile.nonsense"];

    /// The field that was refused.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Input(input) => input.field(),
            Self::Unexpected { .. } => "message kind",
            Self::Nonsense { field, .. } => field,
        }
    }

    pub(super) const fn nonsense(field: &'static str, why: &'static str) -> Self {
        Self::Nonsense { field, why }
    }
}

impl Coded for ReconcileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Input(input) => input.code(),
            Self::Unexpected { .. } => "reconcile.unexpected",
            Self::Nonsense { .. } => "reconcile.nonsense",
        }
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
