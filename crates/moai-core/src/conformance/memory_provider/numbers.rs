//! One sequence for each swarm.

use std::sync::{Mutex, PoisonError};

use super::MemoryProviderFixture;
use super::examined::{Examined, batch, requiring, version};
use crate::conformance::check::{Task, Verdict, checks, same};
use crate::conformance::turns::{together, turn};
use crate::{Committed, Expected, StoreError, Version};

checks! { MemoryProviderFixture, Examined:
    "Each change gets a number of its own, consecutive; the first is max(last, floor) + 1." => numbers_have_gaps,
    "The first number is max(last of the swarm, floor) + 1." => a_floor_is_ignored,
    "Numbers never go back." => a_low_floor_takes_the_sequence_back,
    "Numbers are never used twice, also after everything was deleted."
        => a_version_is_used_twice_after_everything_was_deleted,
    "One numbered sequence of changes for each swarm." => a_swarm_counts_the_changes_of_another,
    "SequenceExhausted: the sequence has no number left; nothing changed." => the_sequence_passes_its_end,
    "What is at a limit passes: the greatest version is one." => the_last_number_cannot_be_used,
    "A precondition that does not hold uses no number; nor does what does not fit." => a_refused_batch_uses_a_number,
    "A commit names the epoch of the store." => a_commit_names_another_epoch,
    "Methods may be called from many tasks at once: each change gets a number of its own."
        => commits_at_once_share_a_number,
    "A swarm that nobody has written to stands at zero." => an_unwritten_swarm_does_not_stand_at_zero,
    "`standing` is behind the last change." => a_swarm_does_not_stand_behind_its_last_change,
}

/// The first and last number of a commit.
fn numbers(committed: &Committed) -> (u64, u64) {
    (committed.first.get(), committed.last.get())
}

async fn numbers_have_gaps(exam: Examined<'_>) -> Verdict {
    same("the first number", &numbers(&exam.write(&["a=1"]).await?), &(1, 1))?;
    same("the numbers of a batch", &numbers(&exam.write(&["a=2", "-b", "-c..d", "a=3"]).await?), &(2, 5))?;
    same("the number after it", &numbers(&exam.write(&["-a"]).await?), &(6, 6))?;
    exam.stands_at(6, 0).await
}

async fn a_floor_is_ignored(exam: Examined<'_>) -> Verdict {
    let committed = exam.commit(batch(&["a=1", "b=2"])?.floor(version(9)?)).await?;
    same("the numbers above a floor of 9", &numbers(&committed), &(10, 11))?;
    exam.holds(&["a=1@10", "b=2@11"]).await?;
    let committed = exam.commit(batch(&["a=1"])?.floor(version(12)?)).await?;
    same("the number above a floor of 12", &numbers(&committed), &(13, 13))?;
    exam.stands_at(13, 0).await
}

async fn a_low_floor_takes_the_sequence_back(exam: Examined<'_>) -> Verdict {
    exam.commit(batch(&["a=1"])?.floor(version(9)?)).await?;
    let below = exam.commit(batch(&["b=2"])?.floor(version(3)?)).await?;
    same("the number after 10, with a floor of 3", &numbers(&below), &(11, 11))?;
    let equal = exam.commit(batch(&["c=3"])?.floor(version(11)?)).await?;
    same("the number after 11, with a floor of 11", &numbers(&equal), &(12, 12))?;
    exam.stands_at(12, 0).await
}

async fn a_version_is_used_twice_after_everything_was_deleted(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "right/a=3"]).await?;
    exam.write(&["-..", "-right/a"]).await?;
    exam.compact(5).await?;
    exam.holds(&[]).await?;
    same("the number after everything was deleted", &numbers(&exam.write(&["a=1"]).await?), &(6, 6))?;
    exam.holds(&["a=1@6"]).await
}

async fn a_swarm_counts_the_changes_of_another(exam: Examined<'_>) -> Verdict {
    let other = exam.other_swarm()?;
    exam.write(&["a=1", "b=2"]).await?;
    same("the first number of another swarm", &numbers(&other.write(&["a=1"]).await?), &(1, 1))?;
    same("the next number", &numbers(&exam.write(&["a=2"]).await?), &(3, 3))
}

