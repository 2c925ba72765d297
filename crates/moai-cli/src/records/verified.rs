//! Verifying everything.

use std::collections::BTreeSet;

use moai_flow::consensus::Entry;
use moai_flow::consensus::audit::Audit;
use moai_flow::swarm::audit::{Report, Step, Trail};
use moai_flow::{Head, Record, Value};

use super::{Flaw, Gates, Source};
use crate::gate::{GateRecord, WrittenRule};

/// What was found to hold.
#[derive(Debug)]
pub(crate) struct Verified {
    /// What the library's audit found.
    pub(crate) report: Report,
    /// The gates.
    pub(crate) gates: Gates,
}

/// One record that holds.
pub(crate) struct Line<'a> {
    /// The record.
    pub(crate) record: &'a Record,
    /// What it says of a vote.
    pub(crate) step: &'a Step,
    /// What it says of a gate.
    pub(crate) gate: Option<&'a GateRecord>,
}

impl Line<'_> {
    /// The record in words.
    pub(crate) fn told(&self) -> String {
        self.gate.map_or_else(|| self.step.to_string(), ToString::to_string)
    }

    /// Whether it is the ballot of a voter with a key, by which it was checked.
    pub(crate) fn is_signed_ballot(&self) -> bool {
        matches!(self.step, Step::Vote(Entry::Ballot(ballot)) if ballot.is_signed())
    }
}

/// Walks over all records, and stops at the first that does not hold. The heads are those that were written down elsewhere.
///
/// # Errors
///
/// The first record that does not hold; or why the source cannot be read.
pub(crate) async fn verified(
    source: &Source,
    heads: &[Head],
    mut told: impl FnMut(&Line<'_>),
) -> Result<Verified, Flaw> {
    let audit = known(source).await?;
    let audit = heads.iter().chain(source.promised().as_ref()).fold(audit, |audit, head| audit.through(*head));
    let (mut trail, mut gates) = (Trail::new(audit), Gates::default());
    let mut walk = source.walk()?;
    while let Some(record) = walk.next().await? {
        let step = trail.take(&record)?;
        let gate = match &step {
            Step::Vote(entry) => {
                gates.vote(&record, entry)?;
                None
            }
            _ => gates.other(&record)?,
        };
        told(&Line { record: &record, step: &step, gate: gate.as_ref() });
    }
    Ok(Verified { report: trail.finish()?, gates })
}

/// An audit that knows every rule that stands in the records. That a rule is the one that was voted under says the digest to
/// which every ballot is bound.
async fn known(source: &Source) -> Result<Audit, Flaw> {
    let (mut rules, mut audit) = (BTreeSet::new(), Audit::new());
    let mut walk = source.walk()?;
    loop {
        let record = match walk.next().await {
            Ok(Some(record)) => record,
            // What does not hold is found on the second walk, behind all that is before it.
            Err(flaw) if flaw.is_found() => return Ok(audit),
            Ok(None) => return Ok(audit),
            Err(flaw) => return Err(flaw),
        };
        if record.kind.as_str() != "consensus_opened" {
            continue;
        }
        // What does not read is found by the audit.
        let content = serde_json::from_slice::<Opened>(&record.payload).map(|opened| opened.proposal.content);
        let rule = content.ok().and_then(|content| content.get("rule").and_then(Value::as_text).map(str::to_owned));
        if let Some(rule) = rule.filter(|rule| rules.insert(rule.clone()))
            && let Ok(rule) = WrittenRule::read(&rule)
            && let Ok(name) = rule.name()
        {
            audit = audit.with_algorithm(name, rule);
        }
    }
}

#[derive(serde::Deserialize)]
struct Opened {
    proposal: Asked,
}

#[derive(serde::Deserialize)]
struct Asked {
    content: Value,
}
