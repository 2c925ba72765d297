//! What happened since a cursor.

use super::MemoryProviderFixture;
use super::examined::{Examined, PAGE_BYTES, PAGE_ITEMS, light, place};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{Batch, Changes, Cursor, Epoch, Happened, InvalidInput, StoreError};

checks! { MemoryProviderFixture, Examined:
    "`None` reads from the beginning." => a_reader_from_the_beginning_misses_a_change,
    "What happened after `since`." => a_reader_reads_a_change_twice,
    "Nothing new is an empty page whose `next` is where the reader stands." => a_reader_that_is_up_to_date_is_moved,
    "Changes come in the order of versions." => changes_are_out_of_order,
    "Of several changes to one key only the last one is told." => an_overwritten_change_is_told,
    "A page of changes never splits a batch." => a_page_splits_a_batch,
    "A page holds whole batches, also when it then holds more than was asked for." => a_large_batch_stops_the_reader,
    "`more`: whether there was more to read." => a_page_hides_that_there_is_more,
    "`more`: whether there was more to read." => a_page_promises_more_than_there_is,
    "About `limit` changes: once they are there, no further batch." => a_page_of_changes_has_no_bound,
    "`limit` is cut to the provider's own limit." => changes_forget_the_limit_of_their_provider,
    "TooOld for another epoch." => a_cursor_of_another_life_is_served,
    "TooOld for another epoch, wherever it stands." => a_cursor_of_another_life_is_taken_for_the_future,
    "CursorAhead: the cursor is ahead of the store." => a_cursor_from_the_future_is_served,
    "`limit` is at least 1: Input for 0." => a_page_of_no_changes_is_given,
    "A page takes no further batch once its keys and values have reached `page_bytes`."
        => a_page_of_changes_has_too_many_bytes,
    "A page always takes one batch." => a_large_value_stops_the_reader,
}

async fn a_page_of_changes_has_too_many_bytes(exam: Examined<'_>) -> Verdict {
    let mut since = 0;
    for two in [PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1] {
        exam.write_bytes(two).await?;
        let (mut cursor, mut read) = (exam.cursor(since).await?, 0);
        while cursor.version.get() < since + 3 {
            let page = exam.provider.changes(&exam.swarm, Some(cursor), PAGE_ITEMS).await?;
            light("a page of changes", page.happened.iter().map(Happened::bytes))?;
            demand!(page.next.version > cursor.version, "a page stays at {cursor}");
            read += page.happened.len();
            cursor = page.next;
        }
        same("how many changes there are", &read, &3)?;
        since += 3;
    }
    Ok(())
}

async fn a_large_value_stops_the_reader(exam: Examined<'_>) -> Verdict {
    let ((namespace, b), (_, c)) = (place("b")?, place("c")?);
    exam.write(&["a=1"]).await?;
    let half = vec![7; PAGE_BYTES - 1];
    exam.commit(Batch::new().put(namespace.clone(), b, half.clone()).put(namespace.clone(), c, half)).await?;
    let (_, d) = place("d")?;
    exam.commit(Batch::new().put(namespace, d, vec![7; 2 * PAGE_BYTES - 1])).await?;
    exam.write(&["e=5"]).await?;
    for limit in 1..=PAGE_ITEMS {
        same("how many changes there are", &exam.read_on(None, limit).await?.0.len(), &5)?;
    }
    Ok(())
}

/// Another life of the store.
pub(super) fn reborn(epoch: Epoch) -> Epoch {
    Epoch::from_bytes(epoch.to_bytes().map(|byte| !byte))
}

async fn page(exam: &Examined<'_>, since: u64, limit: usize) -> Verdict<Changes> {
    let since = exam.cursor(since).await?;
    Ok(exam.provider.changes(&exam.swarm, Some(since), limit).await?)
}

async fn a_reader_from_the_beginning_misses_a_change(exam: Examined<'_>) -> Verdict {
    exam.tells(0, &[]).await?;
    exam.write_each(&["a=1", "b=2", "right/c=3"]).await?;
    exam.tells(0, &["a=1@1", "b=2@2", "right/c=3@3"]).await?;
    let (from_zero, _) = exam.read_on(Some(exam.cursor(0).await?), PAGE_ITEMS).await?;
    let (from_none, _) = exam.read_on(None, PAGE_ITEMS).await?;
    same("the changes since zero", &from_zero, &from_none)
}

async fn a_reader_reads_a_change_twice(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "d=4"]).await?;
    exam.tells(1, &["b=2@2", "c=3@3", "d=4@4"]).await?;
    exam.tells(3, &["d=4@4"]).await
}

async fn a_reader_that_is_up_to_date_is_moved(exam: Examined<'_>) -> Verdict {
    let zero = exam.standing().await?.last;
    let nothing = |next| Changes { happened: Vec::new(), next, more: false };
    same("the changes of nothing", &exam.provider.changes(&exam.swarm, None, 3).await?, &nothing(zero))?;
    same("the changes of nothing since zero", &page(&exam, 0, 3).await?, &nothing(zero))?;
    let here = exam.write(&["a=1", "b=2"]).await?.cursor();
    same("the changes since the last", &page(&exam, 2, 1).await?, &nothing(here))
}

