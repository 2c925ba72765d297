//! What was told stays decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_consensus::{Entry, Outcome};
use moai_core::{ProposalId, Record};

use crate::Violation;

/// **An outcome is told once it is durable, and it is never another one afterwards**, whatever crashes.
///
/// ```
/// use moai_sim::invariant::ToldOutcomes;
/// use moai_core::ProposalId;
///
/// // Nothing was told of it, so a manager may know nothing of it either.
/// assert!(ToldOutcomes::default().remembered(&ProposalId::new("deploy")?, None).is_ok());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ToldOutcomes {
    told: BTreeMap<ProposalId, Arc<Outcome>>,
}

impl ToldOutcomes {
    /// An outcome is told, while these records are durable.
    ///
    /// # Errors
    ///
    /// When it is not among the records, or another one was told before.
    pub fn tell(&mut self, outcome: &Arc<Outcome>, durable: &[Record]) -> Result<(), Violation> {
        let decided =
            durable.iter().rev().filter_map(|record| Entry::from_payload(&record.kind, &record.payload).ok()?);
        let is_durable = decided.into_iter().any(|entry| matches!(entry, Entry::Decided(kept) if kept == *outcome));
        if !is_durable {
            let what = format!("{} of {} was told and is not durable", outcome.decision, outcome.proposal);
            return Err(Violation::new("told is durable", what));
        }
        self.remembered(&outcome.proposal, Some(outcome))?;
        self.told.insert(outcome.proposal.clone(), outcome.clone());
        Ok(())
    }

    /// A manager knows this of a question.
    ///
    /// # Errors
    ///
    /// When something else was told of it.
    pub fn remembered(&self, question: &ProposalId, known: Option<&Arc<Outcome>>) -> Result<(), Violation> {
        match self.told.get(question) {
            Some(told) if known != Some(told) => {
                let now = known.map_or("nothing".to_owned(), |known| format!("{}, {}", known.decision, known.why));
                let what = format!("{question} was told as {} ({}), and is {now}", told.decision, told.why);
                Err(Violation::new("told stays decided", what))
            }
            _ => Ok(()),
        }
    }

    /// How many were told.
    #[must_use]
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// Whether none was told yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}
