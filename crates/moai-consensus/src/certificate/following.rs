//! What follows from signed ballots, whatever those may have said who are not heard.

use moai_core::AgentId;

use super::{Certificate, CertificateFlaw, Proven};
use crate::session::Bound;
use crate::terms::Judged;
use crate::{Choice, Decision, Rule, Status, Tally, Terms, determine};

impl Certificate {
    /// What is proven, once everything in it is known to be genuine.
    pub(super) fn follows(&self, terms: &Terms) -> Result<Proven, CertificateFlaw> {
        let (status, unheard) = match terms.judged() {
            Judged::Rule(rule) => self.by_rule(rule.as_ref(), terms),
            Judged::Rounds(bound) => self.by_rounds(*bound, terms)?,
        };
        let follows = match status {
            Status::Pass => Decision::Approved,
            Status::Fail => Decision::Rejected,
            Status::Open if self.decision == Decision::Approved => return Err(CertificateFlaw::NotApproved),
            Status::Open => return Ok(Proven::Ballots { claimed: self.decision, unheard }),
        };
        match self.decision {
            decision if decision == follows => Ok(Proven::Decision(decision)),
            Decision::Approved => Err(CertificateFlaw::NotApproved),
            _ => Err(CertificateFlaw::OtherDecision(follows)),
        }
    }

    /// Who is not heard may have said anything, or nothing.
    fn by_rule(&self, rule: &dyn Rule, terms: &Terms) -> (Status, Vec<AgentId>) {
        let electorate = terms.electorate();
        let mut tally = Tally::new(electorate.clone());
        for ballot in self.ballots() {
            if let Some(place) = electorate.index_of(&ballot.voter) {
                tally.record(place, ballot.choice.into());
            }
        }
        let heard = |id: &&AgentId| self.ballots.binary_search_by(|ballot| ballot.voter.cmp(*id)).is_err();
        (determine(rule, &tally).status, electorate.ids().filter(heard).cloned().collect())
    }

    /// Confirmed is who said the same in each round. Who is proven to have said two things counts for no side.
    fn by_rounds(&self, bound: Bound, terms: &Terms) -> Result<(Status, Vec<AgentId>), CertificateFlaw> {
        let (electorate, by_voter) = (terms.electorate(), self.by_voter());
        let (mut confirmed, mut lost, mut proven, mut unheard) = (0, 0, 0, Vec::new());
        for elector in electorate.electors() {
            let said = by_voter.get(&elector.id).map_or(&[][..], Vec::as_slice);
            let first = said.first().map(|ballot| ballot.choice);
            if said.iter().any(|ballot| Some(ballot.choice) != first) {
                return Err(CertificateFlaw::TwoThings(elector.id.clone()));
            }
            let in_all = said.len() as u64 == u64::from(bound.rounds);
            if self.evidence.binary_search_by(|evidence| evidence.voter().cmp(&elector.id)).is_ok() {
                proven += elector.weight;
                lost += elector.weight;
                continue;
            }
            match first {
                Some(Choice::For) if in_all => confirmed += elector.weight,
                Some(Choice::Against | Choice::Abstain) => lost += elector.weight,
                _ => {}
            }
            if !in_all {
                unheard.push(elector.id.clone());
            }
        }
        let (total, quorum) = (electorate.total_weight(), bound.quorum(electorate.total_weight()));
        // Of those who are against it as many as may lie can have said something else elsewhere: only what is beyond their
        // reach is rejected for everybody. Then a certificate to the contrary takes more liars than can be borne.
        let within_reach = u128::from(total - lost) + u128::from(bound.faults);
        let status = if proven > bound.faults || within_reach < u128::from(quorum) {
            Status::Fail
        } else if confirmed >= quorum {
            Status::Pass
        } else {
            Status::Open
        };
        Ok((status, unheard))
    }
}
