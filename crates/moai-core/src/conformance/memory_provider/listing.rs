//! A namespace in pages.

use super::MemoryProviderFixture;
use super::examined::{Examined, PAGE_ITEMS, entry_texts, key};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{InvalidInput, KeyRange, Listing, Namespace, StoreError};

checks! { MemoryProviderFixture, Examined:
    "Entries come in the order of their keys: of their bytes." => a_list_is_out_of_order,
    "Entries behind the key `after`." => a_list_repeats_its_start,
    "Entries behind the key `after`, whether or not it is there." => a_list_needs_its_start_to_be_there,
    "Up to `limit` entries." => a_page_of_a_list_is_too_long,
    "`limit` is cut to the provider's own limit." => a_list_forgets_the_limit_of_its_provider,
    "`next` means the end, and nothing else does." => a_list_ends_too_early,
    "A deleted key is not an entry." => a_deleted_key_is_listed,
    "`limit` is at least 1: Input for 0." => a_list_of_none_is_given,
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
