//! Answers that arrived, and whether they are the word of those in whose name they came.
//!
//! Signatures are checked before a vote is touched, outside of every lock, and of answers that arrived together in one batch.

use std::sync::Arc;

use moai_core::{Coded, Envelope, InvalidInput};

use super::shared::Shared;
use super::tasks::Latest;
use crate::seal::{Seal, of_ballots, of_failures};
use crate::{Ballot, BallotFlaw, Claim, Domain, Electorate, EvidenceFlaw, Input, Reply, Verifier, VoteError, VoterKey};

/// An answer that arrived.
pub(super) struct Arrived {
    pub(super) envelope: Envelope,
    pub(super) read: Result<Reply, InvalidInput>,
    /// The signature of a failure.
    failure: Option<Seal>,
    /// Whose signature it has to have, and under which domain.
    pub(super) due: Option<(VoterKey, Domain)>,
    /// Why it is not the word of who is to have said it.
    pub(super) flaw: Option<BallotFlaw>,
}

impl Arrived {
    /// Reads what arrived together, and checks all signatures that are due.
    pub(super) fn read_all(shared: &Shared, envelopes: &mut Vec<Envelope>, latest: &mut Latest) -> Vec<Self> {
        let mut all: Vec<Self> = envelopes.drain(..).map(|envelope| Self::read(shared, envelope, latest)).collect();
        let places: Vec<usize> =
            all.iter().enumerate().filter(|(_, its)| its.due.is_some()).map(|(place, _)| place).collect();
        if places.is_empty() {
            return all;
        }
        let claims: Vec<Claim<'_>> = all.iter().filter_map(Self::claim).collect();
        let failing = failing(shared.options.scheme.verifier(), &claims);
        for (number, place) in places.into_iter().enumerate() {
            if let Some(its) = all.get_mut(place) {
                its.judge(failing.binary_search(&number).is_err());
            }
        }
        all
    }

    /// Whether anything in there has a signature, so that checking together is worth the room it takes.
    pub(super) fn any_signed(envelopes: &[Envelope]) -> bool {
        envelopes.iter().any(|envelope| Reply::is_signed(envelope.payload()))
    }

    pub(super) fn read(shared: &Shared, envelope: Envelope, latest: &mut Latest) -> Self {
        let limits = &shared.options.limits;
        let read = Reply::read_from(Some(envelope.sender()), latest.id(), envelope.payload(), limits);
        let (read, failure) = match read {
            Ok((reply, failure)) => (Ok(reply), failure),
            Err(why) => (Err(why), None),
        };
        let mut arrived = Self { envelope, read, failure, due: None, flaw: None };
        let Ok((voter, proposal)) = arrived.read.as_ref().map(Reply::about) else { return arrived };
        // What is not open is checked where it is found to be too late, and who answers for others is refused anyway.
        let open = latest.find(shared, proposal).filter(|_| voter == arrived.envelope.sender());
        let Some((session, key)) = open.and_then(|open| Some((open, *open.voters.key(voter)?))) else { return arrived };
        let signed = match &arrived.read {
            Ok(Reply::Ballot(ballot)) => ballot.whole().map(|_| of_ballots(ballot.instance)),
            Ok(Reply::Failed { instance, .. }) if arrived.failure.is_some() => {
                Ok(of_failures(*instance, session.correlation))
            }
            _ => Err(BallotFlaw::Unsigned),
        };
        match signed {
            Ok(domain) => arrived.due = Some((key, domain)),
            Err(flaw) => arrived.flaw = Some(flaw),
        }
        arrived
    }

    fn claim(&self) -> Option<Claim<'_>> {
        let (key, domain) = self.due.as_ref()?;
        let seal = match &self.read {
            Ok(Reply::Ballot(ballot)) => ballot.seal.as_deref()?,
            _ => self.failure.as_ref()?,
        };
        Some(seal.claim(key, *domain))
    }

    fn judge(&mut self, verifies: bool) {
        match (&mut self.read, self.due) {
            _ if !verifies => self.flaw = Some(BallotFlaw::BadSignature),
            (Ok(Reply::Ballot(ballot)), Some((key, _))) => ballot.seal.iter_mut().for_each(|seal| seal.check(key)),
            _ => {}
        }
    }
}

/// The places of those that do not verify: all, where nothing checks them.
fn failing(verifier: Option<&dyn Verifier>, claims: &[Claim<'_>]) -> Vec<usize> {
    verifier.map_or_else(|| (0..claims.len()).collect(), |verifier| verifier.failing(claims))
}

impl Shared {
    /// Counts an answer that did not count.
    pub(super) fn refuse(&self, refused: &VoteError) {
        self.desk().statistics.refuse_answer(refused.code());
        self.counted.notify_one();
    }

    /// An input as it may be given to a vote: of a voter that has a key only its own word, which then need not be checked
    /// again.
    pub(super) fn check_input(&self, voters: &Electorate, input: Input) -> Result<Input, VoteError> {
        let verifier = || self.options.scheme.verifier().ok_or(BallotFlaw::BadSignature);
        match input {
            Input::Ballot(mut ballot) => {
                if let Some(key) = voters.key(&ballot.voter) {
                    let checked =
                        verifier().and_then(|verifier| Arc::make_mut(&mut ballot).check_signature(key, verifier));
                    let flawed = |flaw| VoteError::flawed(ballot.proposal.clone(), ballot.voter.clone(), flaw);
                    checked.map_err(flawed)?;
                }
                Ok(Input::Ballot(ballot))
            }
            Input::Evidence(mut evidence) => {
                if let Some(key) = voters.key(evidence.voter()) {
                    let (proposal, voter) = (evidence.first.proposal.clone(), evidence.voter().clone());
                    let checked = verifier()
                        .map_err(EvidenceFlaw::Ballot)
                        .and_then(|verifier| Arc::make_mut(&mut evidence).check_signatures(key, verifier));
                    checked.map_err(|flaw| VoteError::BadEvidence { proposal, voter, flaw })?;
                }
                Ok(Input::Evidence(evidence))
            }
            input => Ok(input),
        }
    }

    /// Checks all ballots that were recorded of a vote in one batch. Those that fail are left to the vote, which refuses
    /// them.
    pub(super) fn check_recorded<'a>(&self, voters: &Electorate, inputs: impl Iterator<Item = &'a mut Input>) {
        if !voters.has_keys() {
            return;
        }
        let keyed = inputs.filter_map(|input| match input {
            Input::Ballot(ballot) => {
                let key = *voters.key(&ballot.voter)?;
                ballot.whole().is_ok().then_some((ballot, key))
            }
            _ => None,
        });
        let mut keyed: Vec<(&mut Arc<Ballot>, VoterKey)> = keyed.collect();
        let claim = |(ballot, key): &'_ (&mut Arc<Ballot>, VoterKey)| {
            let seal = ballot.seal.as_deref();
            seal.map(|seal| (seal.bytes().to_vec(), *seal.signature(), *key, of_ballots(ballot.instance)))
        };
        let owned: Vec<_> = keyed.iter().filter_map(claim).collect();
        let claims: Vec<Claim<'_>> = owned
            .iter()
            .map(|(bytes, signature, key, domain)| Claim { key, domain: *domain, bytes, signature })
            .collect();
        let failing = failing(self.options.scheme.verifier(), &claims);
        for (number, (ballot, key)) in keyed.iter_mut().enumerate() {
            if failing.binary_search(&number).is_err() {
                Arc::make_mut(ballot).seal.iter_mut().for_each(|seal| seal.check(*key));
            }
        }
    }
}
