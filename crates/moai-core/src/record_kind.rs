//! What kind of journal record.

use crate::name::{name, name_macro};

name! {
    /// What a journal record holds.
    ///
    /// ```
    /// use moai_core::RecordKind;
    ///
    /// let id = RecordKind::new("decision")?;
    /// assert_eq!(id.as_str(), "decision");
    /// assert!(RecordKind::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    RecordKind, "record kind", "record_kind"
}

name_macro!($ record_kind, RecordKind, "decision");
