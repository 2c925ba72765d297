//! A namespace in pages.

use super::MemoryProviderFixture;
use super::examined::{Examined, PAGE_BYTES, PAGE_ITEMS, entry_texts, key, light, place};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{Batch, Entry, InvalidInput, KeyRange, Listing, Namespace, StoreError};

checks! { MemoryProviderFixture, Examined:
    "Entries come in the order of their keys: of their bytes." => a_list_is_out_of_order,
    "Entries behind the key `after`." => a_list_repeats_its_start,
    "Entries behind the key `after`, whether or not it is there." => a_list_needs_its_start_to_be_there,
    "Up to `limit` entries." => a_page_of_a_list_is_too_long,
    "`limit` is cut to the provider's own limit." => a_list_forgets_the_limit_of_its_provider,
    "`next` means the end, and nothing else does." => a_list_ends_too_early,
    "A deleted key is not an entry." => a_deleted_key_is_listed,
    "`limit` is at least 1: Input for 0." => a_list_of_none_is_given,
    "Entries of a range: from its beginning, up to its end." => a_list_is_not_of_its_range,
    "`after` may lie before the range: the list begins with the range." => a_list_begins_before_its_range,
    "The list of a range without keys is empty." => a_list_of_an_empty_range_is_refused,
    "`next` is None on the page that holds the last entry." => a_list_ends_with_an_empty_page,
    "A page takes no further entry once its keys and values have reached `page_bytes`."
        => a_page_of_a_list_has_too_many_bytes,
    "A page always takes one." => a_large_value_stops_a_list,
}

/// The keys from one up to another.
fn range(from: &str, to: &str) -> Verdict<KeyRange> {
    let side = |text: &str| (!text.is_empty()).then(|| key(text)).transpose();
    Ok(KeyRange { from: side(from)?, to: side(to)? })
}

async fn a_list_is_not_of_its_range(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "b.=3", "b.c=4", "b0=5", "c=6", "🔑=7", "🔑.a=8", "🔒=9", "right/b=10"]).await?;
    let cases = [
        (range("b", "c")?, vec!["b=2@2", "b.=3@3", "b.c=4@4", "b0=5@5"]),
        (range("b.", "b.c")?, vec!["b.=3@3"]),
        (range("", "b.")?, vec!["a=1@1", "b=2@2"]),
        (range("c", "")?, vec!["c=6@6", "🔑=7@7", "🔑.a=8@8", "🔒=9@9"]),
        (range("bb", "bz")?, vec![]),
        (KeyRange::prefix(&key("b.")?), vec!["b.=3@3", "b.c=4@4"]),
        (KeyRange::prefix(&key("🔑")?), vec!["🔑=7@7", "🔑.a=8@8"]),
    ];
    for (range, due) in cases {
        for limit in [1, 2, PAGE_ITEMS] {
            let pages = exam.list_pages("left", &range, limit).await?;
            let got: Vec<_> = pages.iter().flat_map(|page| entry_texts(&page.entries)).collect();
            same(&format!("what is listed of {range:?}"), &got, &due.iter().map(|&due| due.to_owned()).collect())?;
        }
    }
    Ok(())
}

async fn a_list_begins_before_its_range(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3", "d=4", "e=5"]).await?;
    let (namespace, range) = (Namespace::new("left")?, range("c", "e")?);
    for (after, due) in [("A", Some("c=3@3")), ("a", Some("c=3@3")), ("b", Some("c=3@3")), ("c", Some("d=4@4"))] {
        let page = exam.provider.list(&exam.swarm, &namespace, &range, Some(&key(after)?), 1).await?;
        same(&format!("what comes behind {after}"), &entry_texts(&page.entries).first().map(String::as_str), &due)?;
    }
    for after in ["d", "e", "z"] {
        let page = exam.provider.list(&exam.swarm, &namespace, &range, Some(&key(after)?), 1).await?;
        same(&format!("what comes behind {after}"), &page, &Listing { entries: Vec::new(), next: None })?;
    }
    Ok(())
}

async fn a_list_of_an_empty_range_is_refused(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "b=2", "c=3"]).await?;
    for range in [range("b", "b")?, range("c", "a")?] {
        for after in [None, Some(key("a")?), Some(key("b")?)] {
            let page = exam.provider.list(&exam.swarm, &Namespace::new("left")?, &range, after.as_ref(), 3).await?;
            same("a list of no keys", &page, &Listing { entries: Vec::new(), next: None })?;
        }
    }
    Ok(())
}

async fn a_list_ends_with_an_empty_page(exam: Examined<'_>) -> Verdict {
    for number in 1..=2 * PAGE_ITEMS {
        exam.write(&[&format!("k{number}={number}")]).await?;
        for limit in 1..=PAGE_ITEMS {
            for range in [KeyRange::ALL, range("k", "k3")?] {
                let pages = exam.list_pages("left", &range, limit).await?;
                let empty = pages.iter().any(|page| page.entries.is_empty());
                demand!(!empty, "a list in pages of {limit} has a page without entries");
            }
        }
    }
    Ok(())
}

