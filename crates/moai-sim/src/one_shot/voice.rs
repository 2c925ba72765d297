//! What a liar needs to say something of its own in an agreement.

use std::sync::Arc;

use moai_consensus::Signer;
use moai_consensus::one_shot::{Message, Part, Said, Setting};

/// What a liar needs to say something of its own in an agreement: its setting, its place, and its key.
#[derive(Clone)]
pub struct Voice {
    /// What is agreed on, and who takes part.
    pub setting: Setting,
    /// Its place.
    pub me: u32,
    signer: Arc<dyn Signer>,
}

impl Voice {
    /// A voice of its own.
    #[must_use]
    pub const fn new(setting: Setting, me: u32, signer: Arc<dyn Signer>) -> Self {
        Self { setting, me, signer }
    }

    /// Signs a message.
    #[must_use]
    pub fn say(&self, message: &Message) -> Said {
        self.say_as(self.me, message)
    }

    /// Signs a message with its own key in the name of another, which nobody should believe.
    #[must_use]
    pub fn say_as(&self, other: u32, message: &Message) -> Said {
        Said::sign(&self.setting, other, self.signer.as_ref(), message)
    }

    /// The bytes that carry these.
    #[must_use]
    pub fn packet(parts: &[Part]) -> Arc<[u8]> {
        Part::pack(parts).into()
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice").field("me", &self.me).finish_non_exhaustive()
    }
}
