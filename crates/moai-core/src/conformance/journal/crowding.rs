//! Many writers and readers at once, and calls that are dropped half way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::JournalFixture;
use super::examined::{Examined, PAGE_ITEMS, new_records, payloads};
use crate::conformance::check::{Task, Verdict, checks, demand, same};
use crate::conformance::threads::race;
use crate::conformance::turns::{poll_a_few, together, turn};

checks! { JournalFixture, Examined:
    "An append is atomic: all of its records are there, next to each other." => appends_at_once_mix_their_records,
    "An append is atomic: all of its records are there, or none." => a_reader_sees_half_an_append,
    "Dropping a future of `append` leaves all of its records in the journal or none."
        => a_dropped_append_is_half_done,
    "Appends on several threads: each record is tied to the one before it, and none is lost."
        => appends_on_threads_break_the_chain,
}

async fn appends_on_threads_break_the_chain(exam: Examined<'_>) -> Verdict {
    const WRITERS: usize = 4;
    const EACH: usize = 10;
    let mut tasks: Vec<Task<'static>> = Vec::new();
    for writer in 0..WRITERS {
        let journal = Arc::clone(&exam.journal);
        tasks.push(Box::pin(async move {
            for number in 0..EACH {
                journal.append(new_records(&[format!("{writer}/{number}").as_str(); 3])?).await?;
            }
            Ok(())
        }));
    }
    race(|jobs| exam.fixture.together(jobs), tasks)?;
    exam.verifies(None).await?;
    stand_together(&payloads(&exam.read_all(PAGE_ITEMS).await?), WRITERS, EACH)
}

/// Demands that all appends are there: three records each, next to each other, and those of each writer in their order.
fn stand_together(records: &[String], writers: usize, each: usize) -> Verdict {
    let mut seen: Vec<Vec<String>> = vec![Vec::new(); writers];
    same("how many records there are", &records.len(), &(3 * writers * each))?;
    for batch in records.chunks(3) {
        demand!(batch.iter().all(|text| Some(text) == batch.first()), "records of one append lie apart: {batch:?}");
        let writer = batch.first().and_then(|text| text.split_once('/')).and_then(|(writer, _)| writer.parse().ok());
        if let Some((seen, text)) = writer.and_then(|writer: usize| seen.get_mut(writer)).zip(batch.first()) {
            seen.push(text.clone());
        }
    }
    for (writer, seen) in seen.iter().enumerate() {
        let due: Vec<_> = (0..each).map(|number| format!("{writer}/{number}")).collect();
        same("the appends of one writer", seen, &due)?;
    }
    Ok(())
}

async fn appends_at_once_mix_their_records(exam: Examined<'_>) -> Verdict {
    const WRITERS: usize = 4;
    const EACH: usize = 5;
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for writer in 0..WRITERS {
        let exam = &exam;
        tasks.push(Box::pin(async move {
            for number in 0..EACH {
                let text = format!("{writer}/{number}");
                let head = exam.write(&[text.as_str(); 3]).await?;
                let last = exam.journal.read(head.seq, 1).await?;
                same("the record that an append's head names", &payloads(&last), &vec![text])?;
                turn().await;
            }
            Ok(())
        }));
    }
    together(tasks).await?;
    stand_together(&payloads(&exam.read_all(PAGE_ITEMS).await?), WRITERS, EACH)?;
    exam.verifies(None).await
}

async fn a_reader_sees_half_an_append(exam: Examined<'_>) -> Verdict {
    const ROUNDS: usize = 10;
    let done = AtomicUsize::new(0);
    let (exam, done) = (&exam, &done);
    let writer: Task<'_> = Box::pin(async move {
        for _ in 0..ROUNDS {
            exam.write(&["x", "x", "x"]).await?;
            done.fetch_add(1, Ordering::SeqCst);
            turn().await;
        }
        Ok(())
    });
    let reader: Task<'_> = Box::pin(async move {
        while done.load(Ordering::SeqCst) < ROUNDS {
            let head = exam.journal.head().await?.seq;
            demand!(head % 3 == 0, "the head lies at {head}, in the middle of an append");
            // Not cut by the limit: an append that began behind the head is all there, or not at all.
            let behind = exam.journal.read(head + 1, 3).await?.len();
            let cut = behind > 0 && exam.journal.read(head + 3, 1).await?.is_empty();
            demand!(!cut, "{behind} records lie behind {head}, of an append of 3");
            turn().await;
        }
        Ok(())
    });
    together(vec![writer, reader]).await
}

async fn a_dropped_append_is_half_done(exam: Examined<'_>) -> Verdict {
    let mut due = Vec::new();
    for polls in [0, 1, 2, 3, 5, 8] {
        let text = format!("half{polls}");
        let done = poll_a_few(exam.journal.append(new_records(&[text.as_str(); 3])?), polls).await;
        let marker = exam.write(&["marker"]).await?;
        let there = payloads(&exam.read_all(PAGE_ITEMS).await?).iter().filter(|held| **held == text).count();
        demand!(there == 3 || there == 0 && done.is_none(), "{there} of 3 records are there after {polls} polls");
        due.extend(std::iter::repeat_n(text, there));
        due.push("marker".to_owned());
        same("how many records there are", &marker.seq, &(due.len() as u64))?;
    }
    same("what the journal holds", &payloads(&exam.read_all(PAGE_ITEMS).await?), &due)?;
    exam.verifies(None).await
}
