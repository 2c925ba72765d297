//! All gates of a journal; and that nothing ran that was not approved.

use std::collections::BTreeMap;

use moai_flow::consensus::{Decision, Entry};
use moai_flow::{InvalidInput, ProposalId, Record, Timestamp, Value};

use super::{Flaw, Gate};
use crate::gate::{Ended, Finished, GateRecord, Started};

/// All gates of a journal, in the order in which they were opened.
///
/// What it checks is what a gate promises: a command is started at most once, only behind an approval of exactly what was
/// asked, only after the time in which a veto could come, and not after the approval has expired.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    gates: Vec<Gate>,
    places: BTreeMap<ProposalId, usize>,
}

/// What stands behind a gate's name in the name of its second vote, in which nobody may say no.
const HOLD: &str = ".hold";

impl Gates {
    /// All of them.
    pub(crate) fn all(&self) -> &[Gate] {
        &self.gates
    }

    /// Takes in what was found to hold as a record of a vote.
    pub(super) fn vote(&mut self, record: &Record, entry: &Entry) {
        if let Entry::Opened(opening) = entry {
            let runs = opening.proposal.content().get("action").and_then(Value::as_text) == Some("run");
            if runs && !self.places.contains_key(opening.proposal.id()) {
                self.places.insert(opening.proposal.id().clone(), self.gates.len());
                self.gates.push(Gate::new(record.seq, opening.clone()));
            }
            return;
        }
        let proposal = entry.proposal();
        if let Some(gate) = proposal.as_str().strip_suffix(HOLD).and_then(|id| self.named_exactly(id)) {
            match entry {
                Entry::Decided(outcome) => gate.hold = Some((record.seq, outcome.clone())),
                Entry::Vetoed { by, reason, .. } => gate.vetoes.push((by.clone(), reason.clone())),
                _ => {}
            }
            return;
        }
        let Some(gate) = self.gate(proposal) else { return };
        match entry {
            Entry::Ballot(ballot) => gate.ballots.push(ballot.clone()),
            Entry::Invalid { invalid, .. } => gate.invalid.push(invalid.clone()),
            Entry::Evidence(evidence) => gate.evidence.push(evidence.clone()),
            Entry::Vetoed { by, reason, .. } => gate.vetoes.push((by.clone(), reason.clone())),
            Entry::Decided(outcome) => gate.outcome = Some((record.seq, outcome.clone())),
            _ => {}
        }
    }

    /// Takes in what is no record of a vote.
    ///
    /// # Errors
    ///
    /// When a gate did what it may not.
    pub(super) fn other(&mut self, record: &Record) -> Result<Option<GateRecord>, Flaw> {
        let unreadable = |why: InvalidInput| Flaw::Unreadable { seq: record.seq, why };
        let Some(said) = GateRecord::read(&record.kind, &record.payload).map_err(unreadable)? else { return Ok(None) };
        let flaw = |(code, what): (&'static str, String)| Flaw::Gate {
            seq: record.seq,
            gate: said.gate().clone(),
            code,
            what,
        };
        let Some(gate) = self.gate(said.gate()) else {
            // Somebody called while the question was being written down.
            if matches!(said, GateRecord::Refused(_)) {
                return Ok(Some(said));
            }
            return Err(flaw(("gate.unknown", "no such gate was ever opened".into())));
        };
        match &said {
            GateRecord::Started(started) => start(gate, record.time, started).map_err(flaw)?,
            GateRecord::Finished(finished) => finish(gate, record.time, finished).map_err(flaw)?,
            GateRecord::Ended(ended) => end(gate, record.time, ended).map_err(flaw)?,
            GateRecord::Refused(refused) => gate.refused.push((refused.voter.clone(), refused.why.clone())),
        }
        Ok(Some(said))
    }

    fn gate(&mut self, id: &ProposalId) -> Option<&mut Gate> {
        self.places.get(id).and_then(|place| self.gates.get_mut(*place))
    }

    fn named_exactly(&mut self, id: &str) -> Option<&mut Gate> {
        self.gates.iter_mut().rev().find(|gate| gate.id().as_str() == id)
    }
}

type Wrong = (&'static str, String);

fn start(gate: &mut Gate, time: Timestamp, started: &Started) -> Result<(), Wrong> {
    if gate.started.is_some() {
        return Err(("gate.twice", "its command was started before: an approval counts once".into()));
    }
    if gate.ended.is_some() {
        return Err(("gate.ended", "it had ended before its command was started".into()));
    }
    match &gate.outcome {
        Some((seq, outcome)) if outcome.decision == Decision::Approved && *seq == started.decision => {}
        Some((seq, outcome)) if outcome.decision == Decision::Approved => {
            let what = format!("it names record {} as its approval, and that is record {seq}", started.decision);
            return Err(("gate.other_decision", what));
        }
        Some((_, outcome)) => {
            return Err(("gate.not_approved", format!("its command was started, and it was {}", outcome.decision)));
        }
        None => return Err(("gate.not_approved", "its command was started before anything was decided".into())),
    }
    let approved = gate.content().digest();
    if approved != started.content {
        let what = format!("what was started is {}, and what was approved is {approved}", started.content);
        return Err(("gate.other_content", what));
    }
    // A number of seconds, or a part of one; what is neither is no reason to look away.
    if gate.content().get("veto_s").is_some_and(|window| window.as_u64() != Some(0)) {
        match &gate.hold {
            Some((seq, hold)) if hold.decision == Decision::Approved && started.hold == Some(*seq) => {}
            Some((_, hold)) if hold.decision == Decision::Approved => {
                return Err((
                    "gate.other_decision",
                    "it names another record as the end of the time for a veto".into(),
                ));
            }
            Some(_) => return Err(("gate.vetoed", "its command was started in spite of a veto".into())),
            None => return Err(("gate.held", "its command was started while a veto could still come".into())),
        }
    }
    let expires = gate.text("expires_at").and_then(|text| text.parse::<Timestamp>().ok());
    if let Some(expires) = expires.filter(|expires| time > *expires) {
        return Err((
            "gate.expired",
            format!("its command was started behind {expires}, when the approval had expired"),
        ));
    }
    gate.started = Some((time, started.clone()));
    Ok(())
}

fn finish(gate: &mut Gate, time: Timestamp, finished: &Finished) -> Result<(), Wrong> {
    if gate.started.is_none() || gate.finished.is_some() {
        return Err(("gate.not_started", "it tells how a command ended that was not running".into()));
    }
    gate.finished = Some((time, finished.clone()));
    Ok(())
}

fn end(gate: &mut Gate, time: Timestamp, ended: &Ended) -> Result<(), Wrong> {
    if gate.ended.is_some() || gate.finished.is_some() {
        return Err(("gate.twice", "it had ended before".into()));
    }
    if gate.started.is_some() && ended.why != "broken" {
        return Err(("gate.started", "it says that nothing ran, and its command was started".into()));
    }
    gate.ended = Some((time, ended.clone()));
    Ok(())
}
