//! The words in which a store and a journal fail alike.

use moai_core::{JournalError, StoreError};

/// The errors that a fault shows itself as.
pub(super) trait Failure {
    fn unavailable(why: String) -> Self;
    fn failed(why: String) -> Self;
    fn poisoned(why: String) -> Self;
    fn full(what: String) -> Self;
    fn corrupted(what: String, why: String) -> Self;
}

macro_rules! failure {
    ($error:ident) => {
        impl Failure for $error {
            fn unavailable(why: String) -> Self {
                Self::Unavailable { why }
            }

            fn failed(why: String) -> Self {
                Self::Failed { why }
            }

            fn poisoned(why: String) -> Self {
                Self::Poisoned { why }
            }

            fn full(what: String) -> Self {
                Self::Full { what }
            }

            fn corrupted(what: String, why: String) -> Self {
                Self::Corrupted { what, why }
            }
        }
    };
}

failure!(StoreError);
failure!(JournalError);
