//! A name that has its algorithm already.

use moai_core::{Aftermath, AlgorithmName, Coded};

/// An algorithm is registered under that name already, and stays.
///
/// ```
/// use moai_consensus::AlgorithmTaken;
/// use moai_core::{Coded, algorithm_name};
///
/// let taken = AlgorithmTaken::new(algorithm_name!("weighted"));
/// assert_eq!(taken.code(), "consensus.algorithm_taken");
/// assert_eq!(
///     taken.to_string(),
///     "there is an algorithm weighted already, and `replace_algorithm` replaces it; nothing changed"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is an algorithm {name} already, and `replace_algorithm` replaces it; nothing changed")]
#[non_exhaustive]
pub struct AlgorithmTaken {
    /// The name.
    pub name: AlgorithmName,
}

impl AlgorithmTaken {
    /// Every code that this error can carry.
    pub const CODES: &'static [&'static str] = &["consensus.algorithm_taken"];

    /// The name that is taken.
    #[must_use]
    pub const fn new(name: AlgorithmName) -> Self {
        Self { name }
    }
}

impl Coded for AlgorithmTaken {
    fn code(&self) -> &'static str {
        "consensus.algorithm_taken"
    }

    fn aftermath(&self) -> Aftermath {
        Aftermath::NothingChanged
    }
}
