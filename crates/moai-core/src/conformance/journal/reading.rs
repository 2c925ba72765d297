//! Reading from a number on.

use super::JournalFixture;
use super::examined::{Examined, PAGE_BYTES, PAGE_ITEMS, new_record, payloads};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{InvalidInput, JournalError};

checks! { JournalFixture, Examined:
    "Records from number `from` on." => reading_begins_with_another_record,
    "The first record is number 1, and 0 means the same." => zero_is_not_the_beginning,
    "None behind the end." => there_is_something_behind_the_end,
    "Only an empty answer means the end." => an_answer_is_empty_before_the_end,
    "Up to `limit` records." => a_page_is_too_long,
    "`limit` is cut to the provider's own limit." => a_journal_forgets_its_own_limit,
    "`limit` is at least 1: Input for 0." => a_page_of_none_is_given,
    "An answer takes no further record once its payloads have reached `page_bytes`." => a_page_has_too_many_bytes,
    "A page always takes one." => a_large_record_stops_the_reader,
}

async fn a_page_has_too_many_bytes(exam: Examined<'_>) -> Verdict {
    let mut from = 1;
    for two in [PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1] {
        for length in [300, two - 300, 7] {
            exam.append(vec![new_record(vec![7; length])?]).await?;
        }
        let end = from + 3;
        while from < end {
            let page = exam.journal.read(from, PAGE_ITEMS).await?;
            demand!(!page.is_empty(), "an answer from {from} on is empty, where {} is the last", end - 1);
            let before: usize = page.iter().rev().skip(1).map(|record| record.payload.len()).sum();
            demand!(before < PAGE_BYTES, "a page took one more, where it held {before} of {PAGE_BYTES} bytes");
            from += page.len() as u64;
        }
    }
    Ok(())
}

async fn a_large_record_stops_the_reader(exam: Examined<'_>) -> Verdict {
    for length in [1, 2 * PAGE_BYTES, 1, PAGE_BYTES + 1, 2 * PAGE_BYTES] {
        exam.append(vec![new_record(vec![7; length])?]).await?;
    }
    for limit in 1..=PAGE_ITEMS {
        same("how many records there are", &exam.read_all(limit).await?.len(), &5)?;
    }
    exam.verifies(None).await
}

async fn five(exam: &Examined<'_>) -> Verdict {
    exam.write(&["1", "2", "3"]).await?;
    exam.write(&["4", "5"]).await?;
    Ok(())
}

async fn reading_begins_with_another_record(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    for from in 1..=5_u64 {
        let page = exam.journal.read(from, 2).await?;
        same("the first record of a page", &page.first().map(|record| record.seq), &Some(from))?;
        let numbers: Vec<_> = page.iter().map(|record| record.seq).collect();
        same("the records of a page", &numbers, &(from..from + page.len() as u64).collect())?;
    }
    Ok(())
}

async fn zero_is_not_the_beginning(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    same("the records from 0", &exam.journal.read(0, 1).await?, &exam.journal.read(1, 1).await?)?;
    same("the first record", &payloads(&exam.journal.read(0, 1).await?), &vec!["1".to_owned()])
}

async fn there_is_something_behind_the_end(exam: Examined<'_>) -> Verdict {
    for from in [0, 1, 2, u64::MAX] {
        same("what an empty journal holds", &exam.journal.read(from, 3).await?, &Vec::new())?;
    }
    five(&exam).await?;
    for from in [6, 7, 1 << 60, u64::MAX] {
        same("what lies behind the end", &exam.journal.read(from, 3).await?, &Vec::new())?;
    }
    Ok(())
}

async fn an_answer_is_empty_before_the_end(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    for limit in [1, 2, 3, usize::MAX] {
        same(
            "what is read",
            &payloads(&exam.read_all(limit).await?),
            &["1", "2", "3", "4", "5"].map(str::to_owned).to_vec(),
        )?;
    }
    Ok(())
}

async fn a_page_is_too_long(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    for limit in [1, 2] {
        let got = exam.journal.read(1, limit).await?.len();
        demand!(got <= limit, "a page of {limit} holds {got} records");
    }
    Ok(())
}

async fn a_journal_forgets_its_own_limit(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    let got = exam.journal.read(1, usize::MAX).await?.len();
    demand!(got <= PAGE_ITEMS, "a page of {PAGE_ITEMS} holds {got} records");
    Ok(())
}

async fn a_page_of_none_is_given(exam: Examined<'_>) -> Verdict {
    five(&exam).await?;
    let got = exam.journal.read(1, 0).await;
    let refused = matches!(got, Err(JournalError::Input(InvalidInput::Empty { .. })));
    demand!(refused, "a page of none was to be refused as empty, got {got:?}");
    Ok(())
}