async fn a_page_of_a_list_has_too_many_bytes(exam: Examined<'_>) -> Verdict {
    for two in [PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1] {
        exam.write_bytes(two).await?;
        let pages = exam.list_pages("left", &KeyRange::ALL, PAGE_ITEMS).await?;
        for page in &pages {
            light("a page of a list", page.entries.iter().map(Entry::bytes))?;
        }
        same("how many entries there are", &pages.iter().map(|page| page.entries.len()).sum::<usize>(), &3)?;
    }
    Ok(())
}

async fn a_large_value_stops_a_list(exam: Examined<'_>) -> Verdict {
    let (namespace, b) = place("b")?;
    exam.write(&["a=1", "c=2"]).await?;
    exam.commit(Batch::new().put(namespace, b, vec![7; 2 * PAGE_BYTES - 1])).await?;
    for limit in 1..=PAGE_ITEMS {
        same("how many entries there are", &exam.list("left", limit).await?.len(), &3)?;
    }
    Ok(())
}

/// One page of the namespace `left`.
async fn page(exam: &Examined<'_>, after: Option<&str>, limit: usize) -> Verdict<Listing> {
    let after = after.map(key).transpose()?;
    Ok(exam.provider.list(&exam.swarm, &Namespace::new("left")?, &KeyRange::ALL, after.as_ref(), limit).await?)
}

async fn a_list_is_out_of_order(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["b=1", "é=2", "a=3", "B=4", "ab=5", "a b=6", "z=7", "9=8", "10=9", "a=10"]).await?;
    for limit in [1, 2, PAGE_ITEMS] {
        let keys: Vec<_> = exam.list("left", limit).await?.iter().map(|entry| entry.key.to_string()).collect();
        let due = ["10", "9", "B", "a", "a b", "ab", "b", "z", "é"];
        same("the keys that are listed", &keys, &due.map(str::to_owned).to_vec())?;
    }
    Ok(())
}

async fn a_list_repeats_its_start(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3"]).await?;
    let first = page(&exam, Some("a"), 1).await?;
    same("what comes behind a", &entry_texts(&first.entries), &vec!["b=2@2".to_owned()])?;
    same("what comes behind c", &page(&exam, Some("c"), 3).await?, &Listing { entries: Vec::new(), next: None })
}

async fn a_list_needs_its_start_to_be_there(exam: Examined<'_>) -> Verdict {
    exam.write_each(&["a=1", "c=3", "b=2", "-b"]).await?;
    for after in ["b", "aa", "bzz"] {
        let first = page(&exam, Some(after), 1).await?;
        same("what comes behind an absent key", &entry_texts(&first.entries), &vec!["c=3@2".to_owned()])?;
    }
    Ok(())
}

async fn a_page_of_a_list_is_too_long(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3", "d=4"]).await?;
    for limit in [1, 2] {
        let got = page(&exam, None, limit).await?.entries.len();
        demand!(got <= limit, "a page of {limit} holds {got} entries");
    }
    Ok(())
}

async fn a_list_forgets_the_limit_of_its_provider(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3", "d=4"]).await?;
    let first = page(&exam, None, usize::MAX).await?;
    demand!(first.entries.len() <= PAGE_ITEMS, "a page of {PAGE_ITEMS} holds {} entries", first.entries.len());
    same("whether there is more", &first.next.is_some(), &true)
}

async fn a_list_ends_too_early(exam: Examined<'_>) -> Verdict {
    same("a list of nothing", &page(&exam, None, 1).await?, &Listing { entries: Vec::new(), next: None })?;
    let mut due = Vec::new();
    for number in 1..=7 {
        exam.write(&[&format!("k{number}={number}")]).await?;
        due.push(format!("k{number}={number}@{number}"));
        for limit in [1, 2, 3, usize::MAX] {
            same("what is listed", &entry_texts(&exam.list("left", limit).await?), &due)?;
        }
    }
    Ok(())
}

async fn a_deleted_key_is_listed(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "b=2", "c=3", "d=4"]).await?;
    exam.write(&["-b", "-never", "-c..d"]).await?;
    for limit in [1, 2, 3] {
        let listed = entry_texts(&exam.list("left", limit).await?);
        same("what is listed", &listed, &vec!["a=1@1".to_owned(), "d=4@4".to_owned()])?;
    }
    Ok(())
}

async fn a_list_of_none_is_given(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1"]).await?;
    let got = exam.provider.list(&exam.swarm, &Namespace::new("left")?, &KeyRange::ALL, None, 0).await;
    let refused = matches!(got, Err(StoreError::Input(InvalidInput::Empty { .. })));
    demand!(refused, "a page of none was to be refused as empty, got {got:?}");
    Ok(())
}
