//! Two replicas find out what differs: rightly, in few bytes, and whatever a stranger sends.

mod changes;
mod differences;
mod golden;
mod hostile;

use moai_core::{Digest, DigestBuilder};
use moai_sync::reconcile::{
    Answered, Answerer, Asked, Asker, ReconcileError, ReconcileKey, ReconcileLimits, ReconcileSet,
};

type Set = ReconcileSet<String>;

/// How an exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    Same,
    /// What the asker sends, and what the answerer sends, sorted.
    Differ(Vec<String>, Vec<String>),
    TooDifferent,
    Changed,
}

/// An exchange that nobody disturbs, and how many bytes it took.
fn exchange(ours: &mut Set, theirs: &mut Set, key: u8, limits: &ReconcileLimits) -> (Ended, usize) {
    disturbed(ours, theirs, key, limits, |_, _, _| {}).unwrap()
}

/// An exchange in which something happens before each answer is taken in: `disturb` gets the answer and both sets.
fn disturbed(
    ours: &mut Set,
    theirs: &mut Set,
    key: u8,
    limits: &ReconcileLimits,
    mut disturb: impl FnMut(&mut Vec<u8>, &mut Set, &mut Set),
) -> Result<(Ended, usize), ReconcileError> {
    let (mut asker, mut question) = Asker::open(ours, ReconcileKey::from_bytes([key; 16]), limits.clone());
    let mut answerer = Answerer::new(limits.clone());
    let (mut bytes, mut offered) = (0, None);
    loop {
        bytes += question.len();
        let mut answer = match answerer.receive(theirs, &question)? {
            Answered::Send(answer) => answer,
            Answered::Wanted { mut keys, .. } => {
                keys.sort_unstable();
                return Ok((Ended::Differ(offered.expect("an offer"), keys), bytes));
            }
            Answered::TooDifferent => return Ok((Ended::TooDifferent, bytes)),
            Answered::Changed => return Ok((Ended::Changed, bytes)),
            other => panic!("{other:?}"),
        };
        disturb(&mut answer, ours, theirs);
        bytes += answer.len();
        question = match asker.receive(ours, &answer)? {
            Asked::Send(question) => question,
            Asked::Same => return Ok((Ended::Same, bytes)),
            Asked::Differ { mut offer, send, .. } => {
                offer.sort_unstable();
                offered = Some(offer);
                send
            }
            Asked::TooDifferent { send: Some(send) } | Asked::Changed { send: Some(send) } => send,
            Asked::TooDifferent { send: None } => return Ok((Ended::TooDifferent, bytes)),
            Asked::Changed { send: None } => return Ok((Ended::Changed, bytes)),
            other => panic!("{other:?}"),
        };
    }
}

fn content(version: u64) -> Digest {
    DigestBuilder::new("test/1").u64(version).finish()
}

fn name(number: u64) -> String {
    format!("task/{number:06}")
}

/// Entries of these numbers, in version 0.
fn set(numbers: impl IntoIterator<Item = u64>) -> Set {
    let mut set = Set::new();
    for number in numbers {
        assert!(set.insert(name(number), &content(0)));
    }
    set
}

/// Limits within which everything is decoded.
fn wide() -> ReconcileLimits {
    ReconcileLimits::default().with_free(10_000)
}
