//! What kind of message.

use crate::name::{name, name_macro};

name! {
    /// What an envelope carries: the word by which handlers know their messages.
    ///
    /// ```
    /// use moai_core::MessageKind;
    ///
    /// let id = MessageKind::new("consensus_request")?;
    /// assert_eq!(id.as_str(), "consensus_request");
    /// assert!(MessageKind::new("Not a name").is_err());
    /// # Ok::<(), moai_core::InvalidInput>(())
    /// ```
    MessageKind, "message kind", "message_kind"
}

name_macro!($ message_kind, MessageKind, "consensus_request");
