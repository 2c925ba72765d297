//! A vote that is over: what may still be recorded of it.

use moai_core::{Digest, ProposalId};

use super::Flaw;
use super::facts::Facts;
use crate::signing::ChosenScheme;
use crate::{Electorate, Entry};

/// A vote that is over.
pub(super) struct Past {
    pub(super) proposal: ProposalId,
    pub(super) electorate: Electorate,
    pub(super) instance: Option<Digest>,
    pub(super) scheme: ChosenScheme,
}

impl Past {
    /// Ballots that come too late and contradictions are recorded behind the end, and so is a session that is gone: of the
    /// decision that changes nothing. Nothing else may come.
    pub(super) fn take(&self, entry: &mut Entry) -> Result<(), Flaw> {
        let Self { proposal, electorate, instance, scheme } = self;
        match entry {
            Entry::Late(_) | Entry::Evidence(_) => {
                Facts { proposal, electorate, instance: *instance, scheme }.check(entry)
            }
            Entry::Ended { .. } => Ok(()),
            _ => Err(Flaw::NotOpened { proposal: proposal.clone() }),
        }
    }
}
