//! Certificates prove what their ballots carry, and do not contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use moai_consensus::{Certificate, Choice, Decision, Proven, Terms, Verifier};
use moai_core::{AgentId, Digest};

use super::Counted;
use crate::Violation;

/// **A certificate never verifies for what its ballots do not carry**: what it proves is counted by hand. And **no two that
/// verify contradict each other, unless more lied than the vote bears**, whoever put them together, of whatever ballots.
///
/// ```
/// use moai_sim::invariant::CertificatesHold;
///
/// let held = CertificatesHold::with_liars(0);
/// assert_eq!(held.proven(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct CertificatesHold {
    liars: u64,
    proven: BTreeMap<Digest, BTreeSet<&'static str>>,
}

impl CertificatesHold {
    /// In a world in which so many sign whatever they like.
    #[must_use]
    pub fn with_liars(liars: u64) -> Self {
        Self { liars, proven: BTreeMap::new() }
    }

    /// On how many votes something is proven.
    #[must_use]
    pub fn proven(&self) -> usize {
        self.proven.len()
    }

    /// Somebody shows a certificate to whoever knows these terms. Gives what it proves.
    ///
    /// # Errors
    ///
    /// When it verifies, and its ballots do not carry that, or another one that verified says the contrary.
    pub fn show(
        &mut self,
        certificate: &Certificate,
        terms: &Terms,
        counted: Counted,
        verifier: &dyn Verifier,
    ) -> Result<Option<Decision>, Violation> {
        let Ok(Proven::Decision(decision)) = certificate.verify(terms, verifier) else { return Ok(None) };
        let broken = |what: String| Err(Violation::new("a certificate proves what its ballots carry", what));
        if certificate.proposal().digest() != terms.proposal() {
            return broken(format!("that of {} proves another proposal", certificate.proposal().id()));
        }
        if !carries(certificate, terms, counted, decision) {
            return broken(format!("that of {} is {decision} by too few", certificate.proposal().id()));
        }
        let all = self.proven.entry(terms.instance()).or_default();
        all.insert(decision.as_str());
        let borne = match counted {
            Counted::Confirmed { faults, .. } => faults,
            Counted::MoreThan(..) | Counted::Everybody => 0,
        };
        if all.len() > 1 && self.liars <= borne {
            let what = format!("{} is {all:?}, and {} lie", certificate.proposal().id(), self.liars);
            return Err(Violation::new("certificates do not contradict each other", what));
        }
        Ok(Some(decision))
    }
}

/// Whether the decision follows from these ballots, whatever the others say.
fn carries(certificate: &Certificate, terms: &Terms, counted: Counted, decision: Decision) -> bool {
    let members = terms.electorate().len() as u64;
    let rounds = match counted {
        Counted::Confirmed { rounds, .. } => rounds,
        Counted::MoreThan(..) | Counted::Everybody => 1,
    };
    let mut said: BTreeMap<&AgentId, (BTreeSet<u32>, BTreeSet<Choice>)> = BTreeMap::new();
    for ballot in certificate.ballots().filter(|ballot| terms.electorate().index_of(&ballot.voter).is_some()) {
        let (its_rounds, choices) = said.entry(&ballot.voter).or_default();
        its_rounds.insert(ballot.round);
        choices.insert(ballot.choice);
    }
    let in_favour = said
        .values()
        .filter(|(heard, choices)| heard.len() as u64 == u64::from(rounds) && choices.iter().eq([&Choice::For]));
    let (in_favour, accused) = (in_favour.count() as u64, certificate.evidence().len() as u64);
    let lost = said.values().filter(|(_, choices)| !choices.contains(&Choice::For)).count() as u64 + accused;
    let passes = |votes: u64| match counted {
        Counted::MoreThan(above, below) => votes * below > above * members,
        Counted::Everybody => votes == members,
        Counted::Confirmed { faults, .. } => votes > (members + faults) / 2,
    };
    match (decision, counted) {
        (Decision::Approved, _) => passes(in_favour),
        (Decision::Rejected, Counted::Confirmed { faults, .. }) => {
            accused > faults || !passes((members.saturating_sub(lost)).saturating_add(faults))
        }
        (Decision::Rejected, _) => !passes(members.saturating_sub(lost)),
        (Decision::Timeout, _) => false,
    }
}
