//! What shows that more lie than may: then nothing that was agreed on can be relied on.

use std::sync::Arc;

use super::{Certificate, Flaw, Kind, Part, Proof, Setting};
use crate::Verifier;

/// What shows that more weight lies than the setting bears. Whoever holds one claims no outcome: another may be claimed
/// elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Breach {
    /// These have lied, one proof of each, and together they weigh more than may lie.
    Liars(Vec<Arc<Proof>>),
    /// Two quorums have finalized two outcomes. That takes more liars than may be, though it need not show who they are.
    Outcomes(Box<[Certificate; 2]>),
}

impl Breach {
    /// Whether it shows what it claims, to anyone who knows the setting.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(&self, setting: &Setting, verifier: &dyn Verifier) -> Result<(), Flaw> {
        match self {
            Self::Liars(proofs) => {
                let mut places: Vec<u32> = proofs.iter().map(|proof| proof.accused()).collect();
                places.sort_unstable();
                places.dedup();
                if !proofs.iter().all(|proof| proof.verify(setting, verifier).is_ok()) {
                    return Err(Flaw::NoLie);
                }
                let enough = setting.weights(places.into_iter()) > setting.faults();
                if enough { Ok(()) } else { Err(Flaw::TooFew) }
            }
            Self::Outcomes(both) => {
                let [one, other] = both.as_ref();
                if one.record == other.record {
                    return Err(Flaw::NoLie);
                }
                both.iter().try_for_each(|it| {
                    if it.kind != Kind::Finalize {
                        return Err(Flaw::OtherVote);
                    }
                    it.verify(setting, verifier)
                })
            }
        }
    }

    /// What all others are told.
    pub(super) fn parts(&self) -> Vec<Part> {
        match self {
            Self::Liars(proofs) => proofs.iter().map(|proof| Part::Proof(Box::new(proof.as_ref().clone()))).collect(),
            Self::Outcomes(both) => both.iter().cloned().map(Part::Certificate).collect(),
        }
    }
}
