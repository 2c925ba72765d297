//! Forgetting tombstones, and nothing else.

use super::MemoryProviderFixture;
use super::examined::Examined;
use crate::conformance::check::{Verdict, checks, same};
use crate::{Cursor, StoreError};

checks! { MemoryProviderFixture, Examined:
    "`compact` moves the horizon, and returns where things stand then." => a_horizon_is_not_where_it_was_put,
    "TooOld behind the horizon, naming the oldest cursor." => a_cursor_before_the_horizon_is_served,
    "`None` reads from the beginning: TooOld once the horizon has moved."
        => a_beginner_misses_what_was_forgotten,
    "`oldest` is the oldest cursor from which changes can be read." => a_cursor_at_the_horizon_is_refused,
    "Values are never touched." => a_compaction_takes_a_value,
    "What is deleted stays deleted, also when its tombstone goes." => a_compaction_revives_a_deleted_key,
    "Deletions stand among the changes until the horizon has passed them." => a_compaction_forgets_a_later_deletion,
    "The horizon never goes back." => a_horizon_goes_back,
    "The horizon never goes beyond the last change." => a_horizon_passes_the_last_change,
    "`compact` is no change: it has no number." => a_compaction_counts_as_a_change,
    "Nothing leaks from one swarm into another." => a_compaction_reaches_into_another_swarm,
}

async fn a_horizon_is_not_where_it_was_put(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3", "-never"]).await?;
    for horizon in [2, 3] {
        let returned = exam.compact(horizon).await?;
        exam.stands_at(4, horizon).await?;
        same("what compact returned", &returned, &exam.standing().await?)?;
    }
    Ok(())
}

async fn a_cursor_before_the_horizon_is_served(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a", "c=4"]).await?;
    let oldest = exam.compact(3).await?.oldest;
    for number in [0, 1, 2] {
        let since = exam.cursor(number).await?;
        let got = exam.provider.changes(&exam.swarm, Some(since), 3).await;
        same("changes since before the horizon", &got, &Err(StoreError::TooOld { since, oldest }))?;
    }
    Ok(())
}

async fn a_beginner_misses_what_was_forgotten(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "-a"]).await?;
    let oldest = exam.compact(3).await?.oldest;
    let got = exam.provider.changes(&exam.swarm, None, 3).await;
    let since = Cursor { version: crate::Version::ZERO, ..oldest };
    same("changes since the beginning", &got, &Err(StoreError::TooOld { since, oldest }))
}

async fn a_cursor_at_the_horizon_is_refused(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3", "-b"]).await?;
    exam.compact(2).await?;
    exam.tells(2, &["-b@4"]).await?;
    exam.compact(4).await?;
    exam.tells(4, &[]).await?;
    exam.write(&["c=5"]).await?;
    exam.tells(4, &["c=5@5"]).await
}

async fn a_compaction_takes_a_value(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "right/a=3"]).await?;
    exam.write(&["-x", "-y..z", "b=6"]).await?;
    exam.compact(6).await?;
    exam.holds(&["a=1@1", "b=6@6", "right/a=3@3"]).await?;
    let due = ["a=1@1", "b=6@6", "right/a=3@3"].map(str::to_owned).to_vec();
    same("a snapshot after compaction", &exam.replaced(Default::default(), 2).await?, &due)
}

async fn a_compaction_revives_a_deleted_key(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "a=2", "b=3", "c=4", "-a", "-b..c"]).await?;
    exam.compact(6).await?;
    exam.gives("a", None).await?;
    exam.gives("b", None).await?;
    exam.holds(&["c=4@4"]).await?;
    same("a snapshot after compaction", &exam.replaced(Default::default(), 3).await?, &vec!["c=4@4".to_owned()])
}

async fn a_compaction_forgets_a_later_deletion(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "-a", "-b", "-c..d"]).await?;
    exam.compact(4).await?;
    exam.tells(4, &["-b@5", "-c..d@6"]).await
}

async fn a_horizon_goes_back(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a", "b=3"]).await?;
    exam.compact(2).await?;
    for horizon in [0, 1] {
        let returned = exam.compact(horizon).await?;
        same("the horizon that compact returned", &returned.oldest.version.get(), &2)?;
        exam.stands_at(3, 2).await?;
    }
    Ok(())
}

async fn a_horizon_passes_the_last_change(exam: Examined<'_>) -> Verdict {
    exam.compact(7).await?;
    exam.stands_at(0, 0).await?;
    exam.write_each(&["a=1", "-a"]).await?;
    exam.compact(7).await?;
    exam.stands_at(2, 2).await?;
    exam.write(&["b=3"]).await?;
    exam.tells(2, &["b=3@3"]).await
}

async fn a_compaction_counts_as_a_change(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "-a"]).await?;
    let last = exam.standing().await?.last;
    same("the last change after compaction", &exam.compact(1).await?.last, &last)?;
    same("the number after it", &exam.write(&["b=3"]).await?.first.get(), &3)
}

async fn a_compaction_reaches_into_another_swarm(exam: Examined<'_>) -> Verdict {
    let other = exam.other_swarm()?;
    other.write_each(&["a=1", "-a"]).await?;
    exam.write_each(&["a=1", "-a"]).await?;
    exam.compact(2).await?;
    other.stands_at(2, 0).await?;
    other.tells(0, &["-a@2"]).await
}
