//! A disk that does not confirm that it has written.

use crate::folder::Folder;
use crate::ledger::{Acknowledged, check};
use crate::{Count, asked, strace};

pub(crate) fn run(count: &mut Count) {
    if !strace::is_there() {
        println!("SKIPPED: a sync that fails, for there is no strace that may trace");
        return;
    }
    let (mut failed, mut held) = (0, 0);
    for nth in 1..=asked("MOAI_FAILING_SYNCS", 6) {
        let folder = Folder::new("sync");
        let path = folder.path("swarm.db");
        // Only one fails: whoever tried again, as if it were fine, would be believed.
        let (said, ended) = strace::inject(&path, 40, "fsync,fdatasync", &format!("error=EIO:when={nth}"));
        let mut acknowledged = Acknowledged::default();
        said.iter().for_each(|line| acknowledged.note(line));
        acknowledged.unseen += 1;
        count.acknowledged += acknowledged.count;
        let at_opening = said.iter().any(|line| line.starts_with("refused"));
        let told = said
            .iter()
            .filter(|line| line.starts_with("commit store.failed") || line.starts_with("append journal.failed"));
        if told.count() > 0 {
            failed += 1;
        } else if !at_opening && !ended {
            count.lost.push(format!("sync {nth} failed, and this was said: {said:?}"));
        }
        let due =
            r#"then Some("store.poisoned") Some("store.poisoned") Some("journal.poisoned") Some("store.poisoned")"#;
        for line in said.iter().filter(|line| line.starts_with("then")) {
            if line == due {
                held += 1;
            } else {
                count.lost.push(format!("after sync {nth} failed, a call was answered: {line}"));
            }
        }
        if at_opening && !path.exists() {
            continue;
        }
        if let Err(why) = check(&path, &acknowledged) {
            count.lost.push(format!("after sync {nth} failed: {why}"));
        }
    }
    if failed == 0 || held == 0 {
        count.lost.push("no sync failed under a write, so nothing was tried".to_owned());
    }
    println!("{failed} writes failed with their sync, {held} writers were refused from then on");
}
