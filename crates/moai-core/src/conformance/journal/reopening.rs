//! What a journal that outlives its process still knows.

use super::JournalFixture;
use super::examined::{Examined, PAGE_ITEMS};
use crate::conformance::check::{Verdict, checks, same};

checks! { JournalFixture, Examined:
    "When an append returns, its records are as durable as `persistence` says." => a_record_is_lost_by_reopening,
    "What is read is what was appended: also in a journal that was opened again." => a_record_changes_by_reopening,
    "Each record is tied to the one before it: also in a journal that was opened again."
        => the_chain_begins_anew_by_reopening,
}

async fn a_record_is_lost_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write(&["1", "2"]).await?;
    let head = exam.write(&["3"]).await?;
    let exam = exam.reopen().await?;
    same("the head", &exam.journal.head().await?, &head)?;
    exam.holds(&["1", "2", "3"]).await?;
    exam.verifies(Some(head)).await
}

async fn a_record_changes_by_reopening(exam: Examined<'_>) -> Verdict {
    exam.write(&["1", "2"]).await?;
    exam.write(&["3"]).await?;
    let before = exam.read_all(PAGE_ITEMS).await?;
    let exam = exam.reopen().await?;
    same("the records", &exam.read_all(PAGE_ITEMS).await?, &before)
}

async fn the_chain_begins_anew_by_reopening(exam: Examined<'_>) -> Verdict {
    let witness = exam.write(&["1", "2"]).await?;
    let exam = exam.reopen().await?;
    same("the next number", &exam.write(&["3"]).await?.seq, &3)?;
    exam.holds(&["1", "2", "3"]).await?;
    exam.verifies(Some(witness)).await
}
