//! Whether everything in a certificate is what it says: about this vote, and signed by who is said to have.

use std::collections::BTreeMap;

use moai_core::AgentId;

use super::{Certificate, CertificateFlaw, Proven};
use crate::seal::of_ballots;
use crate::terms::Judged;
use crate::{Ballot, BallotFlaw, Claim, EvidenceFlaw, Terms, Verifier, VoterKey};

impl Certificate {
    /// What it proves about a vote on these terms. It needs nothing else: no network, no clock, no word of whoever managed
    /// the vote.
    ///
    /// # Errors
    ///
    /// The first flaw, in this order: it is about something else; it is not sorted; something in it is of another vote or
    /// not signed by who is said to have; the decision does not follow.
    pub fn verify(&self, terms: &Terms, verifier: &dyn Verifier) -> Result<Proven, CertificateFlaw> {
        if self.proposal.digest() != terms.proposal() {
            return Err(CertificateFlaw::OtherProposal);
        }
        if self.electorate != *terms.electorate() {
            return Err(CertificateFlaw::OtherElectorate);
        }
        if self.instance != terms.instance() {
            return Err(CertificateFlaw::OtherRule);
        }
        self.is_sorted()?;
        self.is_signed(terms, verifier)?;
        let taken_out =
            |ballot: &&Ballot| self.evidence.binary_search_by(|evidence| evidence.voter().cmp(&ballot.voter)).is_ok();
        if let Some(ballot) = self.ballots().find(taken_out) {
            return Err(CertificateFlaw::TwoThings(ballot.voter.clone()));
        }
        self.follows(terms)
    }

    fn is_sorted(&self) -> Result<(), CertificateFlaw> {
        let ballots = self
            .ballots
            .is_sorted_by(|left, right| left.voter.cmp(&right.voter).then(left.round.cmp(&right.round)).is_lt());
        let evidence = self.evidence.is_sorted_by(|left, right| left.voter() < right.voter());
        if ballots && evidence { Ok(()) } else { Err(CertificateFlaw::Unsorted) }
    }

    /// Checks what each says, and then all signatures in one batch: of those that fail the first is named.
    fn is_signed(&self, terms: &Terms, verifier: &dyn Verifier) -> Result<(), CertificateFlaw> {
        let rounds = match terms.judged() {
            Judged::Rule(_) => 1,
            Judged::Rounds(bound) => bound.rounds,
        };
        let domain = of_ballots(self.instance);
        let mut claims: Vec<Claim<'_>> = Vec::with_capacity(self.ballots.len() + 2 * self.evidence.len());
        for ballot in self.ballots() {
            let key = key(terms, &ballot.voter)?;
            if !self.is_about(ballot) || !(1..=rounds).contains(&ballot.round) {
                return Err(CertificateFlaw::OtherVote(ballot.voter.clone()));
            }
            let flawed = |flaw| CertificateFlaw::Ballot { voter: ballot.voter.clone(), flaw };
            claims.push(ballot.whole().map_err(flawed)?.claim(key, domain));
        }
        for evidence in self.evidence() {
            let (voter, key) = (evidence.voter(), key(terms, evidence.voter())?);
            let flawed = |flaw| CertificateFlaw::Evidence { voter: voter.clone(), flaw };
            evidence.shows().map_err(flawed)?;
            if !self.is_about(&evidence.first) {
                return Err(flawed(EvidenceFlaw::OtherVote));
            }
            for ballot in [&evidence.first, &evidence.second] {
                let seal = ballot.whole().map_err(|flaw| flawed(EvidenceFlaw::Ballot(flaw)))?;
                claims.push(seal.claim(key, domain));
            }
        }
        let Some(failing) = verifier.failing(&claims).first().copied() else { return Ok(()) };
        let flaw = BallotFlaw::BadSignature;
        Err(match self.ballots.get(failing) {
            Some(ballot) => CertificateFlaw::Ballot { voter: ballot.voter.clone(), flaw },
            None => {
                let accused = self.evidence.get((failing - self.ballots.len()) / 2);
                let voter = accused.map_or_else(|| self.proposal.proposer().clone(), |its| its.voter().clone());
                CertificateFlaw::Evidence { voter, flaw: EvidenceFlaw::Ballot(flaw) }
            }
        })
    }

    /// Whether a ballot is about this vote: by the name that its voter was shown, and by what stands for all of it.
    fn is_about(&self, ballot: &Ballot) -> bool {
        ballot.instance == self.instance && ballot.proposal == *self.proposal.id()
    }

    /// The ballots of each voter, in the order of rounds.
    pub(super) fn by_voter(&self) -> BTreeMap<&AgentId, Vec<&Ballot>> {
        let mut by_voter: BTreeMap<&AgentId, Vec<&Ballot>> = BTreeMap::new();
        self.ballots().for_each(|ballot| by_voter.entry(&ballot.voter).or_default().push(ballot));
        by_voter
    }
}

fn key<'a>(terms: &'a Terms, voter: &AgentId) -> Result<&'a VoterKey, CertificateFlaw> {
    terms.electorate().own_key(voter).ok_or_else(|| CertificateFlaw::NoKey(voter.clone()))
}
