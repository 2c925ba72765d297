//! What must hold before a batch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::MemoryProviderFixture;
use super::examined::{Examined, place, requiring, version};
use crate::conformance::check::{Miss, Task, Verdict, checks, demand, same};
use crate::conformance::threads::race;
use crate::conformance::turns::{together, turn};
use crate::{Batch, Committed, Expected, StoreError};

checks! { MemoryProviderFixture, Examined:
    "Absent: the key has no value." => a_key_expected_absent_is_overwritten,
    "Absent: the key has no value, whatever the reason: also when it was deleted." => a_deleted_key_is_not_absent,
    "Absent: the key has no value, whatever the reason: also when it was deleted with a range."
        => a_range_deleted_key_is_not_absent,
    "Version: the key has the value that was written with this version." => a_stale_version_is_accepted,
    "Version: the key has the value: it was not deleted." => a_deleted_key_keeps_its_version,
    "What holds is no conflict." => a_true_precondition_is_refused,
    "A conflict says what the key is, or that it cannot tell." => a_conflict_misstates_what_it_found,
    "Conflict names the first precondition that does not hold." => a_conflict_names_another_than_the_first,
    "A precondition that does not hold changes nothing." => a_failed_precondition_leaves_half_a_batch,
    "All preconditions are looked at before anything is changed." => a_precondition_sees_its_own_batch,
    "A precondition names a key of one namespace." => a_precondition_looks_into_another_namespace,
    "Somebody else was faster: of writers who expect the same, one wins." => two_racing_writers_both_win,
    "Of writers on several threads who expect the same, one wins." => two_writers_on_threads_both_win,
    "Deleted: this version was the last to delete the key." => a_stale_deletion_is_accepted,
    "Nothing: the key has no value and no known deletion." => a_trace_is_taken_for_nothing,
    "What `look` expects holds only if nothing has happened to the key since." => something_happens_to_a_key_unseen,
    "What `look` expects holds if nothing has happened to the key since." => what_a_look_expects_is_refused,
}

async fn two_writers_on_threads_both_win(exam: Examined<'_>) -> Verdict {
    const WRITERS: usize = 4;
    const ROUNDS: u64 = 20;
    let won = Arc::new(Mutex::new(Vec::new()));
    let mut tasks: Vec<Task<'static>> = Vec::new();
    for writer in 0..WRITERS {
        let (provider, swarm, won) = (Arc::clone(&exam.provider), exam.swarm.clone(), Arc::clone(&won));
        tasks.push(Box::pin(async move {
            // Who has lost a round knows that somebody has won it, so that all expect the same in the next.
            for round in 1..=ROUNDS {
                let expected = if round == 1 { Expected::Nothing } else { Expected::Version(version(round - 1)?) };
                match provider.commit(&swarm, requiring(&[&format!("a={writer}")], "a", expected)?).await {
                    Err(StoreError::Conflict { .. }) => {}
                    answer => {
                        answer?;
                        won.lock().unwrap_or_else(PoisonError::into_inner).push(round);
                    }
                }
            }
            Ok(())
        }));
    }
    race(|jobs| exam.fixture.together(jobs), tasks)?;
    let mut won = std::mem::take(&mut *won.lock().unwrap_or_else(PoisonError::into_inner));
    won.sort_unstable();
    same("the rounds that were won", &won, &(1..=ROUNDS).collect())?;
    exam.stands_at(ROUNDS, 0).await
}

async fn a_stale_deletion_is_accepted(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "a=3", "-a", "b=5", "-b..c", "d=7"]).await?;
    let deleted = |number| Ok::<_, Miss>(Expected::Deleted(version(number)?));
    for (at, number) in [("a", 0), ("a", 2), ("a", 3), ("a", 5), ("b", 5), ("b", 7), ("d", 7), ("never", 4)] {
        refused(&exam.commit(requiring(&["a=9"], at, deleted(number)?)?).await)?;
    }
    exam.commit(requiring(&["e=8"], "b", deleted(6)?)?).await?;
    exam.commit(requiring(&["a=9"], "a", deleted(4)?)?).await?;
    refused(&exam.commit(requiring(&["a=10"], "a", deleted(4)?)?).await)?;
    exam.holds(&["a=9@9", "d=7@7", "e=8@8"]).await
}

async fn a_trace_is_taken_for_nothing(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3", "-x..z"]).await?;
    for at in ["a", "b", "x", "y"] {
        refused(&exam.commit(requiring(&["c=5"], at, Expected::Nothing)?).await)?;
    }
    exam.commit(requiring(&["c=5"], "z", Expected::Nothing)?).await?;
    exam.commit(requiring(&["c=6"], "right/a", Expected::Nothing)?).await?;
    exam.holds(&["b=3@3", "c=6@6"]).await
}

