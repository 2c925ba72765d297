//! Which algorithm.

use crate::name::{name, name_macro};

name! {
    /// The name under which an algorithm is registered.
    ///
    /// ```
    /// use moai_core::AlgorithmName;
    ///
    /// let id = AlgorithmName::new("quorum")?;
    /// assert_eq!(id.as_str(), "quorum");
    /// assert!(AlgorithmName::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    AlgorithmName, "algorithm name", "algorithm_name"
}

name_macro!($ algorithm_name, AlgorithmName, "quorum");
