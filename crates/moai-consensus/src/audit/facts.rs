//! What holds of every record of a vote, by whatever algorithm it runs.

use std::sync::Arc;

use moai_core::{AgentId, Digest, ProposalId};

use super::Flaw;
use crate::signing::ChosenScheme;
use crate::{Ballot, Electorate, Entry, Evidence};

/// Who may vote on what, and what is bound to it.
pub(super) struct Facts<'a> {
    pub(super) proposal: &'a ProposalId,
    pub(super) electorate: &'a Electorate,
    /// What ballots are bound to, as soon as that is known.
    pub(super) instance: Option<Digest>,
    pub(super) scheme: &'a ChosenScheme,
}

impl Facts<'_> {
    /// What the entry says that it is bound to, if it says so.
    pub(super) fn instance_of(entry: &Entry) -> Option<Digest> {
        match entry {
            Entry::Ballot(ballot) | Entry::Late(ballot) => Some(ballot.instance),
            Entry::Evidence(evidence) => Some(evidence.first.instance),
            Entry::Decided(outcome) => Some(outcome.instance),
            _ => None,
        }
    }

    /// Holds an entry against them.
    pub(super) fn check(&self, entry: &mut Entry) -> Result<(), Flaw> {
        self.hold(entry)?;
        match entry {
            Entry::Ballot(ballot) | Entry::Late(ballot) => self.sealed(Arc::make_mut(ballot)),
            Entry::Evidence(evidence) => {
                let Evidence { first, second, .. } = Arc::make_mut(evidence);
                self.sealed(first)?;
                self.sealed(second)
            }
            _ => Ok(()),
        }
    }

    fn hold(&self, entry: &Entry) -> Result<(), Flaw> {
        let proposal = || self.proposal.clone();
        match entry {
            Entry::Ballot(ballot) | Entry::Late(ballot) => self.member(&ballot.voter)?,
            Entry::Invalid { invalid, .. } => self.member(&invalid.voter)?,
            Entry::Evidence(evidence) => {
                self.member(evidence.voter())?;
                self.evidence(evidence)?;
            }
            Entry::Vetoed { by, .. } => {
                self.member(by)?;
                let place = self.electorate.index_of(by);
                if !place.and_then(|place| self.electorate.get(place)).is_some_and(|elector| elector.veto) {
                    return Err(Flaw::Refused { proposal: proposal(), why: format!("{by} has no veto") });
                }
            }
            _ => {}
        }
        match (Self::instance_of(entry), self.instance) {
            (Some(its), Some(instance)) if its != instance => Err(Flaw::Instance { proposal: proposal() }),
            _ => Ok(()),
        }
    }

    fn member(&self, voter: &AgentId) -> Result<(), Flaw> {
        match self.electorate.index_of(voter) {
            Some(_) => Ok(()),
            None => Err(Flaw::Stranger { proposal: self.proposal.clone(), voter: voter.clone() }),
        }
    }

    /// Whether a ballot is its voter's word, where the voter has a key and signatures can be checked.
    fn sealed(&self, ballot: &mut Ballot) -> Result<(), Flaw> {
        let (Some(key), Some(verifier)) = (self.electorate.key(&ballot.voter).copied(), self.scheme.verifier()) else {
            return Ok(());
        };
        let (proposal, voter) = (self.proposal.clone(), ballot.voter.clone());
        ballot.check_signature(&key, verifier).map_err(|flaw| Flaw::Signature { proposal, voter, flaw })
    }

    fn evidence(&self, evidence: &Evidence) -> Result<(), Flaw> {
        let about = |ballot: &Ballot| ballot.proposal == *self.proposal;
        let shown = Evidence::of(&evidence.first, &evidence.second).is_some_and(|shown| shown == *evidence);
        if shown && about(&evidence.first) && about(&evidence.second) {
            return Ok(());
        }
        Err(Flaw::Evidence { proposal: self.proposal.clone(), voter: evidence.voter().clone() })
    }
}
