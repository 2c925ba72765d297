//! What a provider that outlives its process still knows.

use super::MemoryProviderFixture;
use super::examined::{Examined, batch};
use crate::Durability;
use crate::conformance::check::{Verdict, checks, demand, same};

checks! { MemoryProviderFixture, Examined:
    "When a commit returns under Durable, it is as durable as `persistence` says." => a_durable_commit_is_lost,
    "What is deleted is told until the horizon has passed it: also by a store that was opened again."
        => a_deletion_is_lost_by_reopening,
    "Numbers never go back and are never used twice: also in a store that was opened again."
        => the_sequence_goes_back_by_reopening,
    "The epoch is drawn anew only when the store is rebuilt." => the_epoch_changes_by_reopening,
    "The horizon never goes back: also in a store that was opened again." => the_horizon_is_lost_by_reopening,
    "An eventual commit never survives without what was committed before it."
        => an_eventual_commit_outlives_an_earlier_one,
}

async fn a_durable_commit_is_lost(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "right/a=3"]).await?;
    exam.write(&["-b", "a=5"]).await?;
    exam.other_swarm()?.write(&["a=6"]).await?;
    let exam = exam.reopen().await?;
    exam.holds(&["a=5@5", "right/a=3@3"]).await?;
    exam.other_swarm()?.holds(&["a=6@1"]).await
}

async fn a_deletion_is_lost_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a", "-b..c", "-never"]).await?;
    let exam = exam.reopen().await?;
    exam.tells(2, &["-a@3", "-b..c@4", "-never@5"]).await?;
    for (at, due) in [("a", "-@3"), ("b", "-@4"), ("never", "-@5"), ("c", "")] {
        exam.looks(at, due).await?;
    }
    exam.holds(&[]).await
}

async fn the_sequence_goes_back_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-.."]).await?;
    exam.compact(3).await?;
    let exam = exam.reopen().await?;
    exam.stands_at(3, 3).await?;
    same("the number after reopening", &exam.write(&["a=4"]).await?.first.get(), &4)
}

async fn the_epoch_changes_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2"]).await?;
    let here = exam.standing().await?.last;
    let exam = exam.reopen().await?;
    same("where the swarm stands after reopening", &exam.standing().await?.last, &here)?;
    exam.write(&["c=3"]).await?;
    let (happened, _) = exam.read_on(Some(here), 3).await?;
    same("how many changes there are since", &happened.len(), &1)
}

async fn the_horizon_is_lost_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3"]).await?;
    exam.compact(2).await?;
    let exam = exam.reopen().await?;
    exam.stands_at(3, 2).await?;
    let got = exam.provider.changes(&exam.swarm, None, 3).await;
    demand!(got.is_err(), "a reader from the beginning is served behind the horizon: {got:?}");
    Ok(())
}

async fn an_eventual_commit_outlives_an_earlier_one(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    for number in 2..=6 {
        exam.commit(batch(&[&format!("k{number}={number}")])?.durability(Durability::Eventual)).await?;
    }
    let exam = exam.reopen().await?;
    let mut numbers: Vec<_> = exam.list("left", 3).await?.iter().map(|entry| entry.version.get()).collect();
    numbers.sort_unstable();
    let last = exam.standing().await?.last.version.get();
    demand!(last >= 1, "a durable commit is gone");
    same("what has survived", &numbers, &(1..=last).collect())
}
