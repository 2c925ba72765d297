//! What does not fit is refused, and what just fits passes.

use super::MemoryProviderFixture;
use super::examined::{BATCH_BYTES, BATCH_CHANGES, Examined, batch, place};
use crate::conformance::check::{Verdict, checks, demand};
use crate::{Batch, Committed, Expected, InvalidInput, StoreError};

checks! { MemoryProviderFixture, Examined:
    "Empty without changes." => an_empty_batch_is_committed,
    "TooMany changes." => a_batch_of_too_many_changes_is_committed,
    "TooMany preconditions." => a_batch_of_too_many_preconditions_is_committed,
    "TooLong in bytes." => a_batch_of_too_many_bytes_is_committed,
    "TooLong in bytes: the keys of preconditions count." => preconditions_weigh_nothing,
    "Empty for a range without keys." => an_empty_range_is_committed,
    "What is at a limit passes." => a_batch_at_its_limits_is_refused,
}

/// Demands bad input of some kind, after which nothing has changed.
async fn refused(exam: &Examined<'_>, batch: Batch, kind: &str, is: fn(&InvalidInput) -> bool) -> Verdict {
    let before = exam.standing().await?;
    let got: Result<Committed, StoreError> = exam.commit(batch).await;
    let fits = matches!(&got, Err(StoreError::Input(input)) if is(input));
    demand!(fits, "a batch was to be refused as {kind}, got {got:?}");
    let after = exam.standing().await?;
    demand!(before == after, "a refused batch moved the sequence from {} to {}", before.last, after.last);
    Ok(())
}

async fn an_empty_batch_is_committed(exam: Examined<'_>) -> Verdict {
    let empty = |input: &InvalidInput| matches!(input, InvalidInput::Empty { .. });
    refused(&exam, Batch::new(), "empty", empty).await?;
    let (namespace, key) = place("a")?;
    refused(&exam, Batch::new().require(namespace, key, Expected::Absent), "empty", empty).await
}

async fn a_batch_of_too_many_changes_is_committed(exam: Examined<'_>) -> Verdict {
    let many: Vec<_> = (0..=BATCH_CHANGES).map(|number| format!("k{number}=1")).collect();
    let many = batch(&many.iter().map(String::as_str).collect::<Vec<_>>())?;
    refused(&exam, many, "too many changes", |input| matches!(input, InvalidInput::TooMany { .. })).await?;
    exam.holds(&[]).await
}

/// A change, with so many preconditions that hold.
fn preconditions(count: usize) -> Verdict<Batch> {
    (0..count).try_fold(batch(&["a=1"])?, |batch, number| {
        let (namespace, key) = place(&format!("never{number}"))?;
        Ok(batch.require(namespace, key, Expected::Absent))
    })
}

async fn a_batch_of_too_many_preconditions_is_committed(exam: Examined<'_>) -> Verdict {
    let many = preconditions(BATCH_CHANGES + 1)?;
    refused(&exam, many, "too many preconditions", |input| matches!(input, InvalidInput::TooMany { .. })).await
}

/// A batch of two values that is so many bytes long, keys included.
fn bytes(length: usize) -> Verdict<Batch> {
    let ((namespace, a), (_, b)) = (place("a")?, place("b")?);
    Ok(Batch::new().put(namespace.clone(), a, vec![7; 100]).put(namespace, b, vec![7; length - 102]))
}

async fn a_batch_of_too_many_bytes_is_committed(exam: Examined<'_>) -> Verdict {
    let long = bytes(BATCH_BYTES + 1)?;
    refused(&exam, long, "too long", |input| matches!(input, InvalidInput::TooLong { .. })).await?;
    exam.holds(&[]).await
}

/// A small batch that is so many bytes long by the keys of its preconditions, which hold.
fn weighing(length: usize) -> Verdict<Batch> {
    let lengths = [512, 512, 512, length - 2 - 3 * 512];
    (0..).zip(lengths).try_fold(batch(&["a=1"])?, |batch, (number, length)| {
        let (namespace, key) = place(&format!("{number}").repeat(length))?;
        Ok(batch.require(namespace, key, Expected::Absent))
    })
}

async fn preconditions_weigh_nothing(exam: Examined<'_>) -> Verdict {
    let long = weighing(BATCH_BYTES + 1)?;
    refused(&exam, long, "too long", |input| matches!(input, InvalidInput::TooLong { .. })).await?;
    exam.holds(&[]).await
}

async fn an_empty_range_is_committed(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=1", "c=2"]).await?;
    for range in ["-b..b", "-c..a"] {
        let empty = |input: &InvalidInput| matches!(input, InvalidInput::Empty { .. });
        refused(&exam, batch(&["a=3", range])?, "an empty range", empty).await?;
    }
    exam.holds(&["a=1@1", "c=2@2"]).await
}

async fn a_batch_at_its_limits_is_refused(exam: Examined<'_>) -> Verdict {
    for length in [BATCH_BYTES - 1, BATCH_BYTES] {
        exam.commit(bytes(length)?).await?;
        exam.commit(weighing(length)?).await?;
    }
    for count in [BATCH_CHANGES - 1, BATCH_CHANGES] {
        let many: Vec<_> = (0..count).map(|number| format!("k{number}=1")).collect();
        exam.write(&many.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        exam.commit(preconditions(count)?).await?;
    }
    Ok(())
}
