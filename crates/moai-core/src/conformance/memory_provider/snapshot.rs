//! Everything that a swarm holds, in pages that replace.

use super::MemoryProviderFixture;
use super::changes::reborn;
use super::examined::{Examined, PAGE_BYTES, PAGE_ITEMS, entry_texts, light, place};
use super::replica::Replica;
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{Batch, Cursor, Entry, InvalidInput, SnapshotPlace, StoreError};

checks! { MemoryProviderFixture, Examined:
    "A snapshot is everything that a swarm holds: of all namespaces." => a_snapshot_misses_an_entry,
    "Entries come in the order of namespace and key." => a_snapshot_is_out_of_order,
    "A stretch begins behind `after`, where the one before it ended." => a_snapshot_leaves_a_gap,
    "An open side of a stretch has no end: the first and the last page reach to the ends." => a_snapshot_has_loose_ends,
    "Whoever applies it drops every key in the stretch that is not in it." => a_deleted_key_survives_a_snapshot,
    "Changes since `start` carry what happened while the pages were read." => a_write_between_two_pages_is_lost,
    "`start` is the moment at which the first page was read." => a_snapshot_forgets_when_it_began,
    "`as_of` is the moment at which the page was read: nothing in it is newer." => a_page_holds_what_is_newer_than_itself,
    "TooOld when the store was rebuilt since the first page." => a_snapshot_of_a_rebuilt_store_goes_on,
    "Pages of up to `limit` entries." => a_page_of_a_snapshot_is_too_long,
    "`limit` is cut to the provider's own limit." => a_snapshot_forgets_the_limit_of_its_provider,
    "A snapshot of nothing is one page that drops everything." => a_snapshot_of_nothing_drops_nothing,
    "`limit` is at least 1: Input for 0." => a_snapshot_of_none_is_given,
    "The page that holds the last entry is the last one." => a_snapshot_ends_with_an_empty_page,
    "A page takes no further entry once its keys and values have reached `page_bytes`."
        => a_page_of_a_snapshot_has_too_many_bytes,
    "A page always takes one." => a_large_value_stops_a_snapshot,
}

async fn a_snapshot_ends_with_an_empty_page(exam: Examined<'_>) -> Verdict {
    for number in 1..=2 * PAGE_ITEMS {
        let namespace = if number % 2 == 0 { "right/" } else { "" };
        exam.write(&[&format!("{namespace}k{number}={number}")]).await?;
        for limit in 1..=PAGE_ITEMS {
            let empty = exam.snapshot(limit).await?.iter().any(|page| page.entries.is_empty());
            demand!(!empty, "a snapshot of {number} entries in pages of {limit} has a page without entries");
        }
    }
    Ok(())
}

async fn a_page_of_a_snapshot_has_too_many_bytes(exam: Examined<'_>) -> Verdict {
    for two in [PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1] {
        exam.write_bytes(two).await?;
        let pages = exam.snapshot(PAGE_ITEMS).await?;
        for page in &pages {
            light("a page of a snapshot", page.entries.iter().map(Entry::bytes))?;
        }
        same("how many entries there are", &pages.iter().map(|page| page.entries.len()).sum::<usize>(), &3)?;
    }
    Ok(())
}

async fn a_large_value_stops_a_snapshot(exam: Examined<'_>) -> Verdict {
    let (namespace, b) = place("b")?;
    exam.write(&["a=1", "c=2"]).await?;
    exam.commit(Batch::new().put(namespace, b, vec![7; 2 * PAGE_BYTES - 1])).await?;
    for limit in 1..=PAGE_ITEMS {
        let pages = exam.snapshot(limit).await?;
        same("how many entries there are", &pages.iter().map(|page| page.entries.len()).sum::<usize>(), &3)?;
    }
    Ok(())
}

const WRITES: [&str; 7] = ["b=1", "right/a=2", "a=3", "gone=4", "right/b=5", "d=6", "-gone"];
const HELD: [&str; 5] = ["a=3@3", "b=1@1", "d=6@6", "right/a=2@2", "right/b=5@5"];

fn held() -> Vec<String> {
    HELD.map(str::to_owned).to_vec()
}

async fn a_snapshot_misses_an_entry(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    for limit in [1, 2, 3, usize::MAX] {
        let pages = exam.snapshot(limit).await?;
        let mut all: Vec<_> = pages.iter().flat_map(|page| entry_texts(&page.entries)).collect();
        all.sort();
        same(&format!("a snapshot in pages of {limit}"), &all, &held())?;
    }
    Ok(())
}

async fn a_snapshot_is_out_of_order(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    for limit in [2, 3] {
        let pages = exam.snapshot(limit).await?;
        let all: Vec<_> = pages.iter().flat_map(|page| &page.entries).map(|e| (&e.namespace, &e.key)).collect();
        demand!(all.is_sorted(), "the entries of a snapshot come as {all:?}");
    }
    Ok(())
}

async fn a_snapshot_leaves_a_gap(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    for limit in [1, 2] {
        let mut end = None;
        for page in exam.snapshot(limit).await? {
            same("the beginning of a stretch", &page.after, &end)?;
            if let Some(next) = page.next {
                same("where the reader goes on", &Some(next.after), &page.through)?;
            }
            for entry in &page.entries {
                let place = (entry.namespace.clone(), entry.key.clone());
                let behind = page.after.as_ref().is_none_or(|after| place > *after);
                let within = page.through.as_ref().is_none_or(|through| place <= *through);
                demand!(behind && within, "{place:?} is not in the stretch {:?} to {:?}", page.after, page.through);
            }
            end = page.through;
        }
    }
    Ok(())
}

