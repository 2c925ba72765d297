//! What signed bytes are about, so that they count nowhere else.

use moai_core::{Digest, DigestBuilder};

/// What signed bytes are about: a kind of message, and the vote that it belongs to. A signature under one domain is none
/// under another.
///
/// ```
/// use moai_consensus::Domain;
/// use moai_core::value;
///
/// let vote = value!("stands for proposal, electorate and rule").digest();
/// let ballot = Domain::new("example/ballot/1", vote);
/// assert_ne!(ballot.message(b"yes"), Domain::new("example/veto/1", vote).message(b"yes"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    kind: &'static str,
    instance: Digest,
}

impl Domain {
    /// The domain of one kind of message, with its version, in one vote.
    #[must_use]
    pub const fn new(kind: &'static str, instance: Digest) -> Self {
        Self { kind, instance }
    }

    /// The kind of message, with its version.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// The vote that it belongs to.
    #[must_use]
    pub const fn instance(&self) -> Digest {
        self.instance
    }

    /// What is signed in place of the bytes: SHA-256 by [`DigestBuilder`] under the domain `moai/signed/1` of the kind,
    /// the instance, and the bytes as they are sent.
    #[must_use]
    pub fn message(&self, bytes: &[u8]) -> Digest {
        DigestBuilder::new("moai/signed/1").text(self.kind).digest(&self.instance).bytes(bytes).finish()
    }
}
