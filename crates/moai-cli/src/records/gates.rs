//! All gates of a journal; and that nothing ran that was not approved.

use std::collections::{BTreeMap, BTreeSet};

use moai_flow::consensus::{Decision, Entry, Opening};
use moai_flow::{InvalidInput, ProposalId, Record, Timestamp};

use super::{Flaw, Gate};
use crate::gate::{
    Binding, Ended, Finished, GateRecord, Started, Terms, check_expiry, earliest_start, held_by, hold_content,
};

/// All gates of a journal, in the order in which they were opened.
///
/// What it checks is what a gate promises: those vote who stand in what is asked, by the rule and as long as it says; a command
/// is started at most once, only behind an approval of exactly what was asked, only after the time in which a veto could come,
/// and not after the approval has expired.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    gates: Vec<Gate>,
    places: BTreeMap<ProposalId, usize>,
    /// All that was ever opened.
    opened: BTreeSet<ProposalId>,
}

impl Gates {
    /// All of them.
    pub(crate) fn all(&self) -> &[Gate] {
        &self.gates
    }

    /// Takes in what was found to hold as a record of a vote.
    ///
    /// # Errors
    ///
    /// When it was opened under other terms than those that stand in it.
    pub(super) fn vote(&mut self, record: &Record, entry: &Entry) -> Result<(), Flaw> {
        let proposal = entry.proposal();
        let held = held_by(proposal).and_then(|id| self.places.get(&id).copied());
        let flaw =
            |gate: &ProposalId, (code, what): Wrong| Flaw::Gate { seq: record.seq, gate: gate.clone(), code, what };
        if let Entry::Opened(opening) = entry {
            let asked = Binding::read(opening.proposal.content());
            let is_known = !self.opened.insert(proposal.clone());
            if is_known && (asked.is_some() || held.is_some() || self.places.contains_key(proposal)) {
                let again = ("gate.reopened", "its name was opened before: what counts is not clear".into());
                return Err(flaw(proposal, again));
            }
            if let Some(gate) = held.and_then(|place| self.gates.get_mut(place)) {
                let opened = open_hold(gate, opening);
                return opened.map_err(|wrong| flaw(gate.id(), wrong));
            }
            if let Some(binding) = asked {
                open(&binding, opening).map_err(|wrong| flaw(proposal, wrong))?;
                self.places.insert(proposal.clone(), self.gates.len());
                self.gates.push(Gate::new(record.seq, opening.clone(), binding));
            }
            return Ok(());
        }
        if let Some(gate) = held.and_then(|place| self.gates.get_mut(place)) {
            match entry {
                // One that decides nothing of this gate was not opened for it.
                Entry::Decided(outcome) if gate.hold_opened => gate.hold = Some((record.seq, outcome.clone())),
                Entry::Vetoed { by, reason, .. } => gate.vetoes.push((by.clone(), reason.clone())),
                _ => {}
            }
            return Ok(());
        }
        let Some(gate) = self.gate(proposal) else { return Ok(()) };
        match entry {
            Entry::Ballot(ballot) => gate.ballots.push(ballot.clone()),
            Entry::Invalid { invalid, .. } => gate.invalid.push(invalid.clone()),
            Entry::Evidence(evidence) => gate.evidence.push(evidence.clone()),
            Entry::Vetoed { by, reason, .. } => gate.vetoes.push((by.clone(), reason.clone())),
            Entry::Decided(outcome) => gate.outcome = Some((record.seq, outcome.clone())),
            _ => {}
        }
        Ok(())
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
            // Somebody called, or voters were ended, while the question was being written down.
            if matches!(said, GateRecord::Refused(_) | GateRecord::Left(_)) {
                return Ok(Some(said));
            }
            return Err(flaw(("gate.unknown", "no such gate was ever opened".into())));
        };
        match &said {
            GateRecord::Started(started) => start(gate, record.time, started).map_err(flaw)?,
            GateRecord::Finished(finished) => finish(gate, record.time, finished).map_err(flaw)?,
            GateRecord::Ended(ended) => end(gate, record.time, ended).map_err(flaw)?,
            GateRecord::Refused(refused) => gate.refused.push(refused.clone()),
            GateRecord::Left(left) => gate.left.push(left.clone()),
        }
        Ok(Some(said))
    }

    fn gate(&mut self, id: &ProposalId) -> Option<&mut Gate> {
        self.places.get(id).and_then(|place| self.gates.get_mut(*place))
    }
}

type Wrong = (&'static str, String);

/// That those vote who stand in what is to be approved, by the rule that stands there, and as long as stands there.
fn open(binding: &Binding, opening: &Opening) -> Result<(), Wrong> {
    let wrong = |why: String| ("gate.other_terms", format!("what is asked does not fit how it is asked: {why}"));
    let terms = Terms::of(binding).map_err(|why| wrong(why.what))?;
    let fits = terms.check(opening, false, binding.timeout_s.time());
    fits.and_then(|()| check_expiry(binding, opening.deadline)).map_err(|why| wrong(why.into()))
}

/// The same for the time in which a veto can come; and that it begins when all is approved.
fn open_hold(gate: &mut Gate, opening: &Opening) -> Result<(), Wrong> {
    let wrong = |why: &str| ("gate.other_terms", format!("the time for a veto does not fit what was approved: {why}"));
    if gate.outcome.as_ref().is_none_or(|(_, outcome)| outcome.decision != Decision::Approved) {
        return Err(wrong("it begins before that"));
    }
    if *opening.proposal.content() != hold_content(gate.id(), gate.content().digest()) {
        return Err(wrong("it is about something else"));
    }
    let terms = Terms::of(&gate.binding).map_err(|why| wrong(&why.what))?;
    terms.check(opening, true, gate.binding.veto_s.time()).map_err(wrong)?;
    gate.hold_opened = true;
    Ok(())
}

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
    if started.proposal != started.gate {
        return Err(("gate.other_decision", format!("it names {} as what was approved", started.proposal)));
    }
    let approved = gate.content().digest();
    if approved != started.content {
        let what = format!("what was started is {}, and what was approved is {approved}", started.content);
        return Err(("gate.other_content", what));
    }
    if !gate.binding.veto_s.is_none() {
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
    let expires = gate.binding.expires_at;
    if time > expires {
        return Err((
            "gate.expired",
            format!("its command was started behind {expires}, when the approval had expired"),
        ));
    }
    if time.unix_micros() < earliest_start(&gate.binding) {
        return Err(("gate.too_early", format!("its command was started at {time}, before anybody was asked")));
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
