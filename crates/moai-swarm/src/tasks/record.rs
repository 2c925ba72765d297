//! What is recorded of tasks. A byte says what, then its parts: numbers big-endian, texts behind their length.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::{NewTask, TaskId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A queue began: its epochs lie behind those of all before it.
    Began,
    Accepted(TaskId, NewTask),
    Completed(TaskId),
    /// A lease ended without a result, after so many attempts in all: who reads it twice counts it once. The task comes
    /// back, or is a dead letter if it was the last attempt.
    Ended {
        task: TaskId,
        attempts: u32,
        dead: bool,
    },
}

/// Whether these bytes are a record of a task.
pub(crate) fn is_task(bytes: &[u8]) -> bool {
    Event::decode(bytes).is_some()
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    // Payloads have at most 512 KiB.
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

impl Event {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Began => out.push(0),
            Self::Accepted(id, new) => {
                out.push(1);
                out.extend(id.number().to_be_bytes());
                out.push(new.priority);
                text(&mut out, &new.payload);
                for option in [&new.place, &new.key] {
                    out.push(u8::from(option.is_some()));
                    text(&mut out, option.as_deref().unwrap_or_default().as_bytes());
                }
                for need in &new.needs {
                    text(&mut out, need.as_bytes());
                }
            }
            Self::Completed(id) => {
                out.push(2);
                out.extend(id.number().to_be_bytes());
            }
            Self::Ended { task, attempts, dead } => {
                out.push(if *dead { 4 } else { 3 });
                out.extend(task.number().to_be_bytes());
                out.extend(attempts.to_be_bytes());
            }
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let event = match byte(&mut rest)? {
            0 => Self::Began,
            1 => {
                let id = task(&mut rest)?;
                let priority = byte(&mut rest)?;
                let payload = Bytes::copy_from_slice(sized(&mut rest)?);
                let place = optional(&mut rest)?;
                let key = optional(&mut rest)?;
                let mut needs = BTreeSet::new();
                while !rest.is_empty() {
                    needs.insert(String::from_utf8(sized(&mut rest)?.to_vec()).ok()?);
                }
                Self::Accepted(id, NewTask { payload, priority, needs, place, key })
            }
            2 => Self::Completed(task(&mut rest)?),
            kind @ (3 | 4) => {
                let task = task(&mut rest)?;
                let attempts = u32::from_be_bytes(take(&mut rest, 4)?.try_into().ok()?);
                Self::Ended { task, attempts, dead: kind == 4 }
            }
            _ => return None,
        };
        rest.is_empty().then_some(event)
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    take(rest, 1)?.first().copied()
}

fn task(rest: &mut &[u8]) -> Option<TaskId> {
    Some(TaskId::new(u64::from_be_bytes(take(rest, 8)?.try_into().ok()?)))
}

fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(take(rest, 4)?.try_into().ok()?);
    take(rest, usize::try_from(length).ok()?)
}

fn optional(rest: &mut &[u8]) -> Option<Option<String>> {
    let is_some = byte(rest)? == 1;
    let text = String::from_utf8(sized(rest)?.to_vec()).ok()?;
    Some(is_some.then_some(text))
}
