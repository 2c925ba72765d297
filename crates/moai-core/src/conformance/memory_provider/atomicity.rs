//! All of a batch, or nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::MemoryProviderFixture;
use super::examined::{Examined, batch};
use crate::conformance::check::{Task, Verdict, checks, demand, same};
use crate::conformance::turns::{poll_a_few, together, turn};
use crate::{KeyRange, Namespace};

checks! { MemoryProviderFixture, Examined:
    "The changes take effect as if made one after another." => a_batch_forgets_its_order,
    "A commit is atomic: every reader sees all of its changes, or none." => a_reader_sees_half_a_batch,
    "Dropping a future of `commit` leaves either the old or the new state." => a_dropped_commit_is_half_done,
}

async fn a_batch_forgets_its_order(exam: Examined<'_>) -> Verdict {
    exam.write(&["b=1", "-a..c", "c=2"]).await?;
    exam.holds(&["c=2@3"]).await?;
    exam.write(&["-a..d", "b=3", "c=4"]).await?;
    exam.holds(&["b=3@5", "c=4@6"]).await?;
    exam.write(&["b=5", "b=6"]).await?;
    exam.holds(&["b=6@8", "c=4@6"]).await?;
    exam.write(&["-b", "b=7", "c=8", "-c"]).await?;
    exam.holds(&["b=7@10"]).await?;
    exam.tells(6, &["b=7@10", "-c@12"]).await
}

async fn a_reader_sees_half_a_batch(exam: Examined<'_>) -> Verdict {
    let done = AtomicBool::new(false);
    let (exam, done) = (&exam, &done);
    let writer: Task<'_> = Box::pin(async move {
        for round in 0..20 {
            exam.write(&[&format!("a={round}"), &format!("b={round}"), &format!("c={round}")]).await?;
            turn().await;
        }
        done.store(true, Ordering::SeqCst);
        Ok(())
    });
    let reader: Task<'_> = Box::pin(async move {
        let namespace = Namespace::new("left")?;
        let mut since = None;
        while !done.load(Ordering::SeqCst) {
            let page = exam.provider.list(&exam.swarm, &namespace, &KeyRange::ALL, None, 3).await?;
            let whole = page.entries.windows(2).all(|pair| match pair {
                [one, two] => one.value == two.value,
                _ => true,
            });
            demand!(whole, "a page holds parts of two commits: {:?}", page.entries);
            // Standing between the two readings, so that a half commit shows in one of them.
            let page = exam.provider.changes(&exam.swarm, since, 3).await?;
            let last = page.next.version.get();
            demand!(last % 3 == 0, "a reader was brought to {last}, in the middle of a commit");
            since = Some(page.next);
            turn().await;
        }
        Ok(())
    });
    together(vec![writer, reader]).await
}

async fn a_dropped_commit_is_half_done(exam: Examined<'_>) -> Verdict {
    exam.write(&["a=old", "b=old", "c=old"]).await?;
    for polls in [0, 1, 2, 3, 5, 8] {
        let value = format!("new{polls}");
        let changes = [format!("a={value}"), format!("b={value}"), format!("c={value}")];
        let half = batch(&changes.each_ref().map(String::as_str))?;
        let done = poll_a_few(exam.provider.commit(&exam.swarm, half), polls).await;
        // What comes after it is certain, and so is what it left by then.
        let marker = exam.write(&["marker=1"]).await?.last.get();
        let held = exam.list("left", 3).await?;
        let mut values: Vec<_> = held.iter().filter(|e| e.key.as_str() != "marker").map(|e| e.value.clone()).collect();
        same("how many keys there are", &values.len(), &3)?;
        values.dedup();
        demand!(values.len() == 1, "a commit that was dropped after {polls} polls is half done: {held:?}");
        let is_new = values.iter().all(|held| *held == value);
        demand!(is_new || done.is_none(), "a commit that was done is not there");
        let numbers: Vec<_> = held.iter().map(|entry| entry.version.get()).filter(|&number| number != marker).collect();
        let consecutive = matches!(numbers[..], [a, b, c] if b == a + 1 && c == b + 1);
        demand!(consecutive, "the numbers of one commit are {numbers:?}");
        demand!(marker > numbers.into_iter().max().unwrap_or(0), "a later commit has an earlier number");
    }
    Ok(())
}
