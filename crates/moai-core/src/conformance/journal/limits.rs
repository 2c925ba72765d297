//! What does not fit is refused, and what just fits passes.

use super::JournalFixture;
use super::examined::{APPEND_RECORDS, Examined, RECORD_BYTES, new_record, new_records};
use crate::conformance::check::{Verdict, checks, demand, same};
use crate::{InvalidInput, JournalError};

checks! { JournalFixture, Examined:
    "Input for a payload over the limit." => a_payload_over_the_limit_is_kept,
    "Input for a number of records over the limit." => too_many_records_are_kept,
    "An append is atomic: all of its records are there, or none." => a_refused_append_leaves_some_records,
    "What is at a limit passes." => an_append_at_its_limits_is_refused,
}

async fn a_payload_over_the_limit_is_kept(exam: Examined<'_>) -> Verdict {
    let got = exam.append(vec![new_record(vec![7; RECORD_BYTES + 1])?]).await;
    let refused = matches!(got, Err(JournalError::Input(InvalidInput::TooLong { .. })));
    demand!(refused, "a payload over the limit was to be refused as too long, got {got:?}");
    exam.holds(&[]).await
}

async fn too_many_records_are_kept(exam: Examined<'_>) -> Verdict {
    let got = exam.append(new_records(&["many"; APPEND_RECORDS + 1])?).await;
    let refused = matches!(got, Err(JournalError::Input(InvalidInput::TooMany { .. })));
    demand!(refused, "too many records were to be refused as such, got {got:?}");
    exam.holds(&[]).await
}

async fn a_refused_append_leaves_some_records(exam: Examined<'_>) -> Verdict {
    let head = exam.write(&["1"]).await?;
    // Whether they are refused is another check's concern; that nothing is left if so, is this one's.
    let long = exam.append(vec![new_record("2")?, new_record(vec![7; RECORD_BYTES + 1])?]).await;
    let many = exam.append(new_records(&["3"; APPEND_RECORDS + 1])?).await;
    demand!(long.is_err() && many.is_err(), "what is over the limit was to be refused");
    same("the head", &exam.journal.head().await?, &head)?;
    exam.holds(&["1"]).await?;
    same("the next number", &exam.write(&["2"]).await?.seq, &2)
}

async fn an_append_at_its_limits_is_refused(exam: Examined<'_>) -> Verdict {
    for length in [RECORD_BYTES - 1, RECORD_BYTES] {
        exam.append(vec![new_record(vec![7; length])?]).await?;
    }
    exam.append(new_records(&["many"; APPEND_RECORDS - 1])?).await?;
    exam.append(new_records(&["many"; APPEND_RECORDS])?).await?;
    exam.verifies(None).await
}
