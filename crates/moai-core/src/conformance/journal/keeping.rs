//! What is read is what was appended, and the chain holds.

use bytes::Bytes;

use super::JournalFixture;
use super::examined::{Examined, PAGE_ITEMS, payloads};
use crate::conformance::check::{Verdict, checks, same};
use crate::{Head, NewRecord, RecordKind, Timestamp};

checks! { JournalFixture, Examined:
    "What is read is what was appended, to the byte." => a_payload_is_changed_by_keeping_it,
    "What is read is what was appended: its time." => a_time_is_changed_by_keeping_it,
    "What is read is what was appended: its kind." => a_kind_is_changed_by_keeping_it,
    "Records that are appended twice stand there twice." => equal_records_are_taken_for_one,
    "Nothing is ever changed or taken out." => a_record_changes_later,
    "Each record is tied to the one before it: the chain of digests holds." => the_chain_does_not_hold,
    "Written down elsewhere, a head is a witness." => a_head_is_no_witness,
}

async fn a_payload_is_changed_by_keeping_it(exam: Examined<'_>) -> Verdict {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let due = [Bytes::new(), Bytes::from(every_byte), Bytes::from_static(b"\0"), Bytes::from_static(b" \r\n")];
    for payload in &due {
        exam.append(vec![NewRecord::new(RecordKind::new("exam")?, Timestamp::UNIX_EPOCH, payload.clone())]).await?;
    }
    let got: Vec<_> = exam.read_all(PAGE_ITEMS).await?.into_iter().map(|record| record.payload).collect();
    same("the payloads", got.as_slice(), due.as_slice())
}

async fn a_time_is_changed_by_keeping_it(exam: Examined<'_>) -> Verdict {
    let (early, odd) = (Timestamp::from_unix_micros(-1)?, Timestamp::from_unix_micros(1_735_732_800_123_457)?);
    let due = [Timestamp::MIN, early, Timestamp::UNIX_EPOCH, odd, Timestamp::MAX];
    for time in due {
        exam.append(vec![NewRecord::new(RecordKind::new("exam")?, time, "")]).await?;
    }
    let got: Vec<_> = exam.read_all(PAGE_ITEMS).await?.into_iter().map(|record| record.time).collect();
    same("the times", got.as_slice(), &due)
}

async fn a_kind_is_changed_by_keeping_it(exam: Examined<'_>) -> Verdict {
    let long = "k".repeat(64);
    let due = [RecordKind::new("decision")?, RecordKind::new("a.b-c_d")?, RecordKind::new(long)?];
    for kind in &due {
        exam.append(vec![NewRecord::new(kind.clone(), Timestamp::UNIX_EPOCH, "")]).await?;
    }
    let got: Vec<_> = exam.read_all(PAGE_ITEMS).await?.into_iter().map(|record| record.kind).collect();
    same("the kinds", got.as_slice(), &due)
}

async fn equal_records_are_taken_for_one(exam: Examined<'_>) -> Verdict {
    exam.write(&["same"]).await?;
    exam.write(&["same"]).await?;
    exam.write(&["same", "same"]).await?;
    exam.holds(&["same"; 4]).await
}

async fn a_record_changes_later(exam: Examined<'_>) -> Verdict {
    exam.write(&["1", "2"]).await?;
    let before = exam.read_all(PAGE_ITEMS).await?;
    for payload in ["3", "4", "5", "6"] {
        exam.write(&[payload]).await?;
    }
    let mut after = exam.read_all(PAGE_ITEMS).await?;
    same("all payloads", &payloads(&after), &["1", "2", "3", "4", "5", "6"].map(str::to_owned).to_vec())?;
    after.truncate(2);
    same("the first records", &after, &before)
}

async fn the_chain_does_not_hold(exam: Examined<'_>) -> Verdict {
    exam.verifies(None).await?;
    for payloads in [["1", "2", "3"], ["4", "5", "6"]] {
        exam.write(&payloads).await?;
        exam.verifies(None).await?;
    }
    Ok(())
}

async fn a_head_is_no_witness(exam: Examined<'_>) -> Verdict {
    let mut witnesses = vec![Head::EMPTY];
    for payload in ["1", "2", "3", "4"] {
        witnesses.push(exam.write(&[payload]).await?);
    }
    for witness in witnesses {
        exam.verifies(Some(witness)).await?;
    }
    Ok(())
}
