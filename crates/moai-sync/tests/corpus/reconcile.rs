//! Messages of an exchange that are accepted are the bytes of what was read, and nothing that a stranger sends keeps an
//! exchange from ending.

use moai_core::DigestBuilder;
use moai_sync::reconcile::{
    Answered, Answerer, Asked, Asker, Message, ReconcileError, ReconcileKey, ReconcileLimits, ReconcileSet,
};

/// The first byte chooses who hears what stands behind it: nobody, the answerer, or the asker. There each two bytes say how
/// long the next message is.
pub(crate) fn check(data: &[u8]) {
    accepted(data);
}

/// The same, and whether all of it was taken.
pub(crate) fn accepted(data: &[u8]) -> bool {
    let limits = ReconcileLimits::default().with_symbols(512).with_batch(64);
    let Some((who, bytes)) = data.split_first() else { return false };
    match who % 3 {
        0 => read(bytes, &limits),
        1 => {
            let (mut set, mut answerer) = (few(), Answerer::new(limits));
            messages(bytes).into_iter().all(|message| match answerer.receive(&mut set, message) {
                Ok(Answered::Wanted { keys, .. }) => {
                    assert!(keys.len() <= 20, "more is sent than there is");
                    true
                }
                other => told(other),
            })
        }
        _ => {
            let mut set = few();
            let (mut asker, _) = Asker::open(&set, ReconcileKey::from_bytes([1; 16]), limits);
            messages(bytes).into_iter().all(|message| match asker.receive(&mut set, message) {
                Ok(Asked::Differ { offer, .. }) => {
                    assert!(offer.len() <= 20, "more is offered than there is");
                    true
                }
                other => told(other),
            })
        }
    }
}

fn read(bytes: &[u8], limits: &ReconcileLimits) -> bool {
    let taken = |limits: &ReconcileLimits| match Message::from_bytes(bytes, limits) {
        Ok(message) => {
            assert!(message.to_bytes() == bytes, "one message has two forms");
            true
        }
        Err(refused) => told::<()>(Err(refused.into())),
    };
    let (small, large) = (taken(limits), taken(&ReconcileLimits::default()));
    assert!(large || !small, "lower limits let more through");
    large
}

fn few() -> ReconcileSet<String> {
    let mut set = ReconcileSet::new();
    let content = DigestBuilder::new("test/1").finish();
    for number in 0..20 {
        set.insert(format!("task/{number}"), &content);
    }
    set
}

fn messages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (message, behind) = rest.split_at(length);
        all.push(message);
        bytes = behind;
    }
    all
}

/// Refused with a reason, or taken.
fn told<T>(answer: Result<T, ReconcileError>) -> bool {
    if let Err(refused) = &answer {
        assert!(!refused.to_string().is_empty() && !refused.field().is_empty());
    }
    answer.is_ok()
}
