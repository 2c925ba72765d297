//! The manager's task that writes down.
//!
//! A journal that is slow holds up whatever must be durable first, and one that hangs holds it up until the manager is
//! stopped.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{Journal, JournalError, NewRecord};
use tokio::sync::{mpsc, watch};

use super::RequestError;
use super::effects::Recording;
use super::shared::Shared;
use super::tasks::Last;

/// How many recordings are taken from the queue at once.
const AT_ONCE: usize = 1_024;

/// How many bytes go into one append, unless a single recording has more.
const BYTES: usize = 4 << 20;

/// How long a journal that has no room, or does not answer, is left alone before it is tried again: at first, and at the
/// most.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Records what is queued, as much as there is in one append, and lets its effects show. When the manager stops, what is
/// queued has the grace to be recorded.
pub(super) async fn record(
    last: Last,
    journal: Arc<dyn Journal>,
    mut recordings: mpsc::UnboundedReceiver<Recording>,
    mut stopped: watch::Receiver<bool>,
) {
    let shared = &last.0;
    let mut queued = Vec::new();
    loop {
        let count = tokio::select! {
            biased;
            count = recordings.recv_many(&mut queued, AT_ONCE) => count,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        if count == 0 {
            break;
        }
        let recorded = tokio::select! {
            biased;
            recorded = record_all(shared, journal.as_ref(), &mut queued) => recorded,
            () = grace_is_over(shared, &mut stopped) => {
                tracing::error!("the journal hangs, and the manager stops without it");
                break;
            }
        };
        if let Err(why) = recorded {
            // What is durable is not known any more: nobody is told anything that may be taken back.
            tracing::error!(cause = %why, "the journal failed, the manager stops");
            queued.drain(..).for_each(|recording| shared.give_up(recording.effects, &why));
            shared.stop(&RequestError::Journal(why));
            break;
        }
    }
}

/// Ends once the manager has been stopped for so long.
pub(super) async fn grace_is_over(shared: &Shared, stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
    tokio::time::sleep_until(shared.grace_ends()).await;
}

/// Records everything, in as few appends as may be. What was recorded takes effect and is taken out.
async fn record_all(shared: &Shared, journal: &dyn Journal, queued: &mut Vec<Recording>) -> Result<(), JournalError> {
    while !queued.is_empty() {
        let rest = queued.split_off(batch(shared, queued));
        let recorded = record_batch(shared, journal, queued).await;
        queued.extend(rest);
        recorded?;
    }
    Ok(())
}

/// How many of the first recordings go into one append: at least one.
fn batch(shared: &Shared, queued: &[Recording]) -> usize {
    let (mut records, mut bytes) = (shared.options.limits.append_records.max(1), BYTES);
    let fits = queued.iter().take_while(|recording| {
        let (count, size) = (recording.records.as_ref().map_or(0, Vec::len), recording.bytes());
        let fits = count <= records && size <= bytes;
        (records, bytes) = (records.saturating_sub(count), bytes.saturating_sub(size));
        fits
    });
    fits.count().max(1)
}

/// Records a batch in one append, or, should that be refused, one by one: what is refused alone ends its own vote.
async fn record_batch(shared: &Shared, journal: &dyn Journal, queued: &mut Vec<Recording>) -> Result<(), JournalError> {
    let done = |recording: &Recording| {
        if let Some(recorder) = &shared.recorder {
            recorder.done(recording.bytes());
        }
    };
    queued.extract_if(.., |recording| recording.is_moot()).for_each(|moot| done(&moot));
    let written: Option<Vec<_>> = queued.iter().map(|recording| recording.records.as_ref().ok().cloned()).collect();
    if let Some(records) = written {
        match append(journal, records.concat()).await {
            Ok(()) => {
                for recording in queued.drain(..) {
                    done(&recording);
                    shared.carry_out(recording.effects);
                }
                return Ok(());
            }
            Err(JournalError::Input(_)) => {}
            Err(why) => return Err(why),
        }
    }
    while !queued.is_empty() {
        let recording = queued.remove(0);
        done(&recording);
        if recording.is_moot() {
            continue;
        }
        let Recording { records, effects } = recording;
        let appended = match records {
            Ok(records) => append(journal, records).await,
            Err(why) => Err(why.into()),
        };
        match appended {
            Ok(()) => shared.carry_out(effects),
            Err(why) => {
                let refused = matches!(why, JournalError::Input(_));
                shared.give_up(effects, &why);
                if !refused {
                    return Err(why);
                }
            }
        }
    }
    Ok(())
}

/// Appends, and waits for a journal that has no room or does not answer: nothing was written then.
async fn append(journal: &dyn Journal, records: Vec<NewRecord>) -> Result<(), JournalError> {
    if records.is_empty() {
        return Ok(());
    }
    let mut pause = FIRST_PAUSE;
    loop {
        match journal.append(records.clone()).await {
            Err(why @ (JournalError::Unavailable { .. } | JournalError::Full { .. })) => {
                tracing::warn!(cause = %why, "the journal is tried again");
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
            other => return other.map(drop),
        }
    }
}