/// How a key comes to be what it is; `*` stands for the key.
const LIVES: [&[&str]; 4] = [&[], &["*=1"], &["*=1", "-*"], &["*=1", "-*..*!"]];

/// Changes of one key.
fn of(changes: &[&str], key: &str) -> Vec<String> {
    changes.iter().map(|change| change.replace('*', key)).collect()
}

async fn something_happens_to_a_key_unseen(exam: Examined<'_>) -> Verdict {
    let happenings: [&[&str]; 5] = [&["*=2"], &["*=2", "-*"], &["-*"], &["-*..*!"], &["-*", "*=1"]];
    for (number, life) in LIVES.iter().enumerate() {
        for (and_then, happening) in happenings.iter().enumerate() {
            let key = format!("k{number}{and_then}");
            for change in of(life, &key) {
                exam.write(&[&change]).await?;
            }
            let held = exam.look(&key).await?;
            for change in of(happening, &key) {
                exam.write(&[&change]).await?;
            }
            let got = exam.commit(requiring(&["lost=1"], &key, held.expected())?).await;
            let conflict = matches!(got, Err(StoreError::Conflict { .. }));
            demand!(
                conflict,
                "a key was {held:?}, then came {happening:?}, and a commit that knows nothing of it got {got:?}"
            );
        }
    }
    Ok(())
}

async fn what_a_look_expects_is_refused(exam: Examined<'_>) -> Verdict {
    for (number, life) in LIVES.iter().enumerate() {
        let key = format!("k{number}");
        for change in of(life, &key) {
            exam.write(&[&change]).await?;
        }
        let held = exam.look(&key).await?;
        exam.write(&[&format!("{key}k=1"), &format!("-right/{key}"), &format!("-{key}0..{key}z")]).await?;
        exam.other_swarm()?.write(&["-..", &format!("{key}=1")]).await?;
        exam.commit(requiring(&[&format!("{key}=2")], &key, held.expected())?).await?;
        exam.commit(requiring(&[&format!("-{key}")], &key, exam.look(&key).await?.expected())?).await?;
    }
    exam.holds(&[]).await
}

/// Demands a conflict at `at`; what was found may be left out.
fn conflict(got: Result<Committed, StoreError>, at: &str, expected: Expected, found: Expected) -> Verdict {
    let (namespace, key) = place(at)?;
    let told = match &got {
        Err(StoreError::Conflict { found: None, .. }) => None,
        _ => Some(found),
    };
    same("the answer to a batch", &got, &Err(StoreError::Conflict { namespace, key, expected, found: told }))
}

/// Demands a conflict, whatever it names.
fn refused(got: &Result<Committed, StoreError>) -> Verdict {
    demand!(matches!(got, Err(StoreError::Conflict { .. })), "due was a conflict, got {got:?}");
    Ok(())
}

async fn a_key_expected_absent_is_overwritten(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    refused(&exam.commit(requiring(&["a=2"], "a", Expected::Absent)?).await)?;
    exam.holds(&["a=1@1"]).await
}

async fn a_deleted_key_is_not_absent(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a"]).await?;
    exam.commit(requiring(&["a=2"], "a", Expected::Absent)?).await?;
    exam.holds(&["a=2@3"]).await
}

async fn a_range_deleted_key_is_not_absent(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "-a..c"]).await?;
    exam.commit(requiring(&["b=2"], "b", Expected::Absent)?).await?;
    exam.holds(&["b=2@3"]).await
}

async fn a_stale_version_is_accepted(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "a=2"]).await?;
    for number in [0, 1, 3] {
        refused(&exam.commit(requiring(&["a=3"], "a", Expected::Version(version(number)?))?).await)?;
    }
    refused(&exam.commit(requiring(&["a=3"], "never", Expected::Version(version(2)?))?).await)?;
    exam.holds(&["a=2@2"]).await
}

async fn a_deleted_key_keeps_its_version(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a", "-b..c"]).await?;
    for (at, numbers) in [("a", [1, 3]), ("b", [2, 4])] {
        for number in numbers {
            refused(&exam.commit(requiring(&["a=9"], at, Expected::Version(version(number)?))?).await)?;
        }
    }
    exam.holds(&[]).await
}

