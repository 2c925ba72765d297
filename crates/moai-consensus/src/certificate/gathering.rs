//! What a vote leaves behind that proves its outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::ProposalId;

use super::Certificate;
use crate::algorithm::BY_GOSSIP;
use crate::{Ballot, Entry, Evidence, Opening, Outcome};

impl Certificate {
    /// What proves an outcome, of the signed ballots that were counted and what came to light; nothing where nobody has a
    /// key.
    ///
    /// Who is proven to have said two things, and was not counted, stands in it with the proof.
    pub(crate) fn gather(
        opening: &Opening,
        outcome: &Outcome,
        signed: impl IntoIterator<Item = Arc<Ballot>>,
        evidence: &[Arc<Evidence>],
    ) -> Option<Self> {
        let electorate = &opening.electorate;
        if !electorate.has_keys() {
            return None;
        }
        let mut against = BTreeMap::new();
        for evidence in evidence {
            let counted = outcome.participants.binary_search(evidence.voter()).is_ok();
            if !counted && evidence.is_proof() && electorate.key(evidence.voter()).is_some() {
                against.entry(evidence.voter().clone()).or_insert_with(|| evidence.clone());
            }
        }
        let mut ballots: Vec<Arc<Ballot>> =
            signed.into_iter().filter(|ballot| !against.contains_key(&ballot.voter)).collect();
        ballots.sort_by(|left, right| (&left.voter, left.round).cmp(&(&right.voter, right.round)));
        Some(Self {
            proposal: opening.proposal.clone(),
            electorate: electorate.clone(),
            instance: outcome.instance,
            decision: outcome.decision,
            ballots,
            evidence: against.into_values().collect(),
        })
    }

    /// The certificate of the last vote of this name that is decided in a record, from the record alone; nothing where
    /// there is none, nobody had a key, or it was decided by gossip: how ballots went round is nobody's word.
    ///
    /// ```text
    /// let entries = records.iter().filter_map(|record| Entry::from_payload(&record.kind, &record.payload).transpose());
    /// let certificate = Certificate::of_record(&proposal, entries.collect::<Result<Vec<_>, _>>()?);
    /// ```
    #[must_use]
    pub fn of_record(proposal: &ProposalId, entries: impl IntoIterator<Item = Entry>) -> Option<Self> {
        let (mut vote, mut certificate) = (None, None);
        for entry in entries.into_iter().filter(|entry| entry.proposal() == proposal) {
            match (entry, &mut vote) {
                (Entry::Opened(opening), _) => vote = Some((opening, Vec::new(), Vec::new())),
                (Entry::Ballot(ballot), Some((_, ballots, _))) if ballot.is_signed() => ballots.push(ballot),
                (Entry::Evidence(evidence), Some((.., all))) => all.push(evidence),
                (Entry::Decided(outcome), _) => {
                    certificate = vote
                        .take()
                        .filter(|_| !outcome.rule.ends_with(BY_GOSSIP))
                        .and_then(|(opening, ballots, evidence)| Self::gather(&opening, &outcome, ballots, &evidence));
                }
                _ => {}
            }
        }
        certificate
    }
}
