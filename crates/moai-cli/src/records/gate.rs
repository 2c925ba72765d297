//! One gate, as the journal tells it.

use std::fs::{OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use moai_flow::consensus::{Ballot, Basis, Decision, Evidence, Invalid, Opening, Outcome};
use moai_flow::{AgentId, ProposalId, Timestamp, Value};

use crate::gate::{Binding, Ended, Finished, Left, Refused, Started};
use crate::home::Home;

/// One gate, as the journal tells it.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// The number of the record that opened it.
    pub(crate) seq: u64,
    /// What was asked, of whom, until when.
    pub(crate) opening: Arc<Opening>,
    /// The command, and everything to which ballots are bound.
    pub(crate) binding: Binding,
    /// What was said, in the order in which it came.
    pub(crate) ballots: Vec<Arc<Ballot>>,
    /// Who gave no ballot, and why.
    pub(crate) invalid: Vec<Invalid>,
    /// Who contradicted themselves; that proves something of whoever has signed both.
    pub(crate) evidence: Vec<Arc<Evidence>>,
    /// Who said no, and why.
    pub(crate) vetoes: Vec<(AgentId, String)>,
    /// Who wanted to speak in whose name and may not, and why.
    pub(crate) refused: Vec<Refused>,
    /// What was decided, and in which record.
    pub(crate) outcome: Option<(u64, Arc<Outcome>)>,
    /// Processes of voters that could not be ended.
    pub(crate) left: Vec<Left>,
    /// Whether the time has begun in which a veto could come.
    pub(super) hold_opened: bool,
    /// What became of that time.
    pub(crate) hold: Option<(u64, Arc<Outcome>)>,
    /// That the command was started, and when.
    pub(crate) started: Option<(Timestamp, Started)>,
    /// How the command ended, and when.
    pub(crate) finished: Option<(Timestamp, Finished)>,
    /// Why nothing ran, or that nobody knows how it ended.
    pub(crate) ended: Option<(Timestamp, Ended)>,
}

/// What became of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It waits for voters, or for a veto.
    Open,
    /// Its command was started, and has not ended as far as the records go.
    Started,
    /// The command ran, and ended with this code.
    Ran(i32),
    /// The command ran, and a signal ended it.
    Killed(i32),
    /// The command could not be started.
    NotStarted(String),
    /// The command was started, and nobody knows how it ended.
    Unknown,
    /// Nothing ran; and why, where it was approved all the same.
    Stopped(String),
}

impl Gate {
    pub(super) fn new(seq: u64, opening: Arc<Opening>, binding: Binding) -> Self {
        Self {
            seq,
            opening,
            binding,
            ballots: Vec::new(),
            invalid: Vec::new(),
            evidence: Vec::new(),
            vetoes: Vec::new(),
            refused: Vec::new(),
            outcome: None,
            left: Vec::new(),
            hold_opened: false,
            hold: None,
            started: None,
            finished: None,
            ended: None,
        }
    }

    /// Its name.
    pub(crate) fn id(&self) -> &ProposalId {
        self.opening.proposal.id()
    }

    /// What its ballots are bound to: the command, and everything it was bound to.
    pub(crate) fn content(&self) -> &Value {
        self.opening.proposal.content()
    }

    /// What became of it.
    pub(crate) fn fate(&self) -> Fate {
        match (&self.started, &self.finished, &self.ended) {
            (_, Some((_, Finished { code: Some(code), .. })), _) => Fate::Ran(*code),
            (_, Some((_, Finished { signal: Some(signal), .. })), _) => Fate::Killed(*signal),
            (_, Some((_, Finished { why, .. })), _) => Fate::NotStarted(why.clone()),
            (Some(_), None, Some(_)) => Fate::Unknown,
            (None, None, Some((_, ended))) => {
                Fate::Stopped(if self.decision() == ended.why { String::new() } else { ended.why.clone() })
            }
            (Some(_), None, None) => Fate::Started,
            (None, None, None) => Fate::Open,
        }
    }

    /// What was decided in all, in a word: the one with which the gate ended, unless it was approved before.
    pub(crate) fn decision(&self) -> &str {
        if let Some((_, ended)) = &self.ended
            && self.outcome.as_ref().is_none_or(|(_, outcome)| outcome.decision != Decision::Approved)
        {
            return &ended.why;
        }
        match (&self.outcome, &self.hold) {
            (_, Some((_, hold))) if hold.decision != Decision::Approved => "vetoed",
            (Some((_, outcome)), _) => match (outcome.decision, outcome.basis) {
                (Decision::Approved, _) => "approved",
                (Decision::Rejected, Basis::Vetoed) => "vetoed",
                (Decision::Rejected, Basis::Cancelled) => "cancelled",
                (Decision::Rejected, _) => "rejected",
                (Decision::Timeout, _) => "timed_out",
            },
            (None, _) => "undecided",
        }
    }

    /// Whether its command ran, or runs.
    pub(crate) fn ran(&self) -> bool {
        matches!(self.fate(), Fate::Started | Fate::Ran(_) | Fate::Killed(_) | Fate::Unknown)
    }

    /// Why that was decided; nothing as long as it is not.
    pub(crate) fn why(&self) -> &str {
        let is_approved = |outcome: &Outcome| outcome.decision == Decision::Approved;
        match (&self.outcome, &self.hold, &self.ended) {
            (_, Some((_, hold)), _) if !is_approved(hold) => &hold.why,
            (Some((_, outcome)), ..) if is_approved(outcome) => &outcome.why,
            (_, _, Some((_, ended))) if !ended.said.is_empty() => &ended.said,
            (outcome, ..) => outcome.as_ref().map_or("", |(_, outcome)| &outcome.why),
        }
    }
}

impl Gate {
    /// Whether its process lives: it holds a lock as long as it does.
    pub(crate) fn lives(&self, home: &Home) -> bool {
        let lock = home.gates().join(self.id().as_str()).join("lock");
        // A voter can have put anything there, at which opening it would wait.
        let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        OpenOptions::new()
            .read(true)
            .custom_flags(at_once)
            .open(lock)
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Fate {
    /// In words. Of one that is open it is asked whether its process lives.
    pub(crate) fn words(&self, lives: bool) -> String {
        match self {
            Self::Open if lives => "open".into(),
            Self::Open => "died".into(),
            Self::Started if lives => "runs".into(),
            Self::Started => "ran, end unknown".into(),
            Self::Ran(code) => format!("ran: {code}"),
            Self::Killed(signal) => format!("ran: signal {signal}"),
            Self::NotStarted(why) => format!("not started: {why}"),
            Self::Unknown => "ran, end unknown".into(),
            Self::Stopped(why) if why.is_empty() => "not run".into(),
            Self::Stopped(why) => format!("not run: {why}"),
        }
    }
}