async fn the_sequence_passes_its_end(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    let exhausted = |last, more| Err(StoreError::SequenceExhausted { last, more });
    let got = exam.commit(batch(&["a=2"])?.floor(Version::MAX)).await;
    same("a commit after the last number", &got, &exhausted(Version::MAX, 1))?;
    let one_left = version(Version::MAX.get() - 1)?;
    let got = exam.commit(batch(&["a=2", "b=3"])?.floor(one_left)).await;
    same("a commit of two with one number left", &got, &exhausted(one_left, 2))?;
    exam.holds(&["a=1@1"]).await?;
    exam.tells(0, &["a=1@1"]).await?;
    exam.stands_at(1, 0).await
}

async fn the_last_number_cannot_be_used(exam: Examined<'_>) -> Verdict {
    let max = Version::MAX.get();
    let last = exam.commit(batch(&["a=1", "b=2"])?.floor(version(max - 2)?)).await?;
    same("the last numbers", &numbers(&last), &(max - 1, max))?;
    exam.gives("b", Some(&format!("b=2@{max}"))).await?;
    let got = exam.commit(batch(&["a=3"])?).await;
    same("a commit after the last number", &got, &Err(StoreError::SequenceExhausted { last: Version::MAX, more: 1 }))
}

async fn a_refused_batch_uses_a_number(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    // Whether they are refused is another check's concern.
    let _conflict = exam.commit(requiring(&["b=1", "c=1"], "a", Expected::Absent)?.floor(version(7)?)).await;
    let _empty = exam.commit(batch(&[])?).await;
    let _empty_range = exam.commit(batch(&["-d..c"])?).await;
    same("the number after refusals", &numbers(&exam.write(&["b=2"]).await?), &(2, 2))
}

async fn a_commit_names_another_epoch(exam: Examined<'_>) -> Verdict {
    let before = exam.standing().await?.last.epoch;
    let committed = exam.write(&["a=1"]).await?;
    let standing = exam.standing().await?;
    same("the epoch, before and after the first commit", &standing.last.epoch, &before)?;
    same("the cursor behind a commit", &committed.cursor(), &standing.last)?;
    same("the cursor behind all changes", &exam.read_on(None, 3).await?.1, &standing.last)
}

async fn commits_at_once_share_a_number(exam: Examined<'_>) -> Verdict {
    const WRITERS: u64 = 5;
    const EACH: u64 = 6;
    let used = Mutex::new(Vec::new());
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for writer in 0..WRITERS {
        let (exam, used) = (&exam, &used);
        tasks.push(Box::pin(async move {
            for number in 0..EACH {
                let committed = exam.write(&[&format!("k{writer}={number}"), &format!("l{writer}={number}")]).await?;
                {
                    // Nothing can panic while the lock is held.
                    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
                    used.extend(committed.versions().map(Version::get));
                }
                turn().await;
            }
            Ok(())
        }));
    }
    together(tasks).await?;
    let mut used = used.into_inner().unwrap_or_else(PoisonError::into_inner);
    used.sort_unstable();
    same("the numbers of all writers", &used, &(1..=2 * WRITERS * EACH).collect())?;
    exam.stands_at(2 * WRITERS * EACH, 0).await?;
    same("how many keys there are", &exam.list("left", 3).await?.len(), &10)
}

async fn an_unwritten_swarm_does_not_stand_at_zero(exam: Examined<'_>) -> Verdict {
    exam.stands_at(0, 0).await?;
    exam.other_swarm()?.write(&["a=1"]).await?;
    exam.stands_at(0, 0).await
}

async fn a_swarm_does_not_stand_behind_its_last_change(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2"]).await?;
    exam.stands_at(2, 0).await?;
    exam.write(&["-b"]).await?;
    exam.stands_at(3, 0).await?;
    exam.write(&["-x..y"]).await?;
    exam.stands_at(4, 0).await
}