async fn a_true_precondition_is_refused(exam: Examined<'_>) -> Verdict {
    exam.commit(requiring(&["a=1"], "a", Expected::Absent)?).await?;
    exam.commit(requiring(&["a=2"], "a", Expected::Version(version(1)?))?).await?;
    exam.commit(requiring(&["b=3"], "a", Expected::Version(version(2)?))?).await?;
    exam.commit(requiring(&["-a"], "a", Expected::Version(version(2)?))?).await?;
    let (namespace, key) = place("b")?;
    let two = requiring(&["c=4"], "a", Expected::Absent)?;
    exam.commit(two.require(namespace, key, Expected::Version(version(3)?))).await?;
    exam.holds(&["b=3@3", "c=4@5"]).await
}

async fn a_conflict_misstates_what_it_found(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "a=2", "b=3", "-b"]).await?;
    let (two, nine) = (Expected::Version(version(2)?), Expected::Version(version(9)?));
    let got = exam.commit(requiring(&["c=1"], "a", Expected::Absent)?).await;
    conflict(got, "a", Expected::Absent, two)?;
    let got = exam.commit(requiring(&["c=1"], "a", nine)?).await;
    conflict(got, "a", nine, two)?;
    let got = exam.commit(requiring(&["c=1"], "b", nine)?).await;
    conflict(got, "b", nine, Expected::Deleted(version(4)?))?;
    let got = exam.commit(requiring(&["c=1"], "never", nine)?).await;
    conflict(got, "never", nine, Expected::Nothing)
}

async fn a_conflict_names_another_than_the_first(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3"]).await?;
    let require = |batch: Batch, at, expected| {
        let (namespace, key) = place(at)?;
        Ok::<_, Miss>(batch.require(namespace, key, expected))
    };
    let holds = requiring(&["d=4"], "c", Expected::Version(version(3)?))?;
    let first = require(holds, "b", Expected::Absent)?;
    let second = require(first, "a", Expected::Absent)?;
    conflict(exam.commit(second).await, "b", Expected::Absent, Expected::Version(version(2)?))
}

async fn a_failed_precondition_leaves_half_a_batch(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2"]).await?;
    let changes = ["a=9", "-b", "-..", "c=9"];
    refused(&exam.commit(requiring(&changes, "b", Expected::Absent)?).await)?;
    exam.holds(&["a=1@1", "b=2@2"]).await?;
    exam.tells(0, &["a=1@1", "b=2@2"]).await?;
    exam.stands_at(2, 0).await
}

async fn a_precondition_sees_its_own_batch(exam: Examined<'_>) -> Verdict {
    // It holds before the batch, and no longer after it.
    exam.commit(requiring(&["a=1"], "a", Expected::Absent)?).await?;
    exam.commit(requiring(&["-a", "a=2"], "a", Expected::Version(version(1)?))?).await?;
    // It would hold after the batch, and does not before it.
    refused(&exam.commit(requiring(&["-a"], "a", Expected::Absent)?).await)?;
    refused(&exam.commit(requiring(&["a=4"], "a", Expected::Version(version(4)?))?).await)?;
    exam.holds(&["a=2@3"]).await
}

async fn a_precondition_looks_into_another_namespace(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    exam.other_swarm()?.write(&["c=1"]).await?;
    exam.commit(requiring(&["b=2"], "right/a", Expected::Absent)?).await?;
    exam.commit(requiring(&["b=3"], "c", Expected::Absent)?).await?;
    refused(&exam.commit(requiring(&["b=4"], "right/a", Expected::Version(version(1)?))?).await)?;
    exam.holds(&["a=1@1", "b=3@3"]).await
}

async fn two_racing_writers_both_win(exam: Examined<'_>) -> Verdict {
    const WRITERS: usize = 6;
    for round in 1..=5 {
        let expected = if round == 1 { Expected::Absent } else { Expected::Version(version(round - 1)?) };
        let winners = AtomicUsize::new(0);
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for writer in 0..WRITERS {
            let (exam, winners) = (&exam, &winners);
            tasks.push(Box::pin(async move {
                for _ in 0..writer % 3 {
                    turn().await;
                }
                match exam.commit(requiring(&[&format!("a={writer}")], "a", expected)?).await {
                    Err(StoreError::Conflict { .. }) => {}
                    answer => {
                        answer?;
                        winners.fetch_add(1, Ordering::SeqCst);
                    }
                }
                Ok(())
            }));
        }
        together(tasks).await?;
        same("how many of the racing writers won", &winners.into_inner(), &1)?;
        exam.stands_at(round, 0).await?;
    }
    Ok(())
}
