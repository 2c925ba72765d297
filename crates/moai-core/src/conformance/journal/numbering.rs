//! Numbers and heads.

use super::JournalFixture;
use super::examined::{Examined, PAGE_ITEMS};
use crate::Head;
use crate::conformance::check::{Verdict, checks, same};

checks! { JournalFixture, Examined:
    "Records are numbered from 1." => records_are_not_numbered_from_one,
    "Records are numbered without gaps, in the order in which they were appended." => numbers_have_gaps,
    "An append gives the head behind its records." => an_append_gives_another_head,
    "Nothing to append gives the head as it is." => an_append_of_nothing_leaves_something,
    "`head`: the end of the journal." => a_head_is_not_at_the_end,
    "A journal without records has the empty head." => an_empty_journal_has_a_head,
}

async fn records_are_not_numbered_from_one(exam: Examined<'_>) -> Verdict {
    same("the head behind the first record", &exam.write(&["one"]).await?.seq, &1)?;
    let numbers: Vec<_> = exam.read_all(PAGE_ITEMS).await?.iter().map(|record| record.seq).collect();
    same("the number of the first record", &numbers, &vec![1])
}

async fn numbers_have_gaps(exam: Examined<'_>) -> Verdict {
    exam.write(&["1"]).await?;
    exam.write(&["2", "3", "4"]).await?;
    exam.write(&[]).await?;
    exam.write(&["5", "6"]).await?;
    let records = exam.read_all(PAGE_ITEMS).await?;
    let numbers: Vec<_> = records.iter().map(|record| record.seq).collect();
    same("the numbers", &numbers, &(1..=6).collect())?;
    exam.holds(&["1", "2", "3", "4", "5", "6"]).await
}

async fn an_append_gives_another_head(exam: Examined<'_>) -> Verdict {
    for (payloads, last) in [(["1", "2"], 2), (["3", "4"], 4)] {
        let given = exam.write(&payloads).await?;
        let records = exam.read_all(PAGE_ITEMS).await?;
        same("the number of the head", &given.seq, &last)?;
        same("the head", &Some(given), &records.last().map(crate::Record::head))?;
    }
    Ok(())
}

async fn an_append_of_nothing_leaves_something(exam: Examined<'_>) -> Verdict {
    same("nothing, behind nothing", &exam.write(&[]).await?, &Head::EMPTY)?;
    let head = exam.write(&["1"]).await?;
    same("nothing, behind a record", &exam.write(&[]).await?, &head)?;
    exam.holds(&["1"]).await
}

async fn a_head_is_not_at_the_end(exam: Examined<'_>) -> Verdict {
    for payload in ["1", "2", "3"] {
        let given = exam.write(&[payload]).await?;
        same("the head", &exam.journal.head().await?, &given)?;
    }
    Ok(())
}

async fn an_empty_journal_has_a_head(exam: Examined<'_>) -> Verdict {
    same("the head of an empty journal", &exam.journal.head().await?, &Head::EMPTY)?;
    exam.holds(&[]).await
}
