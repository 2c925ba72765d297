//! What agents sign.

use moai_core::{Digest, InvalidInput};

use super::setting::limits;
use super::{Kind, Proposition, Statement};
use crate::codec::{Reader, Writer};

/// What agents sign, each kind under a domain of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// A ballot, or that there will be none.
    Statement(Statement),
    /// A leader proposes an outcome, and shows why it may.
    Propose(Box<Proposition>),
    /// A proposal was found valid.
    Notarize {
        /// In which view.
        view: u64,
        /// What stands for the proposed outcome.
        record: Digest,
        /// What stands for the proposal as it was signed: whoever notarizes a bad one can be shown both.
        proposal: Digest,
    },
    /// A view took too long.
    Nullify {
        /// Which view.
        view: u64,
    },
    /// A proposal was seen notarized, and its view was not nullified by the signer.
    Finalize {
        /// In which view.
        view: u64,
        /// What stands for the proposed outcome.
        record: Digest,
    },
}

impl Message {
    /// Which it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Statement(_) => Kind::Statement,
            Self::Propose(_) => Kind::Propose,
            Self::Notarize { .. } => Kind::Notarize,
            Self::Nullify { .. } => Kind::Nullify,
            Self::Finalize { .. } => Kind::Finalize,
        }
    }

    /// The view that it is about; a statement is about none.
    #[must_use]
    pub fn view(&self) -> Option<u64> {
        match self {
            Self::Statement(_) => None,
            Self::Propose(proposition) => Some(proposition.view),
            Self::Notarize { view, .. } | Self::Nullify { view } | Self::Finalize { view, .. } => Some(*view),
        }
    }

    /// The bytes to sign and to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let to = Writer::new(80);
        match self {
            Self::Statement(statement) => statement.write(to),
            Self::Propose(proposition) => proposition.write(to),
            Self::Notarize { view, record, proposal } => to.u64(*view).digest(record).digest(proposal),
            Self::Nullify { view } => to.u64(*view),
            Self::Finalize { view, record } => to.u64(*view).digest(record),
        }
        .finish()
    }

    /// Reads the bytes of a message of one kind.
    ///
    /// # Errors
    ///
    /// What cannot be read. That depends on the bytes alone: all agents agree about it.
    pub fn read(kind: Kind, bytes: &[u8]) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("one-shot message", bytes, limits())?;
        let message = match kind {
            Kind::Statement => Self::Statement(Statement::read(&mut from)?),
            Kind::Propose => Self::Propose(Box::new(Proposition::read(&mut from)?)),
            Kind::Notarize => Self::Notarize { view: from.u64()?, record: from.digest()?, proposal: from.digest()? },
            Kind::Nullify => Self::Nullify { view: from.u64()? },
            Kind::Finalize => Self::Finalize { view: from.u64()?, record: from.digest()? },
        };
        from.end()?;
        Ok(message)
    }
}