async fn changes_are_out_of_order(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["d=1", "right/a=2", "c=3", "-b", "a=5", "-x..y", "aa=7"]).await?;
    exam.tells(0, &["d=1@1", "right/a=2@2", "c=3@3", "-b@4", "a=5@5", "-x..y@6", "aa=7@7"]).await
}

async fn an_overwritten_change_is_told(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "a=3", "-b", "b=5", "a=6"]).await?;
    exam.write(&["c=7", "c=8"]).await?;
    exam.tells(0, &["b=5@5", "a=6@6", "c=8@8"]).await?;
    exam.tells(2, &["b=5@5", "a=6@6", "c=8@8"]).await
}

async fn a_page_splits_a_batch(exam: Examined<'_>) -> Verdict {
    let batches: [&[&str]; 5] =
        [&["a=1", "b=2", "c=3"], &["d=4"], &["-a", "e=6", "-x..y", "f=8"], &["g=9", "h=10"], &["d=11"]];
    let mut ends = vec![0];
    for changes in batches {
        ends.push(exam.write(changes).await?.last.get());
    }
    for limit in [1, 2, 3, 4] {
        let mut since = 0;
        while since < 11 {
            let page = page(&exam, since, limit).await?;
            let next = page.next.version.get();
            demand!(ends.contains(&next), "a page of {limit} ends at {next}, commits end at {ends:?}");
            let inside = page.happened.iter().all(|it| (since + 1..=next).contains(&it.version().get()));
            demand!(inside, "a page from {since} to {next} holds {:?}", page.happened);
            demand!(next > since, "a page stays at {since}");
            since = next;
        }
    }
    Ok(())
}

async fn a_large_batch_stops_the_reader(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3", "d=4"]).await?;
    exam.write(&["e=5", "f=6", "g=7", "h=8"]).await?;
    for limit in [1, 2, 3] {
        let first = page(&exam, 0, limit).await?;
        demand!(first.next.version.get() >= 4, "a page of {limit} stays in front of a batch of 4");
        same("whether the page is whole", &(first.happened.len() >= 4), &true)?;
        let (all, next) = exam.read_on(None, limit).await?;
        same("how many changes there are", &(all.len(), next.version.get()), &(8, 8))?;
    }
    Ok(())
}

async fn a_page_hides_that_there_is_more(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "d=4"]).await?;
    for limit in [1, 2, 3] {
        for since in 0..4 {
            let page = page(&exam, since, limit).await?;
            let next = page.next.version.get();
            demand!(page.more || next == 4, "a page says that there is no more behind {next}, where 4 is the last");
        }
    }
    Ok(())
}

async fn a_page_promises_more_than_there_is(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3"]).await?;
    for since in 0..=3 {
        let page = page(&exam, since, 3).await?;
        demand!(!page.more || page.next.version.get() < 3, "a page says that there is more behind the last change");
    }
    Ok(())
}

/// Demands that a page adds no batch once it holds `limit` changes, where each batch holds one change.
fn bounded(page: &Changes, limit: usize) -> Verdict {
    let got = page.happened.len();
    demand!(got <= limit, "a page of {limit} holds {got} commits of one change each");
    Ok(())
}

async fn a_page_of_changes_has_no_bound(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "d=4", "-e", "-f..g"]).await?;
    for limit in [1, 2] {
        for since in 0..6 {
            bounded(&page(&exam, since, limit).await?, limit)?;
        }
    }
    Ok(())
}

async fn changes_forget_the_limit_of_their_provider(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "d=4", "e=5"]).await?;
    bounded(&page(&exam, 0, usize::MAX).await?, PAGE_ITEMS)
}

async fn a_cursor_of_another_life_is_served(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2"]).await?;
    let standing = exam.standing().await?;
    for number in [0, 1, 2] {
        let since = Cursor { epoch: reborn(standing.last.epoch), ..exam.cursor(number).await? };
        let got = exam.provider.changes(&exam.swarm, Some(since), 3).await;
        same("changes since another life", &got, &Err(StoreError::TooOld { since, oldest: standing.oldest }))?;
    }
    Ok(())
}

async fn a_cursor_of_another_life_is_taken_for_the_future(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    let standing = exam.standing().await?;
    let since = Cursor { epoch: reborn(standing.last.epoch), ..exam.cursor(99).await? };
    let got = exam.provider.changes(&exam.swarm, Some(since), 3).await;
    same("changes since another, longer life", &got, &Err(StoreError::TooOld { since, oldest: standing.oldest }))
}

async fn a_cursor_from_the_future_is_served(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2"]).await?;
    let last = exam.standing().await?.last;
    for number in [3, 99] {
        let since = exam.cursor(number).await?;
        let got = exam.provider.changes(&exam.swarm, Some(since), 3).await;
        same("changes since the future", &got, &Err(StoreError::CursorAhead { since, last }))?;
    }
    exam.tells(1, &["b=2@2"]).await
}

async fn a_page_of_no_changes_is_given(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    let got = exam.provider.changes(&exam.swarm, None, 0).await;
    let refused = matches!(got, Err(StoreError::Input(InvalidInput::Empty { .. })));
    demand!(refused, "a page of none was to be refused as empty, got {got:?}");
    Ok(())
}