async fn a_snapshot_has_loose_ends(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    let pages = exam.snapshot(2).await?;
    same("the beginning of the first stretch", &pages.first().and_then(|page| page.after.as_ref()), &None)?;
    same("the end of the last stretch", &pages.last().and_then(|page| page.through.as_ref()), &None)
}

async fn a_deleted_key_survives_a_snapshot(exam: Examined<'_>) -> Verdict {
    let keys = ["a=1", "c=2", "e=3", "g=4", "right/a=5", "right/c=6", "right/e=7"];
    exam.write_each(&keys).await?;
    let mut stale = Replica::default();
    stale.follow(&exam.read_on(None, 3).await?.0);
    // Everything goes but what lies in the middle; and nobody is told any more.
    exam.write(&["-a", "-e..", "-right/..c", "-right/e"]).await?;
    exam.compact(11).await?;
    for limit in [1, 2, 3] {
        let due = vec!["c=2@2".to_owned(), "right/c=6@6".to_owned()];
        same("a stale reader after a snapshot", &exam.replaced(stale.clone(), limit).await?, &due)?;
    }
    Ok(())
}

async fn a_write_between_two_pages_is_lost(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "c=2", "d=3", "e=4"]).await?;
    let (mut place, mut replica) = (None, Replica::default());
    let mut between = ["a=new", "e=new", "-c", "f=new", "-b..c"].iter();
    let start = loop {
        let page = exam.provider.snapshot(&exam.swarm, place, 1).await?;
        replica.replace(&page);
        if let Some(write) = between.next() {
            exam.write(&[write]).await?;
        }
        match page.next {
            None => break page.start,
            next => place = next,
        }
    };
    replica.follow(&exam.read_on(Some(start), 2).await?.0);
    let due = entry_texts(&exam.list("left", 3).await?);
    same("a reader of a snapshot and of the changes since", &entry_texts(&replica.entries()), &due)
}

async fn a_snapshot_forgets_when_it_began(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3"]).await?;
    let first = exam.provider.snapshot(&exam.swarm, None, 1).await?;
    same("the start of a snapshot", &first.start, &exam.standing().await?.last)?;
    exam.write(&["d=4"]).await?;
    let second = exam.provider.snapshot(&exam.swarm, first.next.clone(), 1).await?;
    same("the start, on the second page", &second.start, &first.start)?;
    let starts = [&first, &second].map(|page| page.next.as_ref().map(|next| next.start));
    same("the start, where the reader goes on", &starts, &[Some(first.start); 2])
}

async fn a_page_holds_what_is_newer_than_itself(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3"]).await?;
    let first = exam.provider.snapshot(&exam.swarm, None, 1).await?;
    same("the moment of the first page", &first.as_of, &first.start)?;
    exam.write(&["b=4", "c=5"]).await?;
    let second = exam.provider.snapshot(&exam.swarm, first.next, 1).await?;
    let (start, as_of, last) = (second.start.version, second.as_of.version, exam.standing().await?.last.version);
    demand!((start..=last).contains(&as_of), "a page was read at {as_of}, which is not between {start} and {last}");
    let newer = second.entries.iter().find(|entry| entry.version > as_of);
    demand!(newer.is_none(), "a page that was read at {as_of} holds {newer:?}");
    Ok(())
}

async fn a_snapshot_of_a_rebuilt_store_goes_on(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3"]).await?;
    let standing = exam.standing().await?;
    let first = exam.provider.snapshot(&exam.swarm, None, 1).await?;
    let Some(SnapshotPlace { start, after, .. }) = first.next else {
        return same("whether there is more than one page", &false, &true);
    };
    let since = Cursor { epoch: reborn(start.epoch), ..start };
    let got = exam.provider.snapshot(&exam.swarm, Some(SnapshotPlace { start: since, after }), 1).await;
    same("a snapshot of another life", &got, &Err(StoreError::TooOld { since, oldest: standing.oldest }))
}

async fn a_page_of_a_snapshot_is_too_long(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    for limit in [1, 2] {
        for page in exam.snapshot(limit).await? {
            demand!(page.entries.len() <= limit, "a page of {limit} holds {} entries", page.entries.len());
        }
    }
    Ok(())
}

async fn a_snapshot_forgets_the_limit_of_its_provider(exam: Examined<'_>) -> Verdict {
    exam.write_each(&WRITES).await?;
    for page in exam.snapshot(usize::MAX).await? {
        demand!(page.entries.len() <= PAGE_ITEMS, "a page of {PAGE_ITEMS} holds {} entries", page.entries.len());
    }
    Ok(())
}

async fn a_snapshot_of_nothing_drops_nothing(exam: Examined<'_>) -> Verdict {
    let pages = exam.snapshot(3).await?;
    same("the pages of a swarm that nobody has written to", &pages.len(), &1)?;
    exam.write_each(&["a=1", "right/b=2"]).await?;
    let mut stale = Replica::default();
    stale.follow(&exam.read_on(None, 3).await?.0);
    exam.write(&["-..", "-right/.."]).await?;
    same("what a snapshot of nothing leaves", &exam.replaced(stale, 3).await?, &Vec::new())
}

async fn a_snapshot_of_none_is_given(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    let got = exam.provider.snapshot(&exam.swarm, None, 0).await;
    let refused = matches!(got, Err(StoreError::Input(InvalidInput::Empty { .. })));
    demand!(refused, "a page of none was to be refused as empty, got {got:?}");
    Ok(())
}
