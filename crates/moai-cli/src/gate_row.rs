//! A gate as programs are told of it.

use moai_flow::Timestamp;
use serde::Serialize;

use crate::home::Home;
use crate::records::{Fate, Gate};

/// A gate as programs are told of it: all of `moai log --json`, and how `moai show --json` begins.
#[derive(Serialize)]
pub(crate) struct GateRow<'a> {
    gate: &'a str,
    /// The number of the record that opened it.
    seq: u64,
    opened_at: Timestamp,
    deadline: Timestamp,
    command: String,
    rule: &'a str,
    decision: &'a str,
    why: &'a str,
    /// In words.
    fate: String,
    ran: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

impl<'a> GateRow<'a> {
    pub(crate) fn of(gate: &'a Gate, home: &Home) -> Self {
        let fate = gate.fate();
        let finished = gate.finished.as_ref().map(|(time, _)| *time);
        Self {
            gate: gate.id().as_str(),
            seq: gate.seq,
            opened_at: gate.opening.opened_at,
            deadline: gate.opening.deadline,
            command: gate.binding.command(),
            rule: &gate.binding.rule,
            decision: gate.decision(),
            why: gate.why(),
            ran: gate.ran(),
            code: if let Fate::Ran(code) = &fate { Some(*code) } else { None },
            signal: if let Fate::Killed(signal) = &fate { Some(*signal) } else { None },
            fate: fate.words(gate.lives(home)),
            started_at: gate.started.as_ref().map(|(time, _)| *time),
            ended_at: finished.or(gate.ended.as_ref().map(|(time, _)| *time)),
        }
    }
}
